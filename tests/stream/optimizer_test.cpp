// What the optimiser does to plans, and that their rows do not notice.
#include "stream_test.hpp"

#include <filesystem>
#include <fstream>

#include <arrow/record_batch.h>

#include <weir/columns/display.hpp>
#include <weir/sources/json_files.hpp>
#include <weir/stream/dataframe.hpp>

#include "temporary_directory.hpp"

using namespace std::chrono_literals;
using namespace weir;

namespace {

struct reading {
  std::string sensor;
  std::int64_t value;
  timestamp time;
};
BOOST_DESCRIBE_STRUCT(reading, (), (sensor, value, time))

reading read_at(std::string sensor, std::int64_t value, std::int64_t second) {
  return {std::move(sensor), value, timestamp{std::chrono::seconds{second}}};
}

using input_of = sources::memory_input<reading>;

dataframe readings(engine& on, const input_of& input) {
  return on.read_stream(sources::memory<reading>{input}).to_df();
}

/// The graph that runs, without the plan as it was written.
std::string as_run(const std::string& text) { return text.substr(0, text.find("  as written:")); }

std::string explained(const dataframe& rows, bool optimize = true, output_mode mode = output_mode::append) {
  return as_run(rows.write_stream().options({.mode = mode, .optimize = optimize}).explain(sinks::memory{}));
}

/// The lines of operators, without the query's own, the source and the sink.
std::vector<std::string> operators(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    if (line.find(" <- ") != std::string::npos && line.find(": sink ") == std::string::npos)
      found.push_back(line);
  return found;
}

std::string row_text(const batch& rows, std::int64_t row) {
  std::string text;
  for (int column = 0; column < rows.arrow()->num_columns(); ++column)
    text += (column > 0 ? "|" : "") + display_cell(rows, column, row);
  return text;
}

/// All rows of a run from the first row to the last, each as text, sorted.
std::vector<std::string> rows_of(const std::function<dataframe(engine&, const input_of&)>& build, bool optimize,
                                 output_mode mode) {
  engine on{{.files = std::make_shared<weir_test::fault_storage>(), .deterministic = true}};
  const input_of input;
  const memory_output output;
  auto query =
      build(on, input).write_stream().options({.mode = mode, .optimize = optimize}).start(sinks::memory{output});
  for (const auto& epoch :
       {std::vector{read_at("a", 1, 10), read_at("b", 2, 11), read_at("", 3, 12), read_at("a", -4, 14)},
        std::vector{read_at("b", 5, 25), read_at("c", 6, 3), read_at("a", 0, 26)},
        std::vector{read_at("a", 8, 60), read_at("b", 10, 61), read_at("c", 12, 70)}}) {
    input.add_data(std::span<const reading>{epoch});
    query.process_all_available();
  }
  std::vector<std::string> texts;
  for (const auto& one : output.all())
    for (std::int64_t row = 0; row < one.num_rows(); ++row)
      texts.push_back(row_text(one, row));
  std::ranges::sort(texts);
  return texts;
}

}  // namespace

TEST_CASE("ten steps of select, with_column and filter are one operator", "[optimizer]") {
  engine on{{.deterministic = true}};
  const input_of input;
  const auto rows = readings(on, input)
                        .select("sensor", "value", "time")
                        .filter(col("value") > lit(0))
                        .with_column("double", col("value") + col("value"))
                        .filter(col("double") < lit(100))
                        .with_column("kind", upper(col("sensor")))
                        .select("kind", "double", "time")
                        .with_column_renamed("double", "twice")
                        .filter(col("kind").is_not_null())
                        .drop("time")
                        .select("twice", "kind");
  const auto text = explained(rows);
  INFO(text);
  CHECK(operators(text).size() == 1);
  CHECK(operators(explained(rows, false)).size() == 10);
}

TEST_CASE("steps with a name, or with a policy for errors, stay on their own", "[optimizer]") {
  engine on{{.deterministic = true}};
  const input_of input;
  const auto rows = readings(on, input);
  const auto named = rows.filter(col("value") > lit(0)).named("positive").filter(col("value") < lit(9)).select("value");
  auto lines = operators(explained(named));
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[0], Catch::StartsWith("  positive <- "));
  const auto skipping = rows.with_column("number", col("sensor").cast(int64)).on_error(skip).select("value");
  lines = operators(explained(skipping));
  REQUIRE(lines.size() == 2);
  // Rows whose sensor is no number are skipped, so it is computed although nobody reads it.
  CHECK_THAT(lines[0], Catch::Contains("cast") && Catch::Contains("number: int64"));
}

