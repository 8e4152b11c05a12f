// Session windows of data frames: scenarios F, update mode by key, and gaps of a row's own.
#include "stream_test.hpp"

#include <map>

#include <weir/stream/dataframe.hpp>

using namespace std::chrono_literals;
using namespace weir;
using weir_test::run_plans;
using weir_test::stream_test;

namespace {

struct line {
  std::string text;
  timestamp time;
};
BOOST_DESCRIBE_STRUCT(line, (), (text, time))

struct visit {
  std::string user;
  timestamp time;
  std::chrono::microseconds gap;
};
BOOST_DESCRIBE_STRUCT(visit, (), (user, time, gap))

timestamp at(std::int64_t second) { return timestamp{std::chrono::seconds{second}}; }
visit seen(std::string user, std::int64_t second, std::int64_t gap = 10) {
  return {std::move(user), at(second), std::chrono::seconds{gap}};
}

/// (word, start and end in seconds, end - start, count)
struct session {
  std::string word;
  std::int64_t start;
  std::int64_t end;
  std::int64_t length;
  std::int64_t count;
  friend auto operator<=>(const session&, const session&) = default;
};
BOOST_DESCRIBE_STRUCT(session, (), (word, start, end, length, count))

std::ostream& operator<<(std::ostream& out, const session& one) {
  return out << "(" << one.word << "," << one.start << "," << one.end << "," << one.length << "," << one.count << ")";
}

struct statistics {
  std::string user;
  std::int64_t start;
  std::int64_t end;
  double mean;
  double deviation;
  double variance;
  std::int64_t sum;
  friend auto operator<=>(const statistics&, const statistics&) = default;
};
BOOST_DESCRIBE_STRUCT(statistics, (), (user, start, end, mean, deviation, variance, sum))

std::ostream& operator<<(std::ostream& out, const statistics& one) {
  return out << "(" << one.user << "," << one.start << "," << one.end << "," << one.mean << "," << one.deviation << ","
             << one.variance << "," << one.sum << ")";
}

/// (word, start, end, length, count) of a count by word and session.
dataframe shown(const dataframe& counts, const char* key) {
  return counts.select(
      col(key).as("word"), unix_seconds(col("session_window.start")).as("start"),
      unix_seconds(col("session_window.end")).as("end"),
      (unix_seconds(col("session_window.end")) - unix_seconds(col("session_window.start"))).as("length"), "count");
}

/// Counts by word of a line and session: watermark 30 s, gap 10 s.
void words(stream_test& t, const sources::memory_input<line>& input, const memory_output& output, output_mode mode) {
  t.query([=](engine& on, query_options options) {
    options.mode = mode;
    const auto counts = on.read_stream(sources::memory<line>{input})
                            .to_df()
                            .with_watermark("time", "30 seconds")
                            .with_column("parts", split(col("text"), lit(" ")))
                            .explode("parts", "word")
                            .group_by(session_window(col("time"), "10 seconds"), "word")
                            .count();
    return shown(counts, "word").write_stream().options(options).start(sinks::memory{output});
  });
}

/// Counts of visits by user and session, watermark 10 s, the gap of the row's own.
void visits(stream_test& t, const sources::memory_input<visit>& input, const memory_output& output, output_mode mode,
            const char* delay = "10 seconds") {
  t.query([=](engine& on, query_options options) {
    options.mode = mode;
    options.partitions = 3;
    const auto counts = on.read_stream(sources::memory<visit>{input})
                            .to_df()
                            .with_watermark("time", delay)
                            .group_by("user", session_window(col("time"), col("gap")))
                            .count();
    return shown(counts, "user").write_stream().options(options).start(sinks::memory{output});
  });
}

/// The sessions that rows of update mode leave: each replaces those of its key that its window touches.
std::vector<session> kept(const std::vector<session>& rows) {
  std::vector<session> left;
  for (const auto& row : rows) {
    std::erase_if(
        left, [&](const session& one) { return one.word == row.word && one.start <= row.end && row.start <= one.end; });
    left.push_back(row);
  }
  std::ranges::sort(left);
  return left;
}

}  // namespace

