// Aggregations of whole queries in each output mode, their metrics and late rows, and limits: scenarios D.
#include "event_windows.hpp"

using namespace std::chrono_literals;
using namespace weir;
using namespace weir_test;

namespace {

using number_input = sources::memory_input<std::int64_t>;
using numbers = std::vector<std::int64_t>;

dataframe rows_of(engine& on, const number_input& input) {
  return on.read_stream(sources::memory<std::int64_t>{input}).to_df();
}

/// Counts by value as rows of `counted`.
dataframe value_counts(const dataframe& rows) {
  return rows.group_by("value").count().select(col("value").as("start"), "count");
}

/// Counts by windows of 5 s, each `slide` or without gap, with late rows.
dataframe late_counts(engine& on, const event_input& input, const memory_output& late, const char* size,
                      const char* slide) {
  return with_starts(timed(on, input)
                         .group_by(window(col("time"), size, slide))
                         .count()
                         .named("counts")
                         .late_rows(sinks::memory{late}));
}

}  // namespace

TEST_CASE("C034 complete mode: every window in every epoch, and no row is late", "[scenario]") {
  run_plans([](stream_test& t) {
    const event_input input;
    const memory_output output;
    run(t, output_mode::complete, output, [=](engine& on) { return window_counts(timed(on, input)); });
    add(t, input, {10, 11, 12});
    t.check_new<counted>(output, {{10, 3}});
    add(t, input, {25});
    t.check_new<counted>(output, {{10, 3}, {25, 1}});
    add(t, input, {25});
    t.check_new<counted>(output, {{10, 3}, {25, 2}});
    add(t, input, {10});
    t.check_new<counted>(output, {{10, 4}, {25, 2}});
    add(t, input, {25});
    t.check_new<counted>(output, {{10, 4}, {25, 3}});
  });
}

TEST_CASE("C047 counts by value in complete mode", "[scenario]") {
  run_plans([](stream_test& t) {
    const number_input input;
    const memory_output output;
    run(t, output_mode::complete, output, [=](engine& on) { return value_counts(rows_of(on, input)); });
    t.add(input, {3L});
    t.check_new<counted>(output, {{3, 1}});
    t.add(input, {2L});
    t.check_new<counted>(output, {{3, 1}, {2, 1}});
    t.stop();
    t.add(input, {3L, 2L, 1L});
    t.check_new<counted>(output, {{3, 2}, {2, 2}, {1, 1}});
    t.add(input, {4L, 4L, 4L, 4L});
    t.check_new<counted>(output, {{4, 4}, {3, 2}, {2, 2}, {1, 1}});
  });
}

TEST_CASE("C047 U03 sorted counts in complete mode", "[scenario]") {
  run_plans([](stream_test& t) {
    const number_input input;
    const memory_output output;
    run(t, output_mode::complete, output,
        [=](engine& on) { return value_counts(rows_of(on, input)).sort(desc("count"), desc("start")); });
    const auto check_sorted = [&](const std::vector<counted>& expected) {
      t.process();
      CHECK(output.since_last_as<counted>() == expected);
    };
    t.add(input, {3L});
    check_sorted({{3, 1}});
    t.add(input, {2L, 3L});
    check_sorted({{3, 2}, {2, 1}});
    t.stop();
    t.add(input, {3L, 2L, 1L});
    check_sorted({{3, 3}, {2, 2}, {1, 1}});
    t.add(input, {4L, 4L, 4L, 4L});
    check_sorted({{4, 4}, {3, 3}, {2, 2}, {1, 1}});
  });
}

TEST_CASE("C047 append mode without a watermark is refused", "[scenario]") {
  engine on{engine::options{.deterministic = true}};
  const number_input input;
  CHECK_THROWS_WITH(value_counts(rows_of(on, input)).write_stream().start(sinks::memory{}),
                    Catch::Contains("without a watermark are not supported in output mode append"));
}

