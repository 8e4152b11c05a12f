// What is refused, by the call or by start(): the operator, the mode and the way out are in the message (semantics,
// section 4).
#include "stream_test.hpp"

#include <weir/sinks/console.hpp>
#include <weir/sinks/files.hpp>
#include <weir/sinks/parquet.hpp>
#include <weir/stream/dataframe.hpp>

#include "temporary_directory.hpp"

using namespace std::chrono_literals;
using namespace weir;

namespace {

struct event {
  std::string user;
  std::int64_t value;
  timestamp time;
};
BOOST_DESCRIBE_STRUCT(event, (), (user, value, time))

struct total {
  std::int64_t rows = 0;
};
BOOST_DESCRIBE_STRUCT(total, (), (rows))

constexpr output_mode all_modes[] = {output_mode::append, output_mode::update, output_mode::complete};

/// The message of what the call refuses; empty when it does not.
std::string refusal(const std::function<void()>& call, errc code) {
  try {
    call();
  } catch (const analysis_error& error) {
    CHECK(error.code() == code);
    return error.what();
  }
  return {};
}

/// Streams and bounded rows of events, on an engine that nothing else runs on.
struct fixture {
  engine on{{.deterministic = true}};
  sources::memory_input<event> input;
  dataset<event> stream = on.read_stream(sources::memory<event>{input});
  dataframe rows = stream.to_df();
  dataframe marked = rows.with_watermark("time", "10 seconds");
  dataframe bounded = on.read(sources::memory<event>{input}).to_df();

  /// What start() says of the plan in a mode; empty when it starts.
  static std::string start(const dataframe& plan, output_mode mode, errc code = errc::unsupported) {
    return refusal([&] { plan.write_stream().output_mode(mode).start(sinks::memory{}).stop(); }, code);
  }
};

/// Catch's matchers for all of the texts.
void check_says(const std::string& message, std::initializer_list<const char*> texts) {
  for (const auto* text : texts)
    CHECK_THAT(message, Catch::Contains(text));
}

std::vector<event> pass(std::string_view, std::span<const event> rows, group_state<total>&) {
  return {rows.begin(), rows.end()};
}

}  // namespace

