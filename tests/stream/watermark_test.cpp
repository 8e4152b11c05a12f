// Event time and watermarks in whole queries: scenarios C.
#include "event_windows.hpp"

using namespace std::chrono_literals;
using namespace weir;
using namespace weir_test;

namespace {

/// The newest epoch with rows: what an idle query reports behind it is not asked.
query_progress last_with_rows(stream_test& t) {
  t.process();
  const auto all = t.running_query().recent_progress();
  const auto found =
      std::ranges::find_if(all.rbegin(), all.rend(), [](const query_progress& one) { return one.num_input_rows > 0; });
  REQUIRE(found != all.rend());
  return *found;
}

void check_event_time(stream_test& t, std::chrono::seconds min, std::chrono::seconds max, std::chrono::seconds avg,
                      std::chrono::seconds watermark) {
  const auto times = last_with_rows(t).event_time;
  REQUIRE(times);
  CHECK(times->min == timestamp{min});
  CHECK(times->max == timestamp{max});
  CHECK(times->avg == timestamp{avg});
  CHECK(times->watermark == timestamp{watermark});
}

/// Two inputs, each with its watermark, and the watermark that their query has come to.
struct two_inputs {
  event_input a, b;
  memory_output output;

  dataframe both(engine& on, const char* delay_of_b) const { return timed(on, a).union_with(timed(on, b, delay_of_b)); }
  /// A row that is no news to the watermark tells the one that its epoch used. After a restart or a crash between,
  /// there is nothing to see: gives false.
  bool check_watermark(stream_test& t, std::chrono::seconds expected) const {
    add(t, a, {1});
    t.check_new<std::int64_t>(output, {1});
    const auto last = t.running_query().last_progress();
    if (!last || last->num_input_rows == 0)
      return false;
    REQUIRE(last->event_time);
    CHECK(last->event_time->watermark == timestamp{expected});
    return true;
  }
};

void values_of_both(stream_test& t, const two_inputs& in, watermark_policy policy) {
  run(t, output_mode::append, in.output, [in](engine& on) { return in.both(on, "15 seconds").select("value"); });
  t.options().watermarks = policy;
}

}  // namespace

TEST_CASE("C031 event times and the watermark in the progress", "[scenario]") {
  stream_test t{{}};
  const event_input input;
  const memory_output output;
  run(t, output_mode::append, output, [=](engine& on) { return window_counts(timed(on, input)); });
  add(t, input, {15});
  t.check_new<counted>(output, {});
  check_event_time(t, 15s, 15s, 15s, 0s);
  add(t, input, {10, 12, 14});
  t.check_new<counted>(output, {});
  check_event_time(t, 10s, 14s, 12s, 5s);
  add(t, input, {25});
  t.check_new<counted>(output, {{10, 3}});
  check_event_time(t, 25s, 25s, 25s, 5s);
}

TEST_CASE("C031 without a watermark there are no event times", "[scenario]") {
  stream_test t{{}};
  const event_input input;
  const memory_output output;
  run(t, output_mode::complete, output,
      [=](engine& on) { return window_counts(on.read_stream(sources::memory<event>{input}).to_df()); });
  add(t, input, {15});
  t.check_new<counted>(output, {{15, 1}});
  add(t, input, {10, 12, 14});
  t.check_new<counted>(output, {{10, 3}, {15, 1}});
  CHECK(!last_with_rows(t).event_time);
}

TEST_CASE("C035 the watermark, and what it has made late, survive restarts", "[scenario]") {
  run_plans([](stream_test& t) {
    const event_input input;
    const memory_output output;
    run(t, output_mode::append, output, [=](engine& on) { return window_counts(timed(on, input)); });
    add(t, input, {10, 11, 12, 13, 14, 15});
    t.check_new<counted>(output, {});
    add(t, input, {25});
    t.check_new<counted>(output, {{10, 5}});
    t.stop();
    add(t, input, {10, 27, 30});
    t.check_new<counted>(output, {{15, 1}});
    t.stop();
    add(t, input, {17});  // its window ended at 20 s, where the watermark still is
    t.check_new<counted>(output, {});
    add(t, input, {40});
    t.check_new<counted>(output, {{25, 2}});
    check_all<counted>(t, output, {{10, 5}, {15, 1}, {25, 2}});
  });
}

TEST_CASE("C037 policy max: the input that is farthest on decides", "[scenario]") {
  auto seen = 0;
  run_plans([&seen](stream_test& t) {
    const two_inputs in;
    values_of_both(t, in, watermark_policy::max);
    add(t, in.a, {20});
    add(t, in.b, {30});
    t.check_new<std::int64_t>(in.output, {20, 30});
    seen += in.check_watermark(t, 15s);
    t.stop();
    seen += in.check_watermark(t, 15s);
    add(t, in.a, {120});
    add(t, in.b, {130});
    t.check_new<std::int64_t>(in.output, {120, 130});
    seen += in.check_watermark(t, 115s);
    add(t, in.a, {150});
    t.check_new<std::int64_t>(in.output, {150});
    seen += in.check_watermark(t, 140s);
  });
  CHECK(seen > 4);
}