// weir runs no epoch without rows where nothing is due: two epochs fewer than Spark's.
TEST_CASE("C048 keys, updates and evictions by epoch, under a trigger of a second", "[scenario]") {
  stream_test t{{}};
  const event_input input;
  const memory_output output;
  run(t, output_mode::append, output, [=](engine& on) { return window_counts(timed(on, input)); });
  t.options().trigger = trigger::processing_time(1s);
  t.process();  // the first tick comes at once, and finds nothing
  const auto after_a_second = [&](std::initializer_list<std::int64_t> seconds, const std::vector<counted>& expected) {
    if (seconds.size() > 0)
      input.add_data(std::span<const event>{events(seconds)});
    t.clock().advance(1s);
    t.check_new<counted>(output, expected);
  };
  after_a_second({15}, {});
  t.check_state(1, 1);
  CHECK(t.running_query().last_progress()->epoch.value == 0);
  after_a_second({}, {});
  after_a_second({10, 12, 14}, {});
  t.check_state(2, 1);
  CHECK(t.running_query().last_progress()->epoch.value == 1);
  input.add_data({at(25)});
  t.clock().advance(1s);
  t.process();
  t.clock().advance(1s);
  t.check_new<counted>(output, {{10, 3}});
  t.check_state(2, 1, 0, 1);
  const auto all = t.running_query().recent_progress();
  const auto evicting = std::ranges::find(all, epoch_id{3}, &query_progress::epoch);
  REQUIRE(evicting != all.end());
  CHECK(evicting->num_input_rows == 0);
  CHECK(evicting->sinks.front().num_output_rows == 1);
  CHECK(evicting->state_operators.front().num_rows_updated == 0);
}

TEST_CASE("C050 what an aggregation tells of its state", "[scenario]") {
  run_plans([](stream_test& t) {
    const number_input input;
    const memory_output output;
    run(t, output_mode::update, output, [=](engine& on) { return value_counts(rows_of(on, input)); });
    t.options().partitions = 3;
    t.add(input, {3L, 2L, 1L, 3L});
    t.check_new<counted>(output, {{3, 2}, {2, 1}, {1, 1}});
    t.check_state(3, 3);
    t.add(input, {1L, 4L});
    t.check_new<counted>(output, {{1, 2}, {4, 1}});
    t.check_state(4, 2);
    const auto last = t.running_query().last_progress();
    if (last && !last->state_operators.empty()) {
      CHECK(last->state_operators.size() == 1);
      CHECK(last->state_operators.front().num_partitions == 3);
      CHECK_THAT(last->state_operators.front().operator_name, Catch::Contains("aggregate"));
    }
  });
}

TEST_CASE("C050 what an aggregation tells of windows that went", "[scenario]") {
  run_plans([](stream_test& t) {
    const event_input input;
    const memory_output output;
    run(t, output_mode::append, output, [=](engine& on) { return window_counts(timed(on, input)); });
    add(t, input, {3, 2, 1, 9});
    t.check_new<counted>(output, {});
    t.check_state(2, 2);
    add(t, input, {25});
    t.check_new<counted>(output, {{0, 3}, {5, 1}});
    t.check_state(1, 1, 0, 2);
  });
}

TEST_CASE("C051 epochs without a row, and another number of partitions", "[scenario]") {
  const auto partitions = GENERATE(1, 2);
  run_plans([partitions](stream_test& t) {
    const number_input input;
    const memory_output output;
    run(t, output_mode::complete, output, [=](engine& on) { return rows_of(on, input).agg(count().as("value")); });
    t.options().partitions = partitions;
    t.add(input, {1L});
    t.check_new<std::int64_t>(output, {1});
    t.add_rows(input, numbers{});
    t.check_new<std::int64_t>(output, {1});
    t.add(input, {2L, 3L});
    t.check_new<std::int64_t>(output, {3});
    t.stop();
    t.options().partitions = 3 - partitions;
    t.add_rows(input, numbers{});
    t.check_new<std::int64_t>(output, {3});
  });
}