TEST_CASE("section 4: which output mode takes which plan", "[refusals]") {
  fixture f;
  struct plan {
    const char* name;
    dataframe rows;
    std::vector<std::string> append;  ///< what the refusal says; none: it starts
    std::vector<std::string> update;
    std::vector<std::string> complete;
  };
  const std::vector<std::string> starts;
  const auto groups = f.stream.group_by_key(&event::user);
  const auto by_window = f.marked.group_by(window(col("time"), "5 seconds"));
  const auto map_groups = groups.map_groups_with_state<total>(
      [](std::string_view, std::span<const event> given, group_state<total>&) { return given.front(); });
  const std::vector<std::string> no_aggregation{"[operator memory-1]", "output mode complete",
                                                "no streaming aggregations", "use append or update"};
  const std::vector<plan> plans{
      {"filters and columns", f.rows.filter(col("value") > lit(1)).select("value"), starts, starts, no_aggregation},
      {"a union", f.rows.union_with(f.rows), starts, starts, no_aggregation},
      {"an aggregation by an event time's window", by_window.count(), starts, starts, starts},
      {"an aggregation by the event time", f.marked.group_by("time").count(), starts, starts, starts},
      {"an aggregation by a window without a watermark",
       f.rows.group_by(window(col("time"), "5 seconds")).count(),
       {"[operator aggregate-0]", "without a watermark", "append", "call with_watermark()", "update or complete"},
       starts,
       starts},
      {"an aggregation by another key",
       f.marked.group_by("user").count(),
       {"[operator aggregate-0]", "append", "call with_watermark()", "update or complete"},
       starts,
       starts},
      {"an aggregation of all rows",
       f.rows.agg(count()),
       {"[operator aggregate-0]", "append", "call with_watermark()", "update or complete"},
       starts,
       starts},
      {"an aggregation of each epoch", f.rows.group_by("user").per_epoch().count(), starts, starts, starts},
      {"sessions", f.marked.group_by("user", session_window(col("time"), "5 seconds")).count(), starts, starts, starts},
      {"sessions without a watermark",
       f.rows.group_by("user", session_window(col("time"), "5 seconds")).count(),
       {"[operator aggregate-0]", "append", "call with_watermark()"},
       starts,
       starts},
      {"an aggregation of aggregates",
       by_window.count().group_by(window(col("window"), "10 seconds")).count(),
       starts,
       {"[operator aggregate-1]", "aggregation of aggregates (aggregate-0)", "update", "use append"},
       {"[operator aggregate-1]", "aggregation of aggregates (aggregate-0)", "complete", "use append"}},
      {"map_groups_with_state",
       map_groups.to_df(),
       {"[operator map_groups_with_state-0]", "update mode", "output mode append", "must be update"},
       starts,
       {"must be update"}},
      {"flat_map_groups_with_state in append mode",
       groups.flat_map_groups_with_state<total>(output_mode::append, pass).to_df(),
       starts,
       {"[operator flat_map_groups_with_state-0]", "append mode", "output mode update", "must be append"},
       {"must be append"}},
      {"flat_map_groups_with_state in append mode, aggregated",
       groups.flat_map_groups_with_state<total>(output_mode::append, pass).to_df().group_by("user").count(),
       {"[operator aggregate-0]", "append", "call with_watermark()"},
       {"must be append"},
       starts},
      {"flat_map_groups_with_state in update mode",
       groups.flat_map_groups_with_state<total>(output_mode::update, pass).to_df(),
       {"must be update"},
       starts,
       {"must be update"}},
      {"flat_map_groups_with_state in update mode, aggregated",
       groups.flat_map_groups_with_state<total>(output_mode::update, pass).to_df().group_by("user").count(),
       {"append"},
       {"not supported in a query with an aggregation", "flat_map_groups_with_state in append mode"},
       {"must be update"}},
      {"a limit",
       f.rows.limit(3),
       starts,
       {"[operator limit-0]", "output mode update", "use append or complete"},
       no_aggregation},
      {"a limit of an aggregation",
       f.rows.group_by("user").count().limit(3),
       {"append"},
       {"[operator limit-0]", "output mode update", "use append or complete"},
       starts},
      {"a limit before an aggregation",
       f.rows.limit(3).group_by("user").count(),
       {"append"},
       {"[operator limit-0]", "output mode update"},
       starts},
      {"a sort",
       f.rows.sort("value"),
       {"[operator sort-0]", "output mode append", "sort an aggregation, in output mode complete"},
       {"[operator sort-0]", "output mode update", "sort an aggregation, in output mode complete"},
       {"sort-0"}},
      {"a sort of an aggregation",
       f.rows.group_by("user").count().sort(desc("count")),
       {"append"},
       {"[operator sort-0]", "output mode update", "in output mode complete"},
       starts},
      {"a sort before an aggregation",
       f.rows.sort("value").group_by("user").count(),
       {"append"},
       {"[operator sort-0]", "output mode update"},
       {"[operator sort-0]", "before an aggregation", "sort what it gives"}},
  };
  for (const auto& one : plans)
    for (const auto mode : all_modes) {
      INFO(one.name << " in output mode " << to_string(mode));
      const auto& expected =
          mode == output_mode::append ? one.append : (mode == output_mode::update ? one.update : one.complete);
      const auto message = fixture::start(one.rows, mode);
      CHECK(message.empty() == expected.empty());
      for (const auto& text : expected)
        CHECK_THAT(message, Catch::Contains(text));
    }
}

