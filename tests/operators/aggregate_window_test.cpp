// Aggregation by tumbling and sliding windows and by an event time: late rows, output modes, eviction, restarts.
#include "operators/aggregation.hpp"

using namespace std::chrono_literals;
using namespace weir;
using namespace weir_test;

namespace {

struct event {
  std::string user;
  std::optional<timestamp> time;
  std::optional<std::int64_t> value;
};
BOOST_DESCRIBE_STRUCT(event, (), (user, time, value))

event of(std::string user, std::int64_t second, std::int64_t value = 1) { return {std::move(user), at(second), value}; }
std::vector<event> seconds(std::initializer_list<std::int64_t> times) {
  std::vector<event> rows;
  for (const auto time : times)
    rows.push_back(of("a", time));
  return rows;
}

/// count() by window, without a key: W(10, 5) of the scenarios, whose watermark the tests move themselves.
aggregate_options windows(output_mode mode, std::chrono::seconds size = 5s, std::chrono::seconds slide = {}) {
  aggregate_options options;
  options.input = row_schema<event>();
  options.time = window_grouping{1, size, slide.count() == 0 ? size : slide, {}, "window"};
  options.aggregates = {{aggregate_kind::count, {}, "count"}};
  options.mode = mode;
  options.watermarked = true;
  return options;
}
aggregate_options by_user(aggregate_options options) {
  options.keys = {{0, "user"}};
  options.window_position = 0;
  return options;
}

std::string time_text(std::int64_t second) {
  return (second < 10 ? "\"1970-01-01T00:00:0" : "\"1970-01-01T00:00:") + std::to_string(second) + ".000Z\"";
}
std::string window_row(std::int64_t start, std::int64_t count, std::int64_t size = 5) {
  return R"({"window":{"start":)" + time_text(start) + R"(,"end":)" + time_text(start + size) + R"(},"count":)" +
         std::to_string(count) + "}";
}
using rows = std::vector<std::string>;

}  // namespace

TEST_CASE("C032 append: a window comes once, when the watermark has passed it", "[aggregate]") {
  aggregation of{windows(output_mode::append)};
  CHECK(of.run(seconds({10, 11, 12, 13, 14, 15})).rows.empty());
  CHECK(of.wakeup() == at(15) - 1us);
  CHECK(of.idle(at(0), at(5)).rows.empty());
  CHECK(of.run(seconds({25}), at(5), at(5)).rows.empty());
  const auto passed = of.idle(at(5), at(15));
  CHECK(passed.rows == rows{window_row(10, 5)});
  CHECK(passed.metrics.state_rows_total == 2);
  CHECK(passed.metrics.state_rows_removed == 1);
  const auto late = of.run(seconds({10}), at(15), at(15));
  CHECK(late.rows.empty());
  CHECK(late.late.size() == 1);
  CHECK(late.metrics.rows_dropped_by_watermark == 1);
  CHECK(late.metrics.state_rows_total == 2);
}

TEST_CASE("C033 update: a row for each window that an epoch touched, none for evicted ones", "[aggregate]") {
  aggregation of{windows(output_mode::update)};
  CHECK(of.run(seconds({10, 11, 12, 13, 14, 15})).rows == rows{window_row(10, 5), window_row(15, 1)});
  CHECK(of.run(seconds({25}), at(5), at(5)).rows == rows{window_row(25, 1)});
  CHECK(of.idle(at(5), at(15)).rows.empty());
  const auto next = of.run(seconds({10, 25}), at(15), at(15));
  CHECK(next.rows == rows{window_row(25, 2)});
  CHECK(next.metrics.rows_dropped_by_watermark == 1);
  CHECK(next.metrics.state_rows_total == 2);
}

TEST_CASE("C034 complete: all windows in every epoch with data, nothing is late", "[aggregate]") {
  aggregation of{windows(output_mode::complete)};
  CHECK(of.run(seconds({10, 11, 12})).rows == rows{window_row(10, 3)});
  CHECK(of.run(seconds({25}), at(2), at(2)).rows == rows{window_row(10, 3), window_row(25, 1)});
  CHECK(of.idle(at(2), at(15)).rows.empty());
  CHECK(!of.wakeup());
  const auto late = of.run(seconds({10}), at(15), at(15));
  CHECK(late.rows == rows{window_row(10, 4), window_row(25, 1)});
  CHECK(late.metrics.rows_dropped_by_watermark == 0);
}

TEST_CASE("W08 a row between the late and the evict watermark counts before its window goes", "[aggregate]") {
  aggregation appended{windows(output_mode::append)};
  appended.run(seconds({10, 25}));
  CHECK(appended.run(seconds({11, 26}), at(5), at(15)).rows == rows{window_row(10, 2)});
  aggregation updated{windows(output_mode::update)};
  updated.run(seconds({10, 25}));
  CHECK(updated.run(seconds({11}), at(5), at(15)).rows == rows{window_row(10, 2)});
  CHECK(updated.state_rows() == 1);
}

TEST_CASE("V01 rows without a time are dropped and not counted as late", "[aggregate]") {
  aggregation of{windows(output_mode::update)};
  const auto given = of.run(std::vector<event>{{"a", std::nullopt, 1}, {"a", at(1), 1}, {"a", timestamp{-1us}, 1}});
  CHECK(given.rows == rows{window_row(0, 1)});
  CHECK(given.metrics.rows_dropped_by_watermark == 1);  // W09: [-5, 0) ends at the watermark's beginning
  CHECK(given.late.size() == 1);
}

