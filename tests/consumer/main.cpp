// A program of a user's: nothing but the installed headers and find_package(weir).
#include <iostream>

#include <weir/sinks/memory.hpp>
#include <weir/sources/memory.hpp>
#include <weir/stream/engine.hpp>

int main() {
  weir::engine engine;
  const weir::sources::memory_input<int> numbers;
  const weir::memory_output doubled;
  numbers.add_data({1, 2, 3});
  const auto query = engine.read_stream(weir::sources::memory<int>{numbers})
                         .map([](int number) { return number * 2; })
                         .write_stream()
                         .start(weir::sinks::memory{doubled});
  query.process_all_available();
  query.stop();
  const auto rows = doubled.all_as<int>();
  std::cout << rows.size() << " rows\n";
  return rows == std::vector{2, 4, 6} ? 0 : 1;
}