TEST_CASE("complete mode: every result of a query is an aggregation", "[refusals]") {
  fixture f;
  const auto counts = f.rows.group_by("user").count();
  const auto start = [&](const dataframe& other) {
    return refusal(
        [&] {
          f.on.start({.mode = output_mode::complete},
                     {to(counts, sinks::memory{}, "counts"), to(other, sinks::memory{}, "raw")})
              .stop();
        },
        errc::unsupported);
  };
  check_says(start(f.rows), {"[operator raw]", "output mode complete", "before this sink"});
  CHECK(start(counts.filter(col("count") > lit(1))).empty());
  // Rows that a step refuses are appended to their own sink, whatever the mode.
  const auto skipping = f.rows.with_column("number", col("user").cast(int64)).on_error(dead_letter(sinks::memory{}));
  CHECK(fixture::start(skipping.group_by("number").count(), output_mode::complete).empty());
}

TEST_CASE("sinks that cannot do a mode are refused by name", "[refusals]") {
  fixture f;
  weir_test::temporary_directory out;
  const auto start = [&](output_mode mode, const auto& sink) {
    const auto counts = f.marked.group_by("user", window(col("time"), "5 seconds")).count().select("user", "count");
    return refusal([&] { counts.write_stream().output_mode(mode).start(sink).stop(); }, errc::unsupported);
  };
  const auto path = out / "rows";
  check_says(start(output_mode::complete, sinks::parquet{.path = path}),
             {"[operator parquet-0]", "parquet ", "does not support output mode complete"});
  check_says(start(output_mode::complete, sinks::jsonl{.path = path}),
             {"[operator jsonl-0]", "jsonl ", "does not support output mode complete"});
  for (const auto mode : {output_mode::append, output_mode::update})
    CHECK(start(mode, sinks::parquet{.path = path}).empty());
  for (const auto mode : all_modes)
    CHECK(start(mode, sinks::memory{}).empty());
  check_says(refusal([&] { f.rows.write_stream().start(sinks::memory{.key = {"user"}}).stop(); }, errc::unsupported),
             {"memory", "append"});
}

TEST_CASE("U01 U02 U07 streams and bounded rows are not mixed", "[refusals]") {
  fixture f;
  const auto counts = f.rows.group_by("user").count();
  const char* needs_start = "queries with streaming sources must be executed with write_stream().start()";
  check_says(refusal([&] { (void)counts.collect<event>(); }, errc::unsupported),
             {needs_start, "source memory", "engine.read()"});
  check_says(refusal([&] { (void)counts.to_arrow(); }, errc::unsupported), {needs_start});
  check_says(refusal([&] { counts.show(); }, errc::unsupported), {needs_start});
  check_says(refusal([&] { counts.write(sinks::memory{}); }, errc::unsupported), {needs_start});
  check_says(fixture::start(f.bounded.group_by("user").count(), output_mode::complete),
             {"queries without streaming sources", "use read_stream()"});
  check_says(refusal([&] { f.rows.union_with(f.bounded); }, errc::unsupported), {"streaming and bounded"});
  check_says(refusal([&] { f.bounded.union_by_name(f.rows); }, errc::unsupported), {"streaming and bounded"});
}

