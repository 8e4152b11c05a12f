// Windowed aggregations of data frames, by Spark's rules: scenarios C031 to C052, straight, with restarts and crashes.
#include "stream_test.hpp"

#include <weir/stream/dataframe.hpp>

using namespace std::chrono_literals;
using namespace weir;
using weir_test::run_plans;
using weir_test::stream_test;

namespace {

/// An event at a second after the Unix epoch.
struct event {
  std::int64_t value;
  timestamp time;
};
BOOST_DESCRIBE_STRUCT(event, (), (value, time))

event at(std::int64_t second) { return {second, timestamp{std::chrono::seconds{second}}}; }

std::vector<event> events(std::initializer_list<std::int64_t> seconds) {
  std::vector<event> made;
  for (const auto second : seconds)
    made.push_back(at(second));
  return made;
}

/// (window's start in seconds, count)
struct window_count {
  std::int64_t start;
  std::int64_t count;
  friend auto operator<=>(const window_count&, const window_count&) = default;
};
BOOST_DESCRIBE_STRUCT(window_count, (), (start, count))

std::ostream& operator<<(std::ostream& out, const window_count& one) {
  return out << "(" << one.start << "," << one.count << ")";
}

struct value_count {
  std::int64_t value;
  std::int64_t count;
  friend auto operator<=>(const value_count&, const value_count&) = default;
};
BOOST_DESCRIBE_STRUCT(value_count, (), (value, count))

std::ostream& operator<<(std::ostream& out, const value_count& one) {
  return out << "(" << one.value << "," << one.count << ")";
}

using input_of = sources::memory_input<event>;

/// W(delay, size) of the scenarios: tumbling counts.
void windows(stream_test& t, const input_of& input, const memory_output& output, output_mode mode, const char* delay,
             const char* size, int partitions = 2) {
  t.query([=](engine& on, query_options options) {
    options.mode = mode;
    options.partitions = partitions;
    return on.read_stream(sources::memory<event>{input})
        .to_df()
        .with_watermark("time", delay)
        .group_by(window(col("time"), size).as("window"))
        .count()
        .select((unix_millis(col("window.start")) / lit(std::int64_t{1000})).cast(int64).as("start"), "count")
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
}

void add(stream_test& t, const input_of& input, std::initializer_list<std::int64_t> seconds) {
  t.add_rows(input, events(seconds));
}

}  // namespace

TEST_CASE("C032 append mode: a window comes once, when the watermark has passed it", "[scenario]") {
  run_plans([](stream_test& t) {
    const input_of input;
    const memory_output output;
    windows(t, input, output, output_mode::append, "10 seconds", "5 seconds");
    add(t, input, {10, 11, 12, 13, 14, 15});
    t.check_new<window_count>(output, {});
    add(t, input, {25});
    t.check_new<window_count>(output, {{10, 5}});
    t.check_state(2, 3, 0, 1);
    add(t, input, {10});
    t.check_new<window_count>(output, {});
    t.check_state(2, 0, 1);
  });
}

TEST_CASE("C033 update mode: windows that an epoch changed", "[scenario]") {
  run_plans([](stream_test& t) {
    const input_of input;
    const memory_output output;
    windows(t, input, output, output_mode::update, "10 seconds", "5 seconds", 10);
    add(t, input, {10, 11, 12, 13, 14, 15});
    t.check_new<window_count>(output, {{10, 5}, {15, 1}});
    add(t, input, {25});
    t.check_new<window_count>(output, {{25, 1}});
    t.check_state(2, 3, 0, 1);
    add(t, input, {10, 25});
    t.check_new<window_count>(output, {{25, 2}});
    t.check_state(2, 1, 1);
    add(t, input, {10});
    t.check_new<window_count>(output, {});
    t.check_state(2, 0, 1);
  });
}

TEST_CASE("C046 counts by value in update mode", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<std::int64_t> input;
    const memory_output output;
    t.query([=](engine& on, query_options options) {
      options.mode = output_mode::update;
      return on.read_stream(sources::memory<std::int64_t>{input})
          .to_df()
          .group_by("value")
          .count()
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add<std::int64_t>(input, {3});
    t.check_new<value_count>(output, {{3, 1}});
    t.add<std::int64_t>(input, {3, 2});
    t.check_new<value_count>(output, {{2, 1}, {3, 2}});
    t.add<std::int64_t>(input, {3, 2, 1});
    t.check_new<value_count>(output, {{1, 1}, {2, 2}, {3, 3}});
    t.add<std::int64_t>(input, {4, 4, 4, 4});
    t.check_new<value_count>(output, {{4, 4}});
  });
}
