// A program of a user's: nothing but the installed headers and find_package(weir). Its checkpoint goes to the directory
// that it is given.
#include <iostream>
#include <string>

#include <boost/describe.hpp>

#include <weir/sinks/memory.hpp>
#include <weir/sources/memory.hpp>
#include <weir/stream/engine.hpp>

struct total {
  std::string parity;
  std::int64_t sum;
  friend bool operator==(const total&, const total&) = default;
};
BOOST_DESCRIBE_STRUCT(total, (), (parity, sum))

int main(int argc, char** argv) {
  if (argc != 2)
    return 2;
  weir::engine engine;
  const weir::sources::memory_input<int> numbers;
  const weir::memory_output totals;
  numbers.add_data({1, 2, 3});
  const auto query = engine.read_stream(weir::sources::memory<int>{numbers})
                         .filter([](int number) { return number % 2 == 1; })
                         .group_by_key([](int number) { return std::string{number % 2 == 0 ? "even" : "odd"}; })
                         .map_groups_with_state<std::int64_t>([](std::string_view parity, std::span<const int> rows,
                                                                 weir::group_state<std::int64_t>& state) {
                           auto sum = state.exists() ? state.get() : 0;
                           for (const auto row : rows)
                             sum += row;
                           state.update(sum);
                           return total{std::string{parity}, sum};
                         })
                         .write_stream()
                         .output_mode(weir::output_mode::update)
                         .checkpoint_location(argv[1])
                         .start(weir::sinks::memory{totals});
  query.process_all_available();
  query.stop();
  const auto rows = totals.all_as<total>();
  std::cout << rows.size() << " rows\n";
  return rows == std::vector<total>{{"odd", 4}} ? 0 : 1;
}