TEST_CASE("U09 U10 group functions that do not go together", "[refusals]") {
  fixture f;
  const auto map = [](std::string_view, std::span<const event> rows, group_state<total>&) { return rows.front(); };
  const auto groups = f.stream.group_by_key(&event::user);
  const auto mapped = groups.map_groups_with_state<total>(map);
  check_says(
      fixture::start(mapped.group_by_key(&event::user).map_groups_with_state<total>(map).to_df(), output_mode::update),
      {"[operator map_groups_with_state-1]", "several map_groups_with_state", "the other is map_groups_with_state-0"});
  check_says(fixture::start(
                 mapped.group_by_key(&event::user).flat_map_groups_with_state<total>(output_mode::update, pass).to_df(),
                 output_mode::update),
             {"[operator flat_map_groups_with_state-0]", "mixing", "the other is map_groups_with_state-0"});
  const auto updating = groups.flat_map_groups_with_state<total>(output_mode::update, pass);
  check_says(
      fixture::start(
          updating.group_by_key(&event::user).flat_map_groups_with_state<total>(output_mode::update, pass).to_df(),
          output_mode::update),
      {"several flat_map_groups_with_state must all be in append mode"});
  const auto appending = groups.flat_map_groups_with_state<total>(output_mode::append, pass);
  CHECK(fixture::start(
            appending.group_by_key(&event::user).flat_map_groups_with_state<total>(output_mode::append, pass).to_df(),
            output_mode::append)
            .empty());
  check_says(
      fixture::start(groups.map_groups_with_state<total>(map, group_timeout::event_time).to_df(), output_mode::update),
      {"[operator map_groups_with_state-0]", "event-time timeout", "call with_watermark() before group_by_key()"});
}

TEST_CASE("W02 W03 W14 watermarks that cannot be", "[refusals]") {
  fixture f;
  check_says(refusal([&] { f.marked.with_watermark("time", "2 minutes"); }, errc::unsupported),
             {"redefining the watermark", "'time' has one already"});
  check_says(refusal([&] { f.marked.select("user", col("time").as("at")).with_watermark("at", "2 minutes"); },
                     errc::unsupported),
             {"redefining the watermark"});
  check_says(refusal([&] { f.rows.with_watermark("tmie", "1 minute"); }, errc::unknown_column),
             {"with_watermark", "'tmie'", "time: timestamp"});
  check_says(refusal([&] { f.rows.with_watermark("value", "1 minute"); }, errc::type_mismatch),
             {"with_watermark", "'value'", "expected timestamp", "int64"});
  check_says(refusal([&] { f.rows.with_watermark("time", "-10 seconds"); }, errc::invalid_argument),
             {"should not be negative"});
  check_says(refusal([&] { f.rows.with_watermark("time", "1 month -40 days"); }, errc::invalid_argument),
             {"should not be negative"});
  check_says(refusal([&] { f.rows.with_watermark("time", "1 foo"); }, errc::invalid_argument), {"1 foo"});
}

TEST_CASE("U04 U05 V01 V06 aggregations and windows that cannot be", "[refusals]") {
  fixture f;
  const auto time = col("time");
  check_says(refusal([&] { f.marked.group_by(window(time, "5 seconds"), window(time, "9 seconds")).count(); },
                     errc::unsupported),
             {"[operator aggregate]", "two windows", "9 seconds", "V06"});
  check_says(refusal([&] { f.marked.group_by(session_window(time, "5 seconds")).count(); }, errc::unsupported),
             {"session windows need at least one key beside them", "add one to group_by"});
  check_says(
      refusal([&] { f.marked.group_by(window(time, "5 seconds", "6 seconds")).count(); }, errc::invalid_argument),
      {"window"});
  check_says(refusal([&] { f.marked.group_by(window(time, "0 seconds")).count(); }, errc::invalid_argument),
             {"window"});
  check_says(
      refusal([&] { f.marked.group_by("user", session_window(time, "0 seconds")).count(); }, errc::invalid_argument),
      {"session_window", "gap must be positive"});
  check_says(
      refusal([&] { f.marked.group_by("user", session_window(time, col("value"))).count(); }, errc::type_mismatch),
      {"session_window", "gap", "int64", "duration"});
  check_says(refusal([&] { f.rows.group_by(window(col("value"), "5 seconds")).count(); }, errc::type_mismatch),
             {"window", "value", "int64", "timestamp"});
  check_says(refusal([&] { f.rows.group_by("user").agg(sum(col("value")) + lit(1)); }, errc::invalid_argument),
             {"is no aggregate", "select() behind"});
  check_says(refusal([&] { f.rows.group_by("user").agg(sum(col("user"))); }, errc::type_mismatch),
             {"sum", "user", "utf8"});
  check_says(refusal([&] { f.rows.select(sum(col("value"))); }, errc::invalid_argument),
             {"sum(value)", "no function 'sum' here", "[operator select]"});
  check_says(refusal([&] { f.rows.select(window(time, "5 seconds")); }, errc::invalid_argument),
             {"no function 'window' here", "[operator select]"});
  check_says(refusal([&] { f.rows.group_by("user").agg_all({}); }, errc::invalid_argument), {"no aggregates"});
  // Names that are there twice would be one column.
  check_says(
      refusal([&] { f.rows.group_by("user").agg(count().as("n"), sum(col("value")).as("n")); }, errc::invalid_argument),
      {"'n'"});
}

