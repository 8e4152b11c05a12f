// Several stateful steps in one query: scenarios K and C070, as far as aggregations, limits and group functions go.
#include "stream_test.hpp"

#include <weir/stream/dataframe.hpp>

using namespace std::chrono_literals;
using namespace weir;
using weir_test::run_plans;
using weir_test::stream_test;

namespace {

struct event {
  std::int64_t value;
  timestamp time;
};
BOOST_DESCRIBE_STRUCT(event, (), (value, time))

/// Events at these seconds, whose value is the second.
std::vector<event> events(std::initializer_list<std::int64_t> seconds) {
  std::vector<event> made;
  for (const auto second : seconds)
    made.push_back({second, timestamp{std::chrono::seconds{second}}});
  return made;
}
std::vector<event> range(std::int64_t first, std::int64_t last) {
  std::vector<event> made;
  for (auto second = first; second <= last; ++second)
    made.push_back({second, timestamp{std::chrono::seconds{second}}});
  return made;
}

/// (window's start and end in seconds, rows, sum)
struct window_sum {
  std::int64_t start;
  std::int64_t end;
  std::int64_t count;
  std::int64_t sum;
  friend auto operator<=>(const window_sum&, const window_sum&) = default;
};
BOOST_DESCRIBE_STRUCT(window_sum, (), (start, end, count, sum))

std::ostream& operator<<(std::ostream& out, const window_sum& one) {
  return out << "(" << one.start << "," << one.end << "," << one.count << "," << one.sum << ")";
}

struct keyed_count {
  std::string key;
  std::int64_t count;
  friend auto operator<=>(const keyed_count&, const keyed_count&) = default;
};
BOOST_DESCRIBE_STRUCT(keyed_count, (), (key, count))

std::ostream& operator<<(std::ostream& out, const keyed_count& one) {
  return out << "(" << one.key << "," << one.count << ")";
}

struct timed_count {
  timestamp time;
  std::int64_t count;
};
BOOST_DESCRIBE_STRUCT(timed_count, (), (time, count))

/// RC in append mode: a running count; at 3 the state goes, and -1 is emitted.
std::vector<keyed_count> running_count(std::string_view key, std::span<const std::string> rows,
                                       group_state<std::int64_t>& state) {
  const auto count = (state.exists() ? state.get() : 0) + static_cast<std::int64_t>(rows.size());
  if (count == 3) {
    state.remove();
    return {{std::string{key}, -1}};
  }
  state.update(count);
  return {{std::string{key}, count}};
}

/// The rows of each stateful step now, and those that its last epoch with rows dropped as late; downstream first.
void check_steps(stream_test& t, std::vector<std::int64_t> rows, std::vector<std::int64_t> dropped) {
  if (t.crashed() || t.running_query().last_progress() == std::nullopt)
    return;
  std::vector<std::int64_t> seen_rows;
  std::vector<std::int64_t> seen_dropped(rows.size(), 0);
  for (const auto& progress : t.running_query().recent_progress()) {
    seen_rows.clear();
    for (std::size_t i = 0; i < progress.state_operators.size(); ++i)
      seen_rows.push_back(progress.state_operators[i].num_rows_total);
    if (progress.num_input_rows > 0)
      for (std::size_t i = 0; i < progress.state_operators.size(); ++i)
        seen_dropped.at(i) = progress.state_operators[i].num_rows_dropped_by_watermark;
  }
  std::ranges::reverse(seen_rows);
  std::ranges::reverse(seen_dropped);
  CHECK(seen_rows == rows);
  CHECK(seen_dropped == dropped);
}

dataframe starts(const dataframe& windows) {
  return windows.select(unix_seconds(col("window.start")).as("start"), unix_seconds(col("window.end")).as("end"),
                        "count", "sum");
}

}  // namespace

TEST_CASE("C070 counts of what a group function appends, in complete mode", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<std::string> input;
    const memory_output output;
    t.query([=](engine& on, query_options options) {
      options.mode = output_mode::complete;
      return on.read_stream(sources::memory<std::string>{input})
          .group_by_key([](const std::string& word) { return word; })
          .flat_map_groups_with_state<std::int64_t>(output_mode::append, running_count)
          .to_df()
          .group_by("key")
          .count()
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    const auto check = [&](std::vector<keyed_count> expected) {
      t.process();
      auto rows = output.all_as<keyed_count>();
      std::ranges::sort(rows);
      CHECK(rows == expected);
    };
    t.add<std::string>(input, {"a"});
    check({{"a", 1}});
    t.add<std::string>(input, {"a", "b"});
    check({{"a", 2}, {"b", 1}});
    t.add<std::string>(input, {"a", "b"});
    check({{"a", 3}, {"b", 2}});
    t.add<std::string>(input, {"a", "c"});
    check({{"a", 4}, {"b", 2}, {"c", 1}});
  });
}

TEST_CASE("C108 windows of windows of windows: three aggregations in append mode", "[scenario]") {
  for (const auto by_time : {true, false}) {
    INFO((by_time ? "by window_time()" : "by the window itself"));
    run_plans([=](stream_test& t) {
      const sources::memory_input<event> input;
      const memory_output output;
      t.query([=](engine& on, query_options options) {
        const auto first = on.read_stream(sources::memory<event>{input})
                               .to_df()
                               .with_watermark("time", "0 seconds")
                               .group_by(window(col("time"), "5 seconds").as("window"))
                               .agg(count().as("count"), sum(col("value")).as("sum"));
        const auto second =
            first.group_by(window(by_time ? window_time(col("window")) : col("window"), "10 seconds").as("window"))
                .agg(count().as("count"), sum(col("count")).as("sum"));
        const auto third =
            second.group_by(window(by_time ? window_time(col("window")) : col("window"), "20 seconds").as("window"))
                .agg(count().as("count"), sum(col("sum")).as("sum"));
        return starts(third).write_stream().options(options).start(sinks::memory{output});
      });
      t.add_rows(input, range(0, 37));
      t.check_new<window_sum>(output, {{0, 20, 2, 20}});
      check_steps(t, {1, 1, 1}, {0, 0, 0});
      // 30 to 34 are late for the first; its [35, 40) has three rows, and two come.
      t.add_rows(input, range(30, 60));
      t.check_new<window_sum>(output, {{20, 40, 2, 23}, {40, 60, 2, 20}});
      check_steps(t, {0, 0, 1}, {0, 0, 1});
    });
  }
}
