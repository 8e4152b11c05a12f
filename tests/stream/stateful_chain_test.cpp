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

/// Runs the script under all plans, and straight with counts, which restarts and crashes spread over runs.
void run(const std::function<void(stream_test&, bool)>& script) {
  stream_test straight{{}};
  script(straight, true);
  run_plans([&](stream_test& t) { script(t, false); });
}

/// The rows of each stateful step now, and those that its last epoch with rows dropped as late; downstream first.
void check_steps(stream_test& t, bool exact, std::vector<std::int64_t> rows, std::vector<std::int64_t> dropped) {
  if (!exact)
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
    run([=](stream_test& t, bool exact) {
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
      check_steps(t, exact, {1, 1, 1}, {0, 0, 0});
      // 30 to 34 are late for the first; its [35, 40) has three rows, and two come.
      t.add_rows(input, range(30, 60));
      t.check_new<window_sum>(output, {{20, 40, 2, 23}, {40, 60, 2, 20}});
      // Rows are counted, not the groups that a partition made of them (A01).
      check_steps(t, exact, {0, 0, 1}, {0, 0, 5});
    });
  }
}

TEST_CASE("C109 what an aggregation gives can be kept by a step behind it", "[scenario]") {
  run([](stream_test& t, bool exact) {
    const sources::memory_input<event> input;
    const memory_output output;
    t.query([=](engine& on, query_options options) {
      const auto counts = on.read_stream(sources::memory<event>{input})
                              .to_df()
                              .with_watermark("time", "0 seconds")
                              .group_by(window(col("time"), "5 seconds").as("window"))
                              .count()
                              .select(window_time(col("window")).as("time"), "count");
      return counts.limit(2)
          .select(unix_millis(col("time")).cast(utf8).as("key"), "count")
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add_rows(input, events({1, 5, 10, 15}));
    // The limit takes two of the three windows that the watermark has passed, in order of their ends.
    t.process();
    check_steps(t, exact, {1, 1}, {0, 0});
    CHECK(output.all_as<keyed_count>().size() == 2);
    t.add_rows(input, events({40}));
    t.process();
    CHECK(output.all_as<keyed_count>().size() == 2);
  });
}

TEST_CASE("C112 a group function of an aggregation's rows, in append mode", "[scenario]") {
  run([](stream_test& t, bool exact) {
    const sources::memory_input<event> input;
    const memory_output output;
    t.query([=](engine& on, query_options options) {
      return on.read_stream(sources::memory<event>{input})
          .to_df()
          .with_watermark("time", "0 seconds")
          .group_by(window(col("time"), "5 seconds").as("window"))
          .count()
          .select(window_time(col("window")).as("time"), "count")
          .as<timed_count>()
          .group_by_key(&timed_count::count)
          .flat_map_groups_with_state<std::int64_t>(
              output_mode::append,
              [](std::int64_t count, std::span<const timed_count> rows, group_state<std::int64_t>& state) {
                const auto windows = (state.exists() ? state.get() : 0) + static_cast<std::int64_t>(rows.size());
                state.update(windows);
                return std::vector{keyed_count{std::to_string(count), windows}};
              })
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add_rows(input, events({1, 2, 5, 10}));
    t.check_new<keyed_count>(output, {{"1", 1}, {"2", 1}});
    check_steps(t, exact, {2, 1}, {0, 0});
    t.add_rows(input, events({11, 16, 20}));
    t.check_new<keyed_count>(output, {{"1", 2}, {"2", 2}});
    t.add_rows(input, events({0, 26}));
    t.check_new<keyed_count>(output, {{"1", 3}});
    check_steps(t, exact, {2, 1}, {0, 1});
  });
}

TEST_CASE("C112 an aggregation of what a group function without an event-time timeout appends", "[scenario]") {
  run([](stream_test& t, bool exact) {
    const sources::memory_input<event> input;
    const memory_output output;
    t.query([=](engine& on, query_options options) {
      return on.read_stream(sources::memory<event>{input})
          .group_by_key([](const event& one) { return one.value % 2; })
          .flat_map_groups_with_state<std::int64_t>(
              output_mode::append,
              [](std::int64_t, std::span<const event> rows, group_state<std::int64_t>& state) {
                state.update((state.exists() ? state.get() : 0) + static_cast<std::int64_t>(rows.size()));
                return std::vector<event>(rows.begin(), rows.end());
              },
              group_timeout::processing_time)
          .to_df()
          .with_watermark("time", "0 seconds")
          .group_by(window(col("time"), "5 seconds").as("window"))
          .agg(count().as("count"), sum(col("value")).as("sum"))
          .select(unix_seconds(col("window.start")).as("start"), unix_seconds(col("window.end")).as("end"), "count",
                  "sum")
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add_rows(input, events({1, 2, 3, 6}));
    t.check_new<window_sum>(output, {{0, 5, 3, 6}});
    check_steps(t, exact, {1, 2}, {0, 0});
    t.add_rows(input, events({4, 7, 12}));
    t.check_new<window_sum>(output, {{5, 10, 2, 13}});
    check_steps(t, exact, {1, 2}, {1, 0});
  });
}

TEST_CASE("C112 U11 chains whose results would be wrong are refused", "[scenario]") {
  engine on{{.deterministic = true}};
  const sources::memory_input<event> input;
  const auto rows = on.read_stream(sources::memory<event>{input});
  const auto marked = rows.to_df().with_watermark("time", "10 seconds");
  const auto counts = marked.group_by(window(col("time"), "5 seconds").as("window")).count();
  const auto start = [](const auto& of, output_mode mode) {
    of.write_stream().output_mode(mode).start(sinks::memory{}).stop();
  };
  const auto again = counts.group_by(window(col("window"), "10 seconds").as("window")).count();
  CHECK_NOTHROW(start(again, output_mode::append));
  for (const auto mode : {output_mode::update, output_mode::complete})
    CHECK_THROWS_WITH(start(again, mode), Catch::Contains("[operator aggregate-1]") &&
                                              Catch::Contains("an aggregation of aggregates (aggregate-0)") &&
                                              Catch::Contains("output mode " + std::string{to_string(mode)}) &&
                                              Catch::Contains("use append"));

  const auto pass = [](std::int64_t, std::span<const event> given, group_state<std::int64_t>&) {
    return std::vector<event>(given.begin(), given.end());
  };
  const auto groups = rows.with_watermark("time", 10s).group_by_key(&event::value);
  const auto timed =
      groups.flat_map_groups_with_state<std::int64_t>(output_mode::append, pass, group_timeout::event_time);
  const auto refused =
      Catch::Contains("cannot follow flat_map_groups_with_state-0, a group function with an event-time");
  CHECK_NOTHROW(start(timed, output_mode::append));
  for (const auto mode : {output_mode::update, output_mode::complete})
    CHECK_THROWS_AS(start(timed.to_df().group_by("value").count(), mode), analysis_error);
  CHECK_THROWS_WITH(start(timed.to_df().limit(1), output_mode::append),
                    Catch::Contains("[operator limit-0]") && refused);
  CHECK_THROWS_WITH(
      start(timed.group_by_key(&event::value).flat_map_groups_with_state<std::int64_t>(output_mode::append, pass),
            output_mode::append),
      refused);
  const auto mapped = groups.map_groups_with_state<std::int64_t>(
      [](std::int64_t value, std::span<const event>, group_state<std::int64_t>&) {
        return event{value, {}};
      },
      group_timeout::event_time);
  CHECK_THROWS_WITH(start(mapped.to_df().group_by("value").count(), output_mode::update),
                    Catch::Contains("[operator map_groups_with_state-0]") &&
                        Catch::Contains("not supported in a query with an aggregation"));
}