TEST_CASE("C051 one key, over a restart with more partitions", "[scenario]") {
  run_plans([](stream_test& t) {
    const number_input input;
    const memory_output output;
    run(t, output_mode::complete, output, [=](engine& on) {
      return rows_of(on, input).group_by((col("value") % lit(std::int64_t{1})).as("start")).count();
    });
    t.options().partitions = 1;
    t.add(input, {1L});
    t.check_new<counted>(output, {{0, 1}});
    t.stop();
    t.options().partitions = 2;
    t.add(input, {2L});
    t.add(input, {3L});
    t.add(input, {4L});
    t.check_new<counted>(output, {{0, 4}});
    t.add_rows(input, numbers{});
    t.check_new<counted>(output, {{0, 4}});
  });
}

TEST_CASE("C015 counts stay what they are under each start's number of partitions", "[scenario]") {
  run_plans([](stream_test& t) {
    const number_input input;
    const memory_output output;
    run(t, output_mode::complete, output, [=](engine& on) { return value_counts(rows_of(on, input)); });
    t.add(input, {1L, 2L});
    t.check_new<counted>(output, {{1, 1}, {2, 1}});
    t.stop();
    t.options().partitions = 5;
    t.add(input, {3L, 2L});
    t.check_new<counted>(output, {{1, 1}, {2, 2}, {3, 1}});
    t.stop();
    t.options().partitions = 1;
    t.add(input, {3L, 1L});
    t.check_new<counted>(output, {{1, 2}, {2, 2}, {3, 2}});
  });
}

TEST_CASE("C052 last() changes with each epoch that has rows", "[scenario]") {
  run_plans([](stream_test& t) {
    const number_input input;
    const memory_output output;
    run(t, output_mode::complete, output,
        [=](engine& on) { return rows_of(on, input).agg(last(col("value")).as("value")); });
    t.add(input, {1L, 2L, 3L});
    t.check_new<std::int64_t>(output, {3});
    t.add(input, {4L, 5L, 6L});
    t.check_new<std::int64_t>(output, {6});
    t.add_rows(input, numbers{});
    t.check_new<std::int64_t>(output, {6});
    t.add(input, {0L});
    t.check_new<std::int64_t>(output, {0});
  });
}

TEST_CASE("C054 the first rows of a query, over its restarts", "[scenario]") {
  run_plans([](stream_test& t) {
    const number_input input;
    const memory_output output;
    run(t, output_mode::append, output, [=](engine& on) { return rows_of(on, input).limit(4); });
    t.add(input, {1L, 2L});
    check_all<std::int64_t>(t, output, {1, 2});
    t.add(input, {3L, 4L, 5L, 6L});
    check_all<std::int64_t>(t, output, {1, 2, 3, 4});
    t.add(input, {7L, 8L, 9L});
    check_all<std::int64_t>(t, output, {1, 2, 3, 4});
  });
}

TEST_CASE("C054 limits behind a condition, of a limit, and of nothing", "[scenario]") {
  run_plans([](stream_test& t) {
    const number_input input;
    const memory_output odd, twice, none;
    t.query([=](engine& on, const query_options& options) {
      const auto rows = rows_of(on, input);
      return on.start(
          options,
          {to(rows.filter(col("value") % lit(std::int64_t{2}) == lit(std::int64_t{1})).limit(4), sinks::memory{odd}),
           to(rows.limit(4).limit(2), sinks::memory{twice}), to(rows.limit(0), sinks::memory{none})});
    });
    t.add(input, {1L});
    check_all<std::int64_t>(t, odd, {1});
    check_all<std::int64_t>(t, twice, {1});
    t.add(input, {2L, 3L, 4L, 5L});
    check_all<std::int64_t>(t, odd, {1, 3, 5});
    check_all<std::int64_t>(t, twice, {1, 2});
    t.add(input, {6L, 7L, 8L, 9L});
    check_all<std::int64_t>(t, odd, {1, 3, 5, 7});
    check_all<std::int64_t>(t, twice, {1, 2});
    check_all<std::int64_t>(t, none, {});
  });
}

