#pragma once

#include <compare>
#include <functional>
#include <initializer_list>
#include <ostream>
#include <utility>
#include <vector>

#include <weir/stream/dataframe.hpp>

#include "stream_test.hpp"

/// What the scenarios of event time, watermarks and aggregations share: their rows, and counts by window.
namespace weir_test {

/// An event at a second after the Unix epoch.
struct event {
  std::int64_t value;
  weir::timestamp time;
  friend auto operator<=>(const event&, const event&) = default;
};
BOOST_DESCRIBE_STRUCT(event, (), (value, time))
inline std::ostream& operator<<(std::ostream& out, const event& one) { return out << one.value; }

inline event at(std::int64_t second) { return {second, weir::timestamp{std::chrono::seconds{second}}}; }

inline std::vector<event> events(std::initializer_list<std::int64_t> seconds) {
  std::vector<event> made;
  for (const auto second : seconds)
    made.push_back(at(second));
  return made;
}

/// (start of the window in seconds, or another key; count)
struct counted {
  std::int64_t start;
  std::int64_t count;
  friend auto operator<=>(const counted&, const counted&) = default;
};
BOOST_DESCRIBE_STRUCT(counted, (), (start, count))
inline std::ostream& operator<<(std::ostream& out, const counted& one) {
  return out << "(" << one.start << "," << one.count << ")";
}

using event_input = weir::sources::memory_input<event>;

inline void add(stream_test& t, const event_input& input, std::initializer_list<std::int64_t> seconds) {
  t.add_rows(input, events(seconds));
}

/// The input's rows, with a watermark.
inline weir::dataframe timed(weir::engine& on, const event_input& input, const char* delay = "10 seconds") {
  return on.read_stream(weir::sources::memory<event>{input}).to_df().with_watermark("time", delay);
}

/// Counts by "window" as rows of `counted`.
inline weir::dataframe with_starts(const weir::dataframe& counts) {
  return counts.select(unix_seconds(weir::col("window.start")).as("start"), "count");
}
inline weir::dataframe window_counts(const weir::dataframe& rows, const char* size = "5 seconds") {
  return with_starts(rows.group_by(weir::window(weir::col("time"), size).as("window")).count());
}

/// Sets the query of a test: what `rows` makes, into `output`. Other options go through t.options().
inline void run(stream_test& t, weir::output_mode mode, const weir::memory_output& output,
                std::function<weir::dataframe(weir::engine&)> rows) {
  weir::query_options settings;
  settings.mode = mode;
  t.query(
      [output, rows = std::move(rows)](weir::engine& on, const weir::query_options& options) {
        return rows(on).write_stream().options(options).start(weir::sinks::memory{output});
      },
      std::move(settings));
}

/// All rows that ever came, in any order.
template <class T>
void check_all(stream_test& t, const weir::memory_output& output, std::vector<T> expected) {
  t.process();
  auto rows = output.all_as<T>();
  std::ranges::sort(rows);
  CHECK(rows == expected);
}

}  // namespace weir_test