TEST_CASE("C038 policy min: the input that is farthest behind decides", "[scenario]") {
  auto seen = 0;
  run_plans([&seen](stream_test& t) {
    const two_inputs in;
    values_of_both(t, in, watermark_policy::min);
    add(t, in.a, {20});
    add(t, in.b, {30});
    t.check_new<std::int64_t>(in.output, {20, 30});
    seen += in.check_watermark(t, 10s);
    t.stop();
    seen += in.check_watermark(t, 10s);
    add(t, in.a, {120});
    add(t, in.b, {130});
    t.check_new<std::int64_t>(in.output, {120, 130});
    seen += in.check_watermark(t, 110s);
    add(t, in.b, {150});
    t.check_new<std::int64_t>(in.output, {150});
    seen += in.check_watermark(t, 110s);
  });
  CHECK(seen > 4);
}

// Every input's own watermark is recovered, where Spark recovers the global one: B needs no rows of this run for A's
// to move it.
TEST_CASE("C038 W06 under min a restart does not wait for every input again", "[scenario]") {
  auto seen = 0;
  run_plans([&seen](stream_test& t) {
    const two_inputs in;
    values_of_both(t, in, watermark_policy::min);
    add(t, in.a, {20});
    add(t, in.b, {130});
    t.check_new<std::int64_t>(in.output, {20, 130});
    t.stop();
    add(t, in.a, {60});
    t.check_new<std::int64_t>(in.output, {60});
    seen += in.check_watermark(t, 50s);
  });
  CHECK(seen > 1);
}

// The policy is an option of the query and not of a session around it, so that a restart goes by what it is given.
TEST_CASE("C038 a restart with another policy never takes the watermark back", "[scenario]") {
  stream_test t{{}};
  const two_inputs in;
  values_of_both(t, in, watermark_policy::max);
  add(t, in.a, {20});
  add(t, in.b, {30});
  t.check_new<std::int64_t>(in.output, {20, 30});
  t.stop();
  t.options().watermarks = watermark_policy::min;
  CHECK(in.check_watermark(t, 15s));
  add(t, in.a, {120});
  add(t, in.b, {130});
  t.check_new<std::int64_t>(in.output, {120, 130});
  CHECK(in.check_watermark(t, 110s));
}

TEST_CASE("C040 the event time itself as the key", "[scenario]") {
  run_plans([](stream_test& t) {
    const event_input input;
    const memory_output output;
    run(t, output_mode::append, output, [=](engine& on) {
      return timed(on, input).group_by("time").count().select(unix_seconds(col("time")).as("start"), "count");
    });
    add(t, input, {10});
    t.check_new<counted>(output, {});
    add(t, input, {25});
    t.check_new<counted>(output, {{10, 1}});
    add(t, input, {15, 16});  // at the watermark is late
    t.check_new<counted>(output, {});
    t.check_state(2, 3, 1, 1);
  });
}

TEST_CASE("C040 W03 the event time keeps its mark under another name, as does a window", "[scenario]") {
  run_plans([](stream_test& t) {
    const event_input input;
    const memory_output output;
    run(t, output_mode::append, output, [=](engine& on) {
      return timed(on, input)
          .select(col("time").as("at"))
          .group_by(window(col("at"), "5 seconds").as("period"))
          .count()
          .select(unix_seconds(col("period.start")).as("start"), "count");
    });
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

TEST_CASE("C041 without epochs for it alone a window waits for the next rows", "[scenario]") {
  const auto empty_epochs = GENERATE(true, false);
  run_plans([empty_epochs](stream_test& t) {
    const event_input input;
    const memory_output output;
    run(t, output_mode::append, output, [=](engine& on) { return window_counts(timed(on, input)); });
    t.options().empty_epochs = empty_epochs;
    add(t, input, {10, 11, 12, 13, 14, 15});
    t.check_new<counted>(output, {});
    add(t, input, {25});
    t.check_new<counted>(output, empty_epochs ? std::vector<counted>{{10, 5}} : std::vector<counted>{});
    add(t, input, {26});
    t.check_new<counted>(output, empty_epochs ? std::vector<counted>{} : std::vector<counted>{{10, 5}});
  });
}

TEST_CASE("C043 C045 where a watermark cannot be", "[scenario]") {
  engine on{engine::options{.deterministic = true}};
  const event_input input;
  const auto rows = on.read_stream(sources::memory<event>{input}).to_df();
  CHECK_THROWS_WITH(timed(on, input).with_watermark("time", "2 minutes"),
                    Catch::Contains("redefining the watermark is disallowed") && Catch::Contains("'time'"));
  CHECK_THROWS_WITH(rows.with_watermark("missing", "1 minute"),
                    Catch::Contains("no column 'missing' in (value") && Catch::Contains("with_watermark"));
  CHECK_THROWS_WITH(rows.with_watermark("value", "1 minute"),
                    Catch::Contains("'value': expected timestamp, got int64"));
  const auto windows = rows.group_by(window(col("time"), "5 seconds")).count();
  CHECK_THROWS_WITH(windows.with_watermark("window.start", "1 minute"), Catch::Contains("'window.start'"));
}

TEST_CASE("C045 W01 bounded rows: a watermark drops none", "[scenario]") {
  engine on{engine::options{.time = std::make_shared<virtual_clock>(), .deterministic = true}};
  const event_input input;
  input.add_data({at(100), at(25), at(1), at(11), at(10)});
  const auto rows = on.read(sources::memory<event>{input}).to_df().with_watermark("time", "10 seconds");
  auto counts = window_counts(rows).collect<counted>();
  std::ranges::sort(counts);
  CHECK(counts == std::vector<counted>{{0, 1}, {10, 2}, {25, 1}, {100, 1}});
}