TEST_CASE("C054 a limit before an aggregation in complete mode is one of the query's rows", "[scenario]") {
  run_plans([](stream_test& t) {
    const number_input input;
    const memory_output output;
    run(t, output_mode::complete, output, [=](engine& on) { return value_counts(rows_of(on, input).limit(5)); });
    t.add(input, {1L, 2L, 3L});
    t.check_new<counted>(output, {{1, 1}, {2, 1}, {3, 1}});
    t.add(input, {1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L});
    t.check_new<counted>(output, {{1, 2}, {2, 2}, {3, 1}});
  });
}

TEST_CASE("C054 limits in update mode are refused", "[scenario]") {
  engine on{engine::options{.deterministic = true}};
  const number_input input;
  CHECK_THROWS_WITH(rows_of(on, input).limit(4).write_stream().output_mode(output_mode::update).start(sinks::memory{}),
                    Catch::Contains("limits are not supported in output mode update"));
}

// Where Spark counts groups of late rows, weir counts the rows, and gives them to who asks.
TEST_CASE("C032 C033 late rows of windows go where they are wanted, as they came", "[scenario]") {
  const auto mode = GENERATE(output_mode::append, output_mode::update);
  const auto partitions = GENERATE(1, 3);
  run_plans([=](stream_test& t) {
    const event_input input;
    const memory_output output, late;
    run(t, mode, output, [=](engine& on) { return late_counts(on, input, late, "5 seconds", "5 seconds"); });
    t.options().partitions = partitions;
    const auto updates = mode == output_mode::update;
    const auto either = [&](std::vector<counted> appended, std::vector<counted> updated) {
      t.check_new<counted>(output, updates ? std::move(updated) : std::move(appended));
    };
    add(t, input, {10, 11, 12, 13, 14, 15});
    either({}, {{10, 5}, {15, 1}});
    add(t, input, {25});
    either({{10, 5}}, {{25, 1}});
    t.check_new<event>(late, {});
    t.check_state(2, 3, 0, 1);
    add(t, input, {14, 26, 10, 15, 10});
    either({}, {{15, 2}, {25, 2}});
    t.check_new<event>(late, {at(10), at(10), at(14)});
    t.check_state(2, 2, 3);
    add(t, input, {40, 13});
    either({{15, 2}, {25, 2}}, {{40, 1}});
    t.check_new<event>(late, {at(13)});
    t.check_state(1, 1, 1, 2);
  });
}

TEST_CASE("sliding windows: a row is late where all of its windows are closed", "[scenario]") {
  const auto mode = GENERATE(output_mode::append, output_mode::update);
  run_plans([=](stream_test& t) {
    const event_input input;
    const memory_output output, late;
    run(t, mode, output, [=](engine& on) { return late_counts(on, input, late, "10 seconds", "5 seconds"); });
    const auto either = [&](std::vector<counted> appended, std::vector<counted> updated) {
      t.check_new<counted>(output, mode == output_mode::update ? std::move(updated) : std::move(appended));
    };
    add(t, input, {12});
    either({}, {{5, 1}, {10, 1}});
    add(t, input, {25});  // [5, 15) is closed
    either({{5, 1}}, {{20, 1}, {25, 1}});
    add(t, input, {12, 4, 9, 14});
    either({}, {{10, 3}});
    t.check_new<event>(late, {at(4), at(9)});
    add(t, input, {40});
    either({{10, 3}, {20, 1}}, {{35, 1}, {40, 1}});
    add(t, input, {24, 19, 31});
    either({}, {{25, 2}, {30, 1}});
    t.check_new<event>(late, {at(19), at(24)});
  });
}

TEST_CASE("nothing is late in complete mode, or without the event time", "[scenario]") {
  engine on{engine::options{.deterministic = true}};
  const event_input input;
  const auto refused = Catch::Contains("late_rows: nothing is late for this aggregation");
  CHECK_THROWS_WITH(late_counts(on, input, {}, "5 seconds", "5 seconds")
                        .write_stream()
                        .output_mode(output_mode::complete)
                        .start(sinks::memory{}),
                    refused);
  CHECK_THROWS_AS(timed(on, input).group_by("value").count().late_rows(sinks::memory{}), analysis_error);
}