TEST_CASE("V01 windows begin at start, also before the Unix epoch", "[aggregate]") {
  auto options = windows(output_mode::complete, 10s, 5s);
  std::get<window_grouping>(options.time).start = 2s;
  aggregation of{options};
  CHECK(of.run(seconds({1, 7})).rows.size() == 4);
  options.watermarked = false;
  aggregation shifted{options};
  CHECK(shifted.run(seconds({3})).rows ==
        rows{R"({"window":{"start":"1969-12-31T23:59:57.000Z","end":"1970-01-01T00:00:07.000Z"},"count":1})",
             R"({"window":{"start":"1970-01-01T00:00:02.000Z","end":"1970-01-01T00:00:12.000Z"},"count":1})"});
}

TEST_CASE("groups survive a restart with any number of partitions", "[aggregate]") {
  for (const auto partitions : {1, 2, 5})
    for (const auto mode : {output_mode::update, output_mode::append}) {
      aggregation groups{by_user(windows(mode)), partitions};
      std::vector<event> first;
      for (int i = 0; i < 100; ++i)
        for (const auto time : {11, 21, 31})
          first.push_back(of("user " + std::to_string(i), time));
      groups.run(first);
      groups.idle(at(0), at(15));  // 100 groups go
      groups.restart(partitions == 5 ? 2 : partitions + 1);
      CHECK(groups.state_rows() == 200);
      CHECK(groups.wakeup() == at(25) - 1us);
      const auto next = groups.run(std::vector{of("user 7", 22), of("user 8", 12)}, at(15), at(25));
      CHECK(next.metrics.rows_dropped_by_watermark == 1);
      CHECK(next.rows.size() == (mode == output_mode::append ? 100 : 1));
      CHECK(std::ranges::count(next.rows,
                               R"({"window":{"start":"1970-01-01T00:00:20.000Z","end":"1970-01-01T00:00:25.000Z"},)"
                               R"("user":"user 7","count":2})") == 1);
      groups.restart(partitions);
      CHECK(groups.state_rows() == 100);
      CHECK(groups.run(std::vector{of("user 7", 33)}, at(25), at(25)).metrics.state_rows_total == 100);
    }
}

TEST_CASE("sliding windows: a pane counts in all its windows, which come once each", "[aggregate]") {
  aggregation updated{windows(output_mode::update, 10s, 5s)};
  CHECK(updated.run(seconds({12})).rows == rows{window_row(5, 1, 10), window_row(10, 1, 10)});
  CHECK(updated.run(seconds({17, 13})).rows ==
        rows{window_row(5, 2, 10), window_row(10, 3, 10), window_row(15, 1, 10)});
  CHECK(updated.state_rows() == 2);
  // [5, 15) is closed; the row still counts in [10, 20).
  const auto partly = updated.run(seconds({12}), at(15), at(15));
  CHECK(partly.rows == rows{window_row(10, 4, 10)});
  CHECK(partly.metrics.rows_dropped_by_watermark == 0);
  CHECK(updated.idle(at(15), at(20)).metrics.state_rows_total == 1);

  aggregation appended{windows(output_mode::append, 10s, 5s)};
  appended.run(seconds({12, 17, 18}));
  CHECK(appended.wakeup() == at(15) - 1us);
  CHECK(appended.idle(at(0), at(15)).rows == rows{window_row(5, 1, 10)});
  CHECK(appended.wakeup() == at(20) - 1us);
  CHECK(appended.run(seconds({13}), at(15), at(16)).rows.empty());
  const auto rest = appended.idle(at(16), at(25));
  CHECK(rest.rows == rows{window_row(10, 4, 10), window_row(15, 2, 10)});
  CHECK(rest.metrics.state_rows_total == 0);
  CHECK(!appended.wakeup());
  CHECK(appended.run(seconds({17}), at(25), at(25)).metrics.rows_dropped_by_watermark == 1);
}

TEST_CASE("sliding windows whose size is no multiple of the slide", "[aggregate]") {
  aggregation of{windows(output_mode::append, 5s, 3s)};  // [0, 5), [3, 8), [6, 11) ...
  of.run(seconds({2, 3, 4, 5, 6, 7, 8}));
  CHECK(of.idle(at(0), at(100)).rows == rows{window_row(0, 3), window_row(3, 5), window_row(6, 3)});
}

TEST_CASE("C040 the event time itself as a key", "[aggregate]") {
  auto options = windows(output_mode::append);
  options.time = time_key_grouping{1};
  options.keys = {{0, "user"}, {1, "at"}};
  aggregation of{options, 2};
  of.run(seconds({10, 10, 25}));
  CHECK(of.wakeup() == at(10) - 1us);
  CHECK(of.idle(at(0), at(15)).rows == rows{R"({"user":"a","at":"1970-01-01T00:00:10.000Z","count":2})"});
  of.restart(5);
  CHECK(of.wakeup() == at(25) - 1us);
  // W01: without a time a row counts as one of the Unix epoch.
  const auto late =
      of.run(std::vector<event>{{"a", at(15), 1}, {"a", std::nullopt, 1}, {"a", at(16), 1}}, at(15), at(15));
  CHECK(late.metrics.rows_dropped_by_watermark == 2);
  CHECK(late.metrics.state_rows_total == 2);
}