TEST_CASE("what several steps read keeps the columns that one of them reads", "[optimizer]") {
  engine on{{.deterministic = true}};
  const input_of input;
  const memory_output sensors;
  const memory_output values;
  const auto shared = readings(on, input).with_column("next", col("value") + lit(1)).with_column("unread", lit(1));
  auto query = on.start(
      {}, {to(shared.select("sensor"), sinks::memory{sensors}), to(shared.select("next"), sinks::memory{values})});
  const auto lines = operators(as_run(query.explain()));
  INFO(query.explain());
  REQUIRE(lines.size() == 3);
  CHECK_THAT(lines[0], Catch::EndsWith("-> sensor: utf8 not null, next: int64 not null"));
  input.add_data({read_at("a", 1, 1)});
  query.process_all_available();
  CHECK(sensors.all_as<std::string>() == std::vector<std::string>{"a"});
  CHECK(values.all_as<std::int64_t>() == std::vector<std::int64_t>{2});
}

TEST_CASE("W18 a watermark that several steps read is as all of them see it", "[optimizer]") {
  engine on{{.deterministic = true}};
  const input_of input;
  const memory_output few;
  const memory_output all;
  const auto marked = readings(on, input).with_watermark("time", 10s);
  const auto filtered =
      marked.filter(col("value") > lit(0)).filter(col("value") < lit(9)).with_column("more", col("value"));
  auto query = on.start({}, {to(filtered, sinks::memory{few}), to(marked, sinks::memory{all})});
  INFO(query.explain());
  CHECK(operators(as_run(query.explain())).size() == 2);
  input.add_data({read_at("a", 1, 1), read_at("a", 10, 2)});
  query.process_all_available();
  CHECK(few.all().front().num_rows() == 1);
  CHECK(all.all().front().num_rows() == 2);
}

TEST_CASE("W18 filters behind a watermark go below it, all of them, unless they read the time", "[optimizer]") {
  engine on{{.deterministic = true}};
  const input_of input;
  const auto marked = readings(on, input).filter(col("sensor") != lit("")).with_watermark("time", 10s);
  const auto early = marked.filter(col("value") > lit(0)).filter(col("value") < lit(9));
  auto lines = operators(explained(early));
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[0], Catch::Contains("sensor") && Catch::Contains("> 0") && Catch::Contains("< 9"));
  CHECK_THAT(lines[1], Catch::Contains("watermark"));
  const auto split = marked.filter(col("value") > lit(0) && col("time") > timestamp{5s});
  lines = operators(explained(split));
  REQUIRE(lines.size() == 3);
  CHECK_THAT(lines[0], Catch::Contains("> 0"));
  CHECK_THAT(lines[2], Catch::Contains("time") && !Catch::Contains("> 0"));
  // A column that was made of the time is not known below.
  const auto made = marked.with_column("hour", hour(col("time"))).filter(col("hour") > lit(3));
  lines = operators(explained(made));
  REQUIRE(lines.size() == 3);
  CHECK_THAT(lines[2], Catch::Contains("> 3"));
  CHECK_THAT(operators(explained(marked.filter(weir::rand() > lit(0.5)))).back(), Catch::Contains("rand"));
}

TEST_CASE("members of JSON that nobody reads are not parsed, columns of files not read", "[optimizer]") {
  engine on{{.deterministic = true}};
  const sources::memory_input<std::string> input;
  const auto parsed = on.read_stream(sources::memory<std::string>{input})
                          .to_df()
                          .select(from_json(col("value"), "user STRING, amount DOUBLE, note STRING").as("data"))
                          .select("data.*")
                          .filter(col("amount") > lit(1.0))
                          .select("user");
  const auto text = explained(parsed);
  INFO(text);
  CHECK_THAT(text, Catch::Contains("from_json") && Catch::Contains("user: utf8") &&
                       Catch::Contains("amount: float64") && !Catch::Contains("note"));
  CHECK_THAT(explained(parsed, false), Catch::Contains("note"));

  weir_test::temporary_directory in;
  std::ofstream{in / "1"} << "{\"id\":1,\"kind\":\"a\",\"note\":5}\nbroken\n{\"id\":2,\"kind\":[],\"note\":\"b\"}\n";
  for (const auto mode : {malformed_mode::permissive, malformed_mode::drop_malformed}) {
    const auto files = on.read_stream(sources::json_files{
        .path = in.path(), .schema = {{"id", int64}, {"kind", utf8}, {"note", utf8}}, .mode = mode});
    const auto wanted = files.filter(col("id").is_null() || col("id") > lit(0)).select("id");
    if (mode == malformed_mode::permissive)
      CHECK_THAT(explained(wanted), Catch::Contains("replays -> id: int64\n"));
    CHECK_THAT(explained(wanted, false), Catch::Contains("replays -> id: int64, kind: utf8, note: utf8\n"));
    std::vector<std::vector<std::string>> runs;
    for (const auto optimize : {true, false}) {
      const memory_output output;
      auto query = wanted.write_stream().options({.optimize = optimize}).start(sinks::memory{output});
      query.process_all_available();
      auto& rows = runs.emplace_back();
      for (const auto& one : output.all())
        for (std::int64_t row = 0; row < one.num_rows(); ++row)
          rows.push_back(row_text(one, row));
    }
    INFO("mode " << static_cast<int>(mode));
    CHECK(runs[0] == runs[1]);
    CHECK(!runs[0].empty());
  }
}

