// Scenarios C119 and C120: what a query's handle and its progress tell.
#include "stream_test.hpp"

using namespace std::chrono_literals;
using namespace weir;
using weir_test::stream_test;

namespace {

stream_test::builder copies(const sources::memory_input<std::string>& input, const memory_output& output) {
  return [=](engine& on, query_options options) {
    return on.read_stream(sources::memory<std::string>{input})
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  };
}

}  // namespace

TEST_CASE("C119 the id stays over restarts, the run id does not", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<std::string> input;
  const memory_output output;
  t.query(copies(input, output));
  const auto id = t.running_query().id();
  const auto run = t.running_query().run_id();
  CHECK(id != run);
  t.add<std::string>(input, {"a"});
  t.process();
  CHECK(t.running_query().last_progress()->id == id);
  CHECK(t.running_query().last_progress()->run_id == run);
  t.stop();
  CHECK(t.running_query().id() == id);
  CHECK(t.running_query().run_id() != run);
}

TEST_CASE("C119 status and progress of epochs, of an idle query, and after its end", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<std::string> input;
  const memory_output output;
  t.query(copies(input, output));
  CHECK_FALSE(t.running_query().last_progress());
  t.process();
  CHECK(t.running_query().status().message == "Waiting for data to arrive");
  CHECK_FALSE(t.running_query().status().is_data_available);
  CHECK_FALSE(t.running_query().status().is_trigger_active);

  t.add<std::string>(input, {"a", "b"});
  t.check_new<std::string>(output, {"a", "b"});
  const auto first = *t.running_query().last_progress();
  CHECK(first.epoch.value == 0);
  CHECK(first.num_input_rows == 2);
  REQUIRE(first.sources.size() == 1);
  CHECK_FALSE(first.sources[0].start_offset);
  CHECK(first.sources[0].end_offset.json == "0");

  t.add<std::string>(input, {"c"});
  t.check_new<std::string>(output, {"c"});
  const auto second = *t.running_query().last_progress();
  CHECK(second.epoch.value == 1);
  REQUIRE(second.sources[0].start_offset);
  CHECK(second.sources[0].start_offset->json == "0");
  CHECK(second.sources[0].end_offset.json == "1");

  auto& query = t.running_query();
  query.stop();
  CHECK_FALSE(query.is_active());
  CHECK(query.status().message == "Stopped");
  CHECK(query.last_progress()->epoch == second.epoch);
  CHECK(query.await_termination(1s));
}

TEST_CASE("C119 times and rates of epochs under a trigger of a second", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<int> input;
  const memory_output output;
  t.query([&](engine& on, query_options options) {
    options.trigger = trigger::processing_time(1s);
    return on.read_stream(sources::memory<int>{input})
        .map([&t](int value) {
          t.clock().advance(250ms);  // what a row takes
          return value;
        })
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
  t.process();  // the first tick comes at once, and finds nothing
  const auto epoch_at = [&](std::chrono::milliseconds time) {
    input.add_data({1, 2});
    t.clock().advance(time);
    t.check_new<int>(output, {1, 2});
    return *t.running_query().last_progress();
  };
  const auto first = epoch_at(1s);
  CHECK(first.durations.at("addBatch") == 500ms);
  CHECK(first.durations.at("triggerExecution") == 500ms);
  CHECK(first.durations.at("latestOffset") == 0ms);
  CHECK(first.processed_rows_per_second == 4.0);
  CHECK_THAT(first.to_json(), Catch::Contains("01.000Z"));
  const auto second = epoch_at(500ms);
  CHECK_THAT(second.to_json(), Catch::Contains("02.000Z"));
  CHECK(second.input_rows_per_second == 2.0);
  CHECK(second.processed_rows_per_second == 4.0);
  CHECK(second.durations.at("triggerExecution") == 500ms);
}

TEST_CASE("C119 of two sources each counts its own rows", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<std::string> left;
  const sources::memory_input<std::string> right;
  const memory_output output;
  t.query([&](engine& on, query_options options) {
    return on.read_stream(sources::memory<std::string>{left})
        .union_with(on.read_stream(sources::memory<std::string>{right}))
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
  const auto rows = [&] {
    std::vector<std::int64_t> counts;
    const auto progress = t.running_query().last_progress();
    for (const auto& source : progress->sources)
      counts.push_back(source.num_input_rows);
    return counts;
  };
  t.add<std::string>(left, {"a", "b", "c"});
  t.check_new<std::string>(output, {"a", "b", "c"});
  CHECK(rows() == std::vector<std::int64_t>{3, 0});
  t.add<std::string>(right, {"d", "e"});
  t.check_new<std::string>(output, {"d", "e"});
  CHECK(rows() == std::vector<std::int64_t>{0, 2});
}

TEST_CASE("C119 a source that is used twice is read, and counted, once", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<std::string> input;
  const memory_output output;
  t.query([&](engine& on, query_options options) {
    const auto rows = on.read_stream(sources::memory<std::string>{input});
    return rows.union_with(rows).write_stream().options(options).start(sinks::memory{output});
  });
  t.add<std::string>(input, {"a", "b", "c"});
  t.check_new<std::string>(output, {"a", "a", "b", "b", "c", "c"});
  CHECK(t.running_query().last_progress()->sources.size() == 1);
  CHECK(t.running_query().last_progress()->num_input_rows == 3);
}

TEST_CASE("C120 what the JSON of a progress leaves out, and what it prints anyway", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<std::string> input;
  const memory_output output;
  t.query(copies(input, output));
  t.add<std::string>(input, {"a"});
  t.process();
  const auto json = t.running_query().last_progress()->to_json();
  INFO(json);
  CHECK(json.find("\"name\":null") != std::string::npos);
  CHECK(json.find("\"stateOperators\":[]") != std::string::npos);
  CHECK(json.find("\"startOffset\":null") != std::string::npos);
  CHECK(json.find("\"endOffset\":0") != std::string::npos);
  CHECK(json.find("\"eventTime\"") == std::string::npos);
  CHECK(json.find("\"observedMetrics\"") == std::string::npos);
  const auto place = [&](const char* name) { return json.find(std::string{"\""} + name + "\":"); };
  CHECK(place("id") < place("runId"));
  CHECK(place("runId") < place("name"));
  CHECK(place("name") < place("timestamp"));
  CHECK(place("timestamp") < place("batchId"));
  CHECK(place("batchId") < place("numInputRows"));
  CHECK(place("durationMs") < place("stateOperators"));
  CHECK(place("stateOperators") < place("sources"));
  CHECK(place("sources") < place("sink"));
}
