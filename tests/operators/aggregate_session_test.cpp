// Session windows: merging, late rows, output modes, eviction, restarts.
#include "operators/aggregation.hpp"

using namespace std::chrono_literals;
using namespace weir;
using namespace weir_test;

namespace {

struct event {
  std::string word;
  std::optional<timestamp> time;
  std::optional<std::chrono::microseconds> gap;
};
BOOST_DESCRIBE_STRUCT(event, (), (word, time, gap))

event of(std::string word, std::int64_t second, std::chrono::microseconds gap = 10s) {
  return {std::move(word), at(second), gap};
}

aggregate_options sessions(output_mode mode, bool dynamic = false) {
  aggregate_options options;
  options.input = row_schema<event>();
  options.keys = {{0, "word"}};
  options.time = session_grouping{1, dynamic ? 0s : 10s, dynamic ? std::optional{2} : std::nullopt, "session_window"};
  options.window_position = 1;
  options.aggregates = {{aggregate_kind::count, {}, "count"}, {aggregate_kind::last, {1}, "newest"}};
  options.mode = mode;
  options.watermarked = true;
  return options;
}

std::string second_text(std::int64_t second) {
  return "\"1970-01-01T00:0" + std::to_string(second / 60) + ":" + (second % 60 < 10 ? "0" : "") +
         std::to_string(second % 60) + ".000Z\"";
}
std::string session(const std::string& word, std::int64_t start, std::int64_t end, int count, std::int64_t newest) {
  return "{\"word\":\"" + word + "\",\"session_window\":{\"start\":" + second_text(start) +
         ",\"end\":" + second_text(end) + "},\"count\":" + std::to_string(count) +
         ",\"newest\":" + second_text(newest) + "}";
}
using rows = std::vector<std::string>;

}  // namespace

TEST_CASE("C065 append: sessions come once, when the watermark has passed their end", "[aggregate]") {
  aggregation groups{sessions(output_mode::append), 2};
  groups.run(std::vector{of("hello", 40), of("world", 40), of("spark", 40), of("streaming", 41), of("structured", 41)});
  groups.idle(at(0), at(11));
  // Sessions that end at 10 are late by then, those that end at 40 reach the ones of 40.
  const auto late = groups.run(std::vector{of("spark", 0), of("streaming", 0)}, at(11), at(11));
  CHECK(late.metrics.rows_dropped_by_watermark == 2);
  CHECK(late.late.size() == 2);
  CHECK(groups.run(std::vector{of("spark", 25), of("streaming", 25)}, at(11), at(11)).rows.empty());
  CHECK(groups.run(std::vector{of("spark", 30), of("streaming", 35), of("hello", 41), of("world", 41)}, at(11), at(11))
            .rows.empty());
  CHECK(groups.wakeup() == at(50) - 1us);
  CHECK(groups.idle(at(11), at(60)).rows ==
        rows{session("hello", 40, 51, 2, 41), session("spark", 25, 50, 3, 30), session("streaming", 25, 51, 3, 35),
             session("structured", 41, 51, 1, 41), session("world", 40, 51, 2, 41)});
  CHECK(groups.state_rows() == 0);
  CHECK(!groups.wakeup());
}

TEST_CASE("V03 sessions that touch are one, and a late row bridges several", "[aggregate]") {
  for (const auto restart : {false, true}) {
    aggregation groups{sessions(output_mode::update)};
    const auto again = [&] {
      if (restart)
        groups.restart();
    };
    CHECK(groups.run(std::vector{of("a", 10), of("a", 30), of("a", 52)}).rows ==
          rows{session("a", 10, 20, 1, 10), session("a", 30, 40, 1, 30), session("a", 52, 62, 1, 52)});
    again();
    // [20, 30) touches both of its neighbours.
    CHECK(groups.run(std::vector{of("a", 20)}).rows == rows{session("a", 10, 40, 3, 20)});
    again();
    CHECK(groups.state_rows() == 2);
    // [42, 52) touches the last only, [5, 15) moves the first one's start.
    CHECK(groups.run(std::vector{of("a", 42), of("a", 5)}).rows ==
          rows{session("a", 5, 40, 4, 5), session("a", 42, 62, 2, 42)});
    again();
    CHECK(groups.state_rows() == 2);
    CHECK(groups.run(std::vector{of("a", 40)}).rows == rows{session("a", 5, 62, 7, 40)});
    again();
    CHECK(groups.state_rows() == 1);
    CHECK(groups.wakeup() == at(62) - 1us);
  }
}

TEST_CASE("A04 the newest row of a joined session is the one that joined it", "[aggregate]") {
  aggregation groups{sessions(output_mode::update)};
  groups.run(std::vector{of("a", 30), of("a", 10)});
  CHECK(groups.run(std::vector{of("a", 31), of("a", 20)}).rows == rows{session("a", 10, 41, 4, 20)});
  // Within one epoch too: rows first, then what joins them.
  CHECK(groups.run(std::vector{of("b", 50), of("b", 70), of("b", 60)}).rows == rows{session("b", 50, 80, 3, 60)});
}

TEST_CASE("V04 a gap of its own for each row; none or not above zero drops it", "[aggregate]") {
  aggregation groups{sessions(output_mode::update, true)};
  const auto given =
      groups.run(std::vector{of("a", 10, 5s), of("a", 12, 30s), of("a", 40, 1s), of("b", 1, 0s), of("b", 1, -5s),
                             event{"b", at(1), std::nullopt}, event{"b", std::nullopt, 1s}});
  CHECK(given.rows == rows{session("a", 10, 42, 3, 40)});
  CHECK(given.metrics.rows_dropped_by_watermark == 0);
  CHECK(given.metrics.state_rows_total == 1);
}

TEST_CASE("V05 late is a row whose own session has ended, also where an older one still lives", "[aggregate]") {
  aggregation groups{sessions(output_mode::update)};
  groups.run(std::vector{of("a", 20), of("a", 28)});
  const auto given = groups.run(std::vector{of("a", 10), of("a", 11)}, at(20), at(20));
  CHECK(given.rows == rows{session("a", 11, 38, 3, 11)});
  CHECK(given.metrics.rows_dropped_by_watermark == 1);
}

TEST_CASE("complete mode keeps all sessions", "[aggregate]") {
  aggregation groups{sessions(output_mode::complete), 3};
  groups.run(std::vector{of("a", 10), of("b", 50)});
  groups.restart(2);
  CHECK(groups.run(std::vector{of("a", 12)}, at(100), at(100)).rows ==
        rows{session("a", 10, 22, 2, 12), session("b", 50, 60, 1, 50)});
}