TEST_CASE("columns that are not there, or of another type, by name and with what there is", "[refusals]") {
  fixture f;
  const auto unknown = errc::unknown_column;
  check_says(refusal([&] { f.rows.select("vlaue"); }, unknown),
             {"'vlaue'", "did you mean 'value'", "user, value, time"});
  check_says(refusal([&] { f.rows.filter(col("usr") == lit("a")); }, unknown), {"'usr'", "did you mean 'user'"});
  check_says(refusal([&] { f.rows.with_column("next", col("Value") + lit(1)); }, unknown), {"did you mean 'value'"});
  check_says(refusal([&] { f.rows.group_by("usr").count(); }, unknown), {"did you mean 'user'"});
  check_says(refusal([&] { f.rows.group_by("user").sum("vaule"); }, unknown), {"did you mean 'value'"});
  check_says(refusal([&] { f.rows.drop("vlaue"); }, unknown), {"drop", "'vlaue'", "did you mean 'value'"});
  check_says(refusal([&] { f.rows.with_column_renamed("vlaue", "v"); }, unknown),
             {"with_column_renamed", "'vlaue'", "did you mean 'value'"});
  check_says(refusal([&] { f.rows.sort("vlaue"); }, unknown), {"sort", "'vlaue'", "value: int64"});
  check_says(refusal([&] { f.rows.explode("vlaue", "v"); }, unknown), {"explode", "'vlaue'", "value: int64"});
  check_says(refusal([&] { f.rows.select(call_function("uper", {col("user")})); }, errc::invalid_argument),
             {"uper", "upper"});

  const auto mismatch = errc::type_mismatch;
  check_says(refusal([&] { f.rows.filter(col("value")); }, mismatch), {"value", "boolean", "int64"});
  check_says(refusal([&] { f.rows.select(upper(col("value"))); }, mismatch), {"upper", "utf8", "int64"});
  check_says(refusal([&] { f.rows.filter(col("user") > lit(1)); }, mismatch), {"utf8", ">"});
  check_says(refusal([&] { f.rows.explode("value", "v"); }, mismatch), {"explode", "'value'", "int64", "list"});
  check_says(refusal([&] { (void)f.rows.select("user").as<event>(); }, unknown), {"'value'"});
  check_says(refusal([&] { (void)f.rows.with_column("value", col("user")).as<event>(); }, mismatch),
             {"'value'", "utf8", "int64"});
  check_says(refusal([&] { f.rows.union_with(f.rows.select("user")); }, mismatch), {"union", "columns"});
  check_says(refusal([&] { f.rows.limit(-1); }, errc::invalid_argument), {"limit", "-1"});
}

TEST_CASE("names of steps and sinks are each there once", "[refusals]") {
  fixture f;
  check_says(refusal([&] { f.rows.filter(col("value") > lit(1)).named("a b"); }, errc::invalid_argument), {"'a b'"});
  const auto twice = f.rows.filter(col("value") > lit(1)).named("same").select("value").named("same");
  check_says(fixture::start(twice, output_mode::append, errc::invalid_argument),
             {"two steps of the query are named 'same'"});
  check_says(refusal([&] { f.on.start({}, {}); }, errc::invalid_argument), {"at least one sink"});
}
