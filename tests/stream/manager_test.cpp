// engine.streams(): the engine's queries (semantics section 12).
#include "catch.hpp"

#include <thread>

#include <weir/sinks/callback.hpp>
#include <weir/sinks/memory.hpp>
#include <weir/sources/memory.hpp>
#include <weir/sources/push.hpp>
#include <weir/stream/engine.hpp>

#include "recording_listener.hpp"

using namespace weir;
using namespace std::chrono_literals;
using weir_test::long_enough;

namespace {

streaming_query start(engine& on, const sources::push_handle<int>& handle, const std::string& name = {}) {
  return on.read_stream(sources::push<int>{.handle = handle})
      .map([](int value) {
        if (value < 0)
          throw std::runtime_error{"refused " + std::to_string(value)};
        return value;
      })
      .write_stream()
      .query_name(name)
      .start(sinks::callback<int>{[](epoch_id, std::span<const int>) {}});
}

void fail_with(const streaming_query& query, const sources::push_handle<int>& handle, int value) {
  query.process_all_available();
  REQUIRE(handle.push(value));
  CHECK_THROWS_AS(query.await_termination(), query_error);
}

}  // namespace

TEST_CASE("active queries are listed and found by id until they end", "[manager][threads]") {
  engine on;
  const sources::push_handle<int> a;
  const sources::push_handle<int> b;
  CHECK(on.streams().active().empty());
  const auto first = start(on, a, "first");
  const auto second = start(on, b);
  CHECK(on.streams().active().size() == 2);
  CHECK(first.id() != second.id());
  REQUIRE(on.streams().get(first.id()));
  CHECK(on.streams().get(first.id())->run_id() == first.run_id());
  CHECK(first.name() == "first");
  CHECK_FALSE(second.name());
  CHECK_FALSE(on.streams().get("no such query"));

  first.stop();
  CHECK_FALSE(on.streams().get(first.id()));
  REQUIRE(on.streams().active().size() == 1);
  CHECK(on.streams().active()[0].id() == second.id());
}

TEST_CASE("a name is taken only while its query is active", "[manager][threads]") {
  engine on;
  const sources::push_handle<int> a;
  const sources::push_handle<int> b;
  const auto first = start(on, a, "mine");
  CHECK_THROWS_WITH(start(on, b, "mine"), Catch::Contains("a query with that name is already active: 'mine'"));
  first.stop();
  const auto again = start(on, b, "mine");
  CHECK(again.is_active());
  CHECK_THROWS_WITH(start(on, a, "mine"), Catch::Contains("already active"));
  engine other;
  const sources::push_handle<int> c;
  CHECK(start(other, c, "mine").is_active());  // names are unique in an engine, not in a process
}

TEST_CASE("await_any_termination ends with the first query that ends", "[manager][threads]") {
  engine on;
  const sources::push_handle<int> a;
  const sources::push_handle<int> b;
  const auto first = start(on, a);
  const auto second = start(on, b);
  CHECK_FALSE(on.streams().await_any_termination(1ms));
  std::thread stopper{[&] { first.stop(); }};
  CHECK_NOTHROW(on.streams().await_any_termination());
  stopper.join();
  CHECK(on.streams().await_any_termination(1ms));  // stays true
  on.streams().reset_terminated();
  CHECK_FALSE(on.streams().await_any_termination(1ms));
  second.stop();
  CHECK(on.streams().await_any_termination(long_enough));
}

TEST_CASE("the first failure stays until reset_terminated, a clean stop gives way to it", "[manager][threads]") {
  engine on;
  const sources::push_handle<int> a;
  const sources::push_handle<int> b;
  const sources::push_handle<int> c;
  const auto stopped = start(on, a);
  const auto first = start(on, b);
  const auto second = start(on, c);
  stopped.stop();
  CHECK(on.streams().await_any_termination(long_enough));
  fail_with(first, b, -1);
  fail_with(second, c, -2);
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_WITH(on.streams().await_any_termination(), Catch::Contains("refused -1"));
    CHECK_THROWS_WITH(on.streams().await_any_termination(long_enough), Catch::Contains("refused -1"));
  }
  on.streams().reset_terminated();
  CHECK_FALSE(on.streams().await_any_termination(1ms));
}

TEST_CASE("a query goes on without its handle, and is found again by id", "[manager][threads]") {
  engine on;
  const sources::push_handle<int> handle;
  const auto id = start(on, handle, "left alone").id();
  auto found = on.streams().get(id);
  REQUIRE(found);
  found->process_all_available();
  CHECK(handle.push(1));
  found->process_all_available();
  CHECK(found->last_progress()->num_input_rows == 1);
  CHECK_THROWS_AS(found->await_termination(0ms), std::invalid_argument);
  CHECK_FALSE(found->await_termination(1ms));
}

TEST_CASE("await_any_termination of a deterministic engine runs what there is to run", "[manager]") {
  engine on{{.deterministic = true}};
  const sources::memory_input<int> input;
  const memory_output output;
  const auto begin = [&](const sources::memory_input<int>& from, trigger when) {
    return on.read_stream(sources::memory<int>{from}).write_stream().trigger(when).start(sinks::memory{output});
  };
  const auto goes_on = begin(input, trigger::processing_time(std::chrono::milliseconds{0}));
  input.add_data({1, 2});
  on.streams().await_any_termination();  // nothing ends it, and nothing more will happen
  CHECK(output.all_as<int>() == std::vector<int>{1, 2});
  CHECK_FALSE(on.streams().await_any_termination(long_enough));
  const auto ends = begin({}, trigger::once());
  on.streams().await_any_termination();
  CHECK_FALSE(ends.is_active());
  CHECK(goes_on.is_active());
  CHECK(on.streams().await_any_termination(long_enough));
}

TEST_CASE("of two drains the earlier deadline counts", "[manager]") {
  engine on;
  const sources::push_handle<int> handle;
  weir_test::gate door;
  const auto query = on.read_stream(sources::push<int>{.handle = handle})
                         .map([&](int value) {
                           door.pass();
                           return value;
                         })
                         .blocking()
                         .write_stream()
                         .start(sinks::callback<int>{[](epoch_id, std::span<const int>) {}});
  query.process_all_available();
  REQUIRE(handle.push(1));
  REQUIRE(door.arrived());
  std::thread patient{[&] { CHECK_FALSE(query.drain(std::chrono::hours{1})); }};
  while (!handle.closed())
    std::this_thread::yield();
  std::thread hasty{[&] { CHECK_FALSE(query.drain(std::chrono::milliseconds{1})); }};
  while (query.busy().contains("query/push-0/0"))
    std::this_thread::yield();
  door.open();
  patient.join();
  hasty.join();
}

TEST_CASE("a drain of a query whose trigger is complete has nothing to leave undone", "[manager]") {
  const auto when = GENERATE(trigger::once(), trigger::available_now());
  const auto rows = GENERATE(0, 2);
  CAPTURE(when.to_string(), rows);
  engine on{{.deterministic = true}};
  const sources::memory_input<int> input;
  const memory_output output;
  if (rows > 0)
    input.add_data({1, 2});
  const auto query =
      on.read_stream(sources::memory<int>{input}).write_stream().trigger(when).start(sinks::memory{output});
  query.await_termination();
  CHECK(query.drain(std::chrono::seconds{1}));
  CHECK(output.all_as<int>().size() == static_cast<std::size_t>(rows));
}
