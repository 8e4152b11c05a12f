#include "catch.hpp"
#include "sinks/sink_test.hpp"

#include <mutex>
#include <stdexcept>

#include <weir/sinks/callback.hpp>
#include <weir/sinks/foreach.hpp>

using namespace weir;
using namespace weir::testing;

namespace {

/// What writers saw, by partition and epoch, in order.
struct event_log {
  std::mutex mutex;
  std::map<std::pair<int, std::int64_t>, std::vector<std::string>> events;

  void add(int partition, std::int64_t epoch, std::string event) {
    const std::lock_guard lock{mutex};
    events[{partition, epoch}].push_back(std::move(event));
  }
};

struct recording_writer {
  std::shared_ptr<event_log> log = std::make_shared<event_log>();
  std::optional<int> fails_at = {};
  bool wanted = true;
  bool close_throws = false;
  bool open_throws = false;
  int partition = -1;
  std::int64_t epoch = -1;

  bool open(partition_id of, epoch_id in) {
    partition = of.value;
    epoch = in.value;
    log->add(partition, epoch, "open");
    if (open_throws)
      throw std::runtime_error{"no table"};
    return wanted;
  }
  void process(const int& row) {
    log->add(partition, epoch, "process " + std::to_string(row));
    if (row == fails_at)
      throw std::runtime_error{"row " + std::to_string(row)};
  }
  void close(const status& error) {
    log->add(partition, epoch, error.ok() ? "close" : "close: " + error.message());
    if (close_throws)
      throw std::runtime_error{"no end"};
  }
};

using events = std::vector<std::string>;
using foreach_int = sinks::foreach<int, recording_writer>;

}  // namespace

TEST_CASE("C118 foreach: every partition of every epoch is opened, gets its rows, and is closed", "[foreach]") {
  const recording_writer writer;
  sink_host host{foreach_int{.writer = writer, .partitions = 2}.open(), row_schema<int>()};
  REQUIRE(host.commit<int>(0, {1, 2, 3, 4}).ok());
  REQUIRE(host.commit<int>(1, {5, 6, 7}).ok());
  REQUIRE(host.commit<int>(2, {}).ok());
  const auto& seen = writer.log->events;
  CHECK(seen.size() == 6);
  CHECK(seen.at({0, 0}) == events{"open", "process 1", "process 2", "close"});
  CHECK(seen.at({1, 0}) == events{"open", "process 3", "process 4", "close"});
  CHECK(seen.at({0, 1}) == events{"open", "process 5", "close"});
  CHECK(seen.at({1, 1}) == events{"open", "process 6", "process 7", "close"});
  CHECK(seen.at({0, 2}) == events{"open", "close"});
  CHECK(seen.at({1, 2}) == events{"open", "close"});
}

TEST_CASE("foreach: a repeated epoch has the same rows in the same partitions", "[foreach]") {
  const recording_writer first;
  token staged;
  {
    sink_host host{foreach_int{.writer = first, .partitions = 3}.open(), row_schema<int>(), true};
    staged = host.stage<int>(7, {1, 2}, {3, 4, 5});
    REQUIRE(host.object->commit(epoch_id{7}, staged).ok());
  }
  const recording_writer again;
  sink_host host{foreach_int{.writer = again, .partitions = 3}.open(), row_schema<int>(), true};
  REQUIRE(host.object->commit(epoch_id{7}, staged).ok());
  CHECK(again.log->events == first.log->events);
  CHECK(again.log->events.at({1, 7}) == events{"open", "process 2", "process 3", "close"});
}

TEST_CASE("C118 foreach: what process throws reaches close and ends the query", "[foreach]") {
  const recording_writer writer{.fails_at = 1};
  sink_host host{foreach_int{.writer = writer}.open(), row_schema<int>()};
  const auto outcome = host.commit<int>(0, {1, 2, 3});
  CHECK(outcome.code() == errc::user_function);
  CHECK(outcome.message() == "the foreach writer of partition 0 threw in process: row 1");
  CHECK(writer.log->events.at({0, 0}) == events{"open", "process 1", "close: " + outcome.message()});
}

