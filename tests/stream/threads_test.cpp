// The same job on real threads, real files and a real clock.
#include "catch.hpp"

#include <mutex>

#include <weir/sinks/callback.hpp>
#include <weir/sources/push.hpp>
#include <weir/stream/engine.hpp>

#include "../../examples/session_job.hpp"
#include "temporary_directory.hpp"

using namespace weir;

TEST_CASE("a pushed stream on real threads, stopped and started again, loses and repeats nothing", "[threads]") {
  const weir_test::temporary_directory directory;
  std::mutex mutex;
  std::map<std::int64_t, double> sums;  // by epoch: a repeated one counts once
  double pushed = 0;
  for (int start = 0; start < 5; ++start) {
    engine on;
    const sources::push_handle<transaction> handle;
    const auto query =
        on.read_stream(sources::push<transaction>{.handle = handle})
            .group_by_key(&transaction::session_id)
            .flat_map_groups_with_state<session_total>(output_mode::append, close_at_every_deposit)
            .write_stream()
            .query_name("threads")
            .checkpoint_location(directory.path())
            .durability(durability::os_cache)
            .start(sinks::callback<session_update>{[&](epoch_id epoch, std::span<const session_update> rows) {
              const std::lock_guard lock{mutex};
              sums[epoch.value] = 0;
              for (const auto& row : rows)
                sums[epoch.value] += row.current_balance;
            }});
    query.process_all_available();
    for (int i = 0; i < 2000; ++i) {
      REQUIRE(handle.push({"s" + std::to_string(i % 7), 1, i % 10 == 9}));
      pushed += 1;
    }
    for (int i = 0; i < 7; ++i) {
      REQUIRE(handle.push({"s" + std::to_string(i), 1, true}));
      pushed += 1;
    }
    CHECK(query.drain(std::chrono::seconds{60}));
    CHECK_FALSE(query.is_active());
    CHECK_FALSE(handle.push({"late", 1, true}));
  }
  double total = 0;
  for (const auto& [epoch, sum] : sums)
    total += sum;
  CHECK(total == pushed);
}

TEST_CASE("a failing function ends its query alone", "[threads]") {
  engine on;
  const sources::push_handle<int> good;
  const sources::push_handle<int> bad;
  const auto start = [&](const sources::push_handle<int>& handle, int refused) {
    return on.read_stream(sources::push<int>{.handle = handle})
        .map([refused](int value) {
          if (value == refused)
            throw std::runtime_error{"refused " + std::to_string(value)};
          return value;
        })
        .write_stream()
        .start(sinks::callback<int>{[](epoch_id, std::span<const int>) {}});
  };
  const auto runs = start(good, -1);
  const auto fails = start(bad, 13);
  runs.process_all_available();
  fails.process_all_available();
  REQUIRE(bad.push(13));
  CHECK_THROWS_WITH(fails.await_termination(), Catch::Contains("refused 13"));
  CHECK(good.push(1));
  runs.process_all_available();
  CHECK(runs.is_active());
  runs.stop();
}

TEST_CASE("after close() the query processes what it was given and idles until it is drained", "[threads]") {
  engine on;
  const sources::push_handle<int> handle;
  const sources::push_handle<int> other;
  std::vector<int> seen;
  const auto query = on.read_stream(sources::push<int>{.handle = handle})
                         .union_with(on.read_stream(sources::push<int>{.handle = other}))
                         .write_stream()
                         .start(sinks::callback<int>{[&](epoch_id, std::span<const int> rows) {
                           seen.insert(seen.end(), rows.begin(), rows.end());
                         }});
  query.process_all_available();
  REQUIRE(handle.push(std::vector<int>{1, 2, 3}) == 3);
  handle.close();
  CHECK_FALSE(handle.push(4));
  query.process_all_available();
  CHECK(seen == std::vector{1, 2, 3});
  CHECK(query.is_active());
  REQUIRE(other.push(5));
  CHECK(query.drain(std::chrono::seconds{60}));
  CHECK(seen == std::vector{1, 2, 3, 5});
}
