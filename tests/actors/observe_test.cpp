// M06, C119 (d): observed values in progress.
#include "catch.hpp"

#include <weir/actors/progress_builder.hpp>
#include <weir/actors/running_query.hpp>
#include <weir/columns/row_codec.hpp>
#include <weir/operators/observe.hpp>
#include <weir/sources/memory.hpp>

#include "actors/nodes.hpp"

using namespace weir;
using namespace weir_test;

namespace {

struct observed_row {
  std::optional<std::int64_t> min, max, sum;
  std::int64_t rows = 0;
};
BOOST_DESCRIBE_STRUCT(observed_row, (), (min, max, sum, rows))

}  // namespace

TEST_CASE("C119 M06: observed values come with the progress of epochs with data, and not with idle ones") {
  const auto engine = actor_engine::make({.deterministic = true});
  const sources::memory_input<std::int64_t> numbers;
  const auto columns = row_schema<std::int64_t>();
  const auto observe = std::make_shared<observe_operator>(
      observe_options{"stats",
                      columns,
                      {{.kind = aggregate_kind::min, .arguments = {0}, .name = "min"},
                       {.kind = aggregate_kind::max, .arguments = {0}, .name = "max"},
                       {.kind = aggregate_kind::sum, .arguments = {0}, .name = "sum"},
                       {.kind = aggregate_kind::count, .arguments = {}, .name = "rows"}}});
  execution_graph graph;
  graph.nodes = {source_node("in", sources::memory<std::int64_t>{numbers}.open(), columns),
                 step_node("observe", observe, {{0, 0, 0}}, columns), sink_node(1, columns)};
  const auto query = launch(engine, std::move(graph));
  const auto check = [&](std::initializer_list<std::int64_t> rows, const std::string& json) {
    numbers.add_data(rows);
    query->process_all_available();
    const auto progress = query->monitor().last_progress();
    REQUIRE(progress);
    CHECK(progress->to_json().find(json) != std::string::npos);
    REQUIRE(progress->observed_metrics.size() == 1);
    return row_reader<observed_row>{progress->observed_metrics.at("stats")}.read(0);
  };
  CHECK(check({1, 2}, R"("observedMetrics":{"stats":{"min":1,"max":2,"sum":3,"rows":2}},)").sum == 3);
  CHECK(check({10, 30, -10, 5}, R"("observedMetrics":{"stats":{"min":-10,"max":30,"sum":35,"rows":4}},)").rows == 4);
  query->request_stop();
  query->wait_ended();
  CHECK(query->monitor().outcome().ok());
}

TEST_CASE("C119 M06: the progress of an idle trigger has no observed values") {
  const auto columns = row_schema<std::int64_t>();
  const auto observe = std::make_shared<observe_operator>(
      observe_options{"stats", columns, {{.kind = aggregate_kind::count, .arguments = {}, .name = "rows"}}});
  execution_graph graph;
  graph.nodes = {step_node("observe", observe, {}, columns)};
  actors::progress_builder builder{graph, "id", "run"};
  row_writer<std::int64_t> row;
  row.append(7);
  operator_metrics part;
  part.observed.emplace("stats", row.finish());
  actors::epoch_run run;
  run.info = std::make_shared<actors::epoch_info>();
  actors::add_metrics(run.metrics[0], part);
  const auto done = builder.of_epoch(run, timestamp{}, 0);
  REQUIRE(done->observed_metrics.size() == 1);
  CHECK(done->to_json().find(R"("observedMetrics":{"stats":{"value":7}},)") != std::string::npos);
  const auto idle = builder.of_idle(timestamp{});
  CHECK(idle->observed_metrics.empty());
  CHECK(idle->to_json().find("observedMetrics") == std::string::npos);
}
