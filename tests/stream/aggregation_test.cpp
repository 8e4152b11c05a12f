// Windowed aggregations of data frames, by Spark's rules: scenarios C031 to C052, straight, with restarts and crashes.
#include "event_windows.hpp"

using namespace weir;
using namespace weir_test;

TEST_CASE("C032 append mode: a window comes once, when the watermark has passed it", "[scenario]") {
  run_plans([](stream_test& t) {
    const event_input input;
    const memory_output output;
    run(t, output_mode::append, output, [=](engine& on) { return window_counts(timed(on, input)); });
    add(t, input, {10, 11, 12, 13, 14, 15});
    t.check_new<counted>(output, {});
    add(t, input, {25});
    t.check_new<counted>(output, {{10, 5}});
    t.check_state(2, 3, 0, 1);
    add(t, input, {10});
    t.check_new<counted>(output, {});
    t.check_state(2, 0, 1);
  });
}

TEST_CASE("C033 update mode: windows that an epoch changed", "[scenario]") {
  run_plans([](stream_test& t) {
    const event_input input;
    const memory_output output;
    run(t, output_mode::update, output, [=](engine& on) { return window_counts(timed(on, input)); });
    t.options().partitions = 10;
    add(t, input, {10, 11, 12, 13, 14, 15});
    t.check_new<counted>(output, {{10, 5}, {15, 1}});
    add(t, input, {25});
    t.check_new<counted>(output, {{25, 1}});
    t.check_state(2, 3, 0, 1);
    add(t, input, {10, 25});
    t.check_new<counted>(output, {{25, 2}});
    t.check_state(2, 1, 1);
    add(t, input, {10});
    t.check_new<counted>(output, {});
    t.check_state(2, 0, 1);
  });
}

TEST_CASE("C046 counts by value in update mode", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<std::int64_t> input;
    const memory_output output;
    run(t, output_mode::update, output, [=](engine& on) {
      return on.read_stream(sources::memory<std::int64_t>{input}).to_df().group_by(col("value").as("start")).count();
    });
    t.add<std::int64_t>(input, {3});
    t.check_new<counted>(output, {{3, 1}});
    t.add<std::int64_t>(input, {3, 2});
    t.check_new<counted>(output, {{2, 1}, {3, 2}});
    t.add<std::int64_t>(input, {3, 2, 1});
    t.check_new<counted>(output, {{1, 1}, {2, 2}, {3, 3}});
    t.add<std::int64_t>(input, {4, 4, 4, 4});
    t.check_new<counted>(output, {{4, 4}});
  });
}