TEST_CASE("C065 sessions in append mode come once, when the watermark has passed their end", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<line> input;
    const memory_output output;
    words(t, input, output, output_mode::append);
    t.add(input, {line{"hello world spark streaming", at(40)}, line{"world hello structured streaming", at(41)}});
    t.check_new<session>(output, {});
    // The watermark is 11: [0, 10) has ended.
    t.add(input, {line{"spark streaming", at(0)}});
    t.check_new<session>(output, {});
    t.add(input, {line{"spark streaming", at(30)}});
    t.check_new<session>(output, {});
    t.add(input, {line{"spark streaming", at(25)}});
    t.check_new<session>(output, {});
    t.check_state(5, 9, 2);
    t.add(input, {line{"hello apache spark", at(90)}});
    t.check_new<session>(output, {{"spark", 25, 50, 25, 3},
                                  {"streaming", 25, 51, 26, 4},
                                  {"hello", 40, 51, 11, 2},
                                  {"world", 40, 51, 11, 2},
                                  {"structured", 41, 51, 10, 1}});
  });
}

TEST_CASE("C067 sessions need a key of their own besides the window (V06)", "[scenario]") {
  engine on{{.deterministic = true}};
  const sources::memory_input<visit> input;
  const auto rows = on.read_stream(sources::memory<visit>{input}).to_df().with_watermark("time", "10 seconds");
  for (const auto mode : {output_mode::append, output_mode::update, output_mode::complete})
    CHECK_THROWS_WITH(rows.group_by(session_window(col("time"), "10 seconds"))
                          .count()
                          .write_stream()
                          .output_mode(mode)
                          .start(sinks::memory{}),
                      Catch::Contains("session") && Catch::Contains("key"));
}

TEST_CASE("C067 sessions of several aggregates", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<visit> input;
    const memory_output output;
    t.query([=](engine& on, query_options options) {
      const auto value = unix_seconds(col("time"));
      return on.read_stream(sources::memory<visit>{input})
          .to_df()
          .with_watermark("time", "30 seconds")
          .with_column("value", value)
          .group_by(session_window(col("time"), "10 seconds"), "user")
          .agg(avg(col("value")).as("mean"), stddev(col("value")).as("deviation"),
               variance(col("value")).as("variance"), sum(col("value")).as("sum"))
          .select("user", unix_seconds(col("session_window.start")).as("start"),
                  unix_seconds(col("session_window.end")).as("end"), "mean", "deviation", "variance", "sum")
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    for (const auto second : {41, 42, 40}) {
      t.add(input, {seen("a", second)});
      t.check_new<statistics>(output, {});
    }
    t.add(input, {seen("b", 100)});
    t.process();
    t.add(input, {seen("b", 101)});
    t.check_new<statistics>(output, {{"a", 40, 52, 41, 1, 1, 123}});
  });
}

TEST_CASE("V03 sessions in update mode: a row of each changed session, which replaces those that it touches",
          "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<visit> input;
    const memory_output output;
    visits(t, input, output, output_mode::update, "100 seconds");
    t.add(input, {seen("a", 10), seen("a", 30), seen("b", 12)});
    t.check_new<session>(output, {{"a", 10, 20, 10, 1}, {"a", 30, 40, 10, 1}, {"b", 12, 22, 10, 1}});
    t.check_state(3, 3);
    // Only what changed comes.
    t.add(input, {seen("b", 15)});
    t.check_new<session>(output, {{"b", 12, 25, 13, 2}});
    t.check_state(3, 1);
    // [20, 30) touches both of a's sessions: one row for the one that is left of them.
    t.add(input, {seen("a", 20)});
    t.check_new<session>(output, {{"a", 10, 40, 30, 3}});
    // A start that moves to the front, and a session far behind.
    t.add(input, {seen("a", 2), seen("a", 70)});
    t.check_new<session>(output, {{"a", 2, 40, 38, 4}, {"a", 70, 80, 10, 1}});
    t.process();
    const auto rows = output.all_as<session>();
    CHECK(kept(rows) == std::vector<session>{{"a", 2, 40, 38, 4}, {"a", 70, 80, 10, 1}, {"b", 12, 25, 13, 2}});
  });
}