TEST_CASE("plans give the same rows as they are written and optimised", "[optimizer]") {
  using build = std::function<dataframe(engine&, const input_of&)>;
  struct plan {
    const char* name;
    output_mode mode;
    build make;
  };
  const auto append = output_mode::append;
  const auto update = output_mode::update;
  const std::vector<plan> plans{
      {"conditions on what was computed and what was passed on", append,
       [](engine& on, const input_of& input) {
         return readings(on, input)
             .with_column("twice", col("value") * lit(2))
             .filter(col("value") > lit(0))
             .filter(col("twice") < lit(20))
             .with_column("value", col("value") + lit(100))
             .filter(col("value") != lit(103))
             .select("twice", "value");
       }},
      {"a condition guards the one behind it", append,
       [](engine& on, const input_of& input) {
         return readings(on, input)
             .filter(col("value") != lit(0))
             .select("sensor", "value")
             .filter(lit(10) / col("value") > lit(1.0))
             .select("value");
       }},
      {"names change places", append,
       [](engine& on, const input_of& input) {
         return readings(on, input)
             .select(col("sensor").as("value"), col("value").as("sensor"))
             .filter(col("sensor") > lit(1))
             .select(col("sensor").as("value"), col("value").as("sensor"))
             .filter(col("value") < lit(9));
       }},
      {"members of a struct", append,
       [](engine& on, const input_of& input) {
         return readings(on, input)
             .select(struct_of({col("sensor"), col("value")}).as("data"))
             .filter(col("data.value") > lit(0))
             .select("data.*")
             .filter(col("sensor") != lit("b"))
             .select("value");
       }},
      {"JSON, a mistyped member of which nobody reads", append,
       [](engine& on, const input_of& input) {
         return readings(on, input)
             .select(concat(lit("{\"a\":"), col("value").cast(utf8), lit(",\"b\":\"x\"}")).as("text"))
             .select(from_json(col("text"), "a BIGINT, b BIGINT").as("data"))
             .select("data.*")
             .filter(col("a") > lit(1))
             .select("a");
       }},
      {"a union of two branches of a step", append,
       [](engine& on, const input_of& input) {
         const auto both = readings(on, input).with_column("more", col("value") + lit(1)).filter(col("value") > lit(0));
         return both.filter(col("sensor") == lit("a"))
             .union_with(both.filter(col("sensor") == lit("b")))
             .select("sensor", "more");
       }},
      {"a step of its own error policy", append,
       [](engine& on, const input_of& input) {
         return readings(on, input)
             .with_column("number", (lit(12) / col("value")))
             .on_error(skip)
             .filter(col("value") < lit(7))
             .select("value");
       }},
      {"an explosion of parts", append,
       [](engine& on, const input_of& input) {
         return readings(on, input)
             .with_column("parts", split(concat(col("sensor"), lit(",x")), lit(",")))
             .filter(col("value") > lit(0))
             .explode("parts", "part")
             .filter(col("part") != lit("x"))
             .select("part", "value");
       }},
      {"a limit between conditions", append,
       [](engine& on, const input_of& input) {
         return readings(on, input)
             .filter(col("value") > lit(1))
             .limit(3)
             .filter(col("value") > lit(2))
             .select("value");
       }},
      {"counts of computed keys", update,
       [](engine& on, const input_of& input) {
         return readings(on, input)
             .with_column("even", col("value") % lit(2) == lit(0))
             .filter(col("sensor") != lit("c"))
             .group_by("even", upper(col("sensor")).as("name"))
             .agg(count(), sum(col("value") + lit(1)).as("total"))
             .filter(col("count") > lit(0))
             .select("name", "total", "even");
       }},
      {"windows of a renamed time", append,
       [](engine& on, const input_of& input) {
         return readings(on, input)
             .with_watermark("time", "5 seconds")
             .select(col("time").as("at"), "sensor", "value")
             .filter(col("at") > timestamp{4s})
             .group_by(window(col("at"), "5 seconds"), "sensor")
             .agg(sum(col("value")).as("total"))
             .select("window.start", "total");
       }},
      {"sessions, some of whose columns nobody reads", append,
       [](engine& on, const input_of& input) {
         return readings(on, input)
             .with_watermark("time", "5 seconds")
             .with_column("unread", lit(1))
             .group_by(session_window(col("time"), "5 seconds"), "sensor")
             .agg(count(), max(col("value")).as("most"))
             .select("sensor", "most");
       }},
      {"an observation on the way", append,
       [](engine& on, const input_of& input) {
         return readings(on, input)
             .filter(col("value") > lit(0))
             .observe("seen", sum(col("value")).as("total"))
             .filter(col("value") < lit(9))
             .select("sensor");
       }},
  };
  for (const auto& one : plans) {
    INFO(one.name);
    const auto written = rows_of(one.make, false, one.mode);
    const auto optimised = rows_of(one.make, true, one.mode);
    CHECK(optimised == written);
    CHECK(!written.empty());
  }
}