TEST_CASE("Z06 foreach: open that says no skips the rows; close comes once if open returned", "[foreach]") {
  SECTION("false") {
    const recording_writer writer{.wanted = false};
    sink_host host{foreach_int{.writer = writer}.open(), row_schema<int>()};
    CHECK(host.commit<int>(0, {1}).ok());
    CHECK(writer.log->events.at({0, 0}) == events{"open", "close"});
  }
  SECTION("open throws") {
    const recording_writer writer{.open_throws = true};
    sink_host host{foreach_int{.writer = writer}.open(), row_schema<int>()};
    CHECK(host.commit<int>(0, {1}).message() == "the foreach writer of partition 0 threw in open: no table");
    CHECK(writer.log->events.at({0, 0}) == events{"open"});
  }
  SECTION("close throws") {
    const recording_writer writer{.close_throws = true};
    sink_host host{foreach_int{.writer = writer}.open(), row_schema<int>()};
    CHECK(host.commit<int>(0, {1}).message() == "the foreach writer of partition 0 threw in close: no end");
  }
  SECTION("process and close throw: the first counts") {
    const recording_writer writer{.fails_at = 1, .close_throws = true};
    sink_host host{foreach_int{.writer = writer}.open(), row_schema<int>()};
    CHECK(host.commit<int>(0, {1}).message() == "the foreach writer of partition 0 threw in process: row 1");
  }
}

TEST_CASE("foreach: a failing partition lets the others finish", "[foreach]") {
  const recording_writer writer{.fails_at = 1};
  sink_host host{foreach_int{.writer = writer, .partitions = 2}.open(), row_schema<int>()};
  CHECK(host.commit<int>(0, {1, 2, 3, 4}).code() == errc::user_function);
  CHECK(writer.log->events.at({1, 0}) == events{"open", "process 3", "process 4", "close"});
}

TEST_CASE("foreach and callback refuse options and rows that do not fit, by name", "[foreach]") {
  CHECK(foreach_int{.writer = {}, .partitions = 0}.open().error().message() ==
        "foreach: partitions is 0, must be 1 to 256");
  auto foreach_sink = foreach_int{.writer = {}}.open();
  CHECK((*foreach_sink)->accepts(row_schema<std::string>()).code() == errc::type_mismatch);
  auto callback_sink = sinks::callback<int>{[](epoch_id, std::span<const int>) {}}.open();
  CHECK((*callback_sink)->accepts(row_schema<std::string>()).code() == errc::type_mismatch);
  CHECK(sinks::callback<int>{}.open().error().message() == "callback: the function cannot be null");
}

TEST_CASE("C118 foreach_batch: an epoch's rows in one call; what it throws ends the query", "[foreach]") {
  std::vector<std::pair<std::int64_t, std::vector<int>>> calls;
  sink_host host{sinks::foreach_batch{[&](epoch_id epoch, std::span<const batch> rows) {
                   calls.emplace_back(epoch.value, memory_output::rows_as<int>({rows.begin(), rows.end()}));
                   if (epoch.value == 2)
                     throw std::runtime_error{"refused"};
                 }}.open(),
                 row_schema<int>()};
  CHECK(host.commit<int>(0, {1, 2}).ok());
  CHECK(host.commit<int>(1, {}).ok());
  const auto outcome = host.commit<int>(2, {3});
  CHECK(outcome.code() == errc::user_function);
  CHECK(outcome.message().find("refused") != std::string::npos);
  CHECK(calls == decltype(calls){{0, {1, 2}}, {1, {}}, {2, {3}}});
  CHECK(sinks::foreach_batch{}.open().error().message() == "foreach_batch: the function cannot be null");
}