TEST_CASE("V05 sessions in update mode go in silence when the watermark has passed them", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<visit> input;
    const memory_output output;
    visits(t, input, output, output_mode::update);
    t.add(input, {seen("a", 10)});
    t.check_new<session>(output, {{"a", 10, 20, 10, 1}});
    t.add(input, {seen("a", 40)});
    t.check_new<session>(output, {{"a", 40, 50, 10, 1}});
    t.check_state(1, 2, 0, 1);
    // The watermark is 30: [20, 30) has ended, [21, 31) has not.
    t.add(input, {seen("a", 20), seen("a", 21)});
    t.check_new<session>(output, {{"a", 21, 31, 10, 1}});
    t.check_state(2, 1, 1);
  });
}

TEST_CASE("V04 gaps of the rows' own, in append and complete mode", "[scenario]") {
  for (const auto mode : {output_mode::append, output_mode::complete}) {
    INFO(to_string(mode));
    run_plans([=](stream_test& t) {
      const sources::memory_input<visit> input;
      const memory_output output;
      visits(t, input, output, mode);
      // No session: a gap that is not above zero.
      t.add(input, {seen("a", 10, 5), seen("a", 13, 30), seen("a", 40, 1), seen("b", 1, 0), seen("b", 1, -5)});
      t.process();
      t.add(input, {seen("c", 60, 2)});
      t.process();
      if (mode == output_mode::complete) {
        auto last = output.all_as<session>();
        std::ranges::sort(last);
        CHECK(last == std::vector<session>{{"a", 10, 43, 33, 3}, {"c", 60, 62, 2, 1}});
        return;
      }
      t.check_new<session>(output, {{"a", 10, 43, 33, 3}});
      t.add(input, {seen("c", 80, 2)});
      t.check_new<session>(output, {{"c", 60, 62, 2, 1}});
    });
  }
}

TEST_CASE("V04 a gap computed of the row, in update mode", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<visit> input;
    const memory_output output;
    t.query([=](engine& on, query_options options) {
      options.mode = output_mode::update;
      const auto gap = when(col("user") == lit("bot"), interval("1 second")).otherwise(interval("10 seconds"));
      return shown(on.read_stream(sources::memory<visit>{input})
                       .to_df()
                       .with_watermark("time", "10 seconds")
                       .group_by("user", session_window(col("time"), gap))
                       .count(),
                   "user")
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add(input, {seen("bot", 10), seen("bot", 12), seen("ann", 10), seen("ann", 12)});
    t.check_new<session>(output, {{"ann", 10, 22, 12, 2}, {"bot", 10, 11, 1, 1}, {"bot", 12, 13, 1, 1}});
    t.add(input, {seen("bot", 11), seen("ann", 5)});
    t.check_new<session>(output, {{"ann", 5, 22, 17, 3}, {"bot", 10, 13, 3, 3}});
  });
}

TEST_CASE("sessions in update mode are refused where a sink keeps the newest row of a key", "[scenario]") {
  engine on{{.deterministic = true}};
  const sources::memory_input<visit> input;
  const auto counts = on.read_stream(sources::memory<visit>{input})
                          .to_df()
                          .with_watermark("time", "10 seconds")
                          .group_by("user", session_window(col("time"), "10 seconds"))
                          .count();
  const sinks::memory keyed{.key = {"user"}};
  CHECK_THROWS_WITH(counts.write_stream().output_mode(output_mode::update).start(keyed),
                    Catch::Contains("memory-1") && Catch::Contains("newest row of a key") &&
                        Catch::Contains("use append or complete"));
  // Also behind other steps, and beside a sink that could take them.
  CHECK_THROWS_WITH(on.start({.mode = output_mode::update},
                             {to(counts, sinks::memory{}, "all"), to(counts.select("user", "count"), keyed, "newest")}),
                    Catch::Contains("newest") && Catch::Contains("their sessions grow and merge"));
  CHECK_NOTHROW(counts.write_stream().output_mode(output_mode::complete).start(keyed).stop());
  // Windows that do not move have keys that stay.
  CHECK_NOTHROW(on.read_stream(sources::memory<visit>{input})
                    .to_df()
                    .group_by("user", window(col("time"), "10 seconds"))
                    .count()
                    .write_stream()
                    .output_mode(output_mode::update)
                    .start(sinks::memory{.key = {"user", "window"}})
                    .stop());
}
