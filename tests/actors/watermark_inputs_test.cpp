// W04: what an input of a watermark is after steps that mix theirs.
#include "catch.hpp"

#include <weir/actors/running_query.hpp>
#include <weir/columns/row_codec.hpp>
#include <weir/operators/sort.hpp>
#include <weir/operators/union.hpp>
#include <weir/operators/watermark.hpp>
#include <weir/sources/memory.hpp>

#include "actors/nodes.hpp"

using namespace weir;
using namespace weir_test;
using namespace std::chrono_literals;

TEST_CASE("W04: a step that mixes the rows of its inputs is one input to the watermark after it") {
  const auto engine = actor_engine::make({.deterministic = true});
  const sources::memory_input<timestamp> left, right;
  const auto columns = row_schema<timestamp>();
  execution_graph graph;
  graph.nodes = {
      source_node("left", sources::memory<timestamp>{left}.open(), columns),
      source_node("right", sources::memory<timestamp>{right}.open(), columns),
      step_node("union", std::make_shared<union_operator>(union_options{.inputs = {columns, columns}}),
                {{0, 0, 0}, {1, 0, 1}}, columns),
      step_node("sort", std::make_shared<sort_operator>(std::vector<sort_key>{{"value"}}), {{2, 0, 0}}, columns),
      step_node("watermark", std::make_shared<watermark_operator>("value", 1s), {{3, 0, 0}}, columns),
      sink_node(4, columns)};
  left.add_data({timestamp{10s}});
  right.add_data({timestamp{20s}});
  const auto query = launch(engine, std::move(graph));
  query->process_all_available();
  left.add_data({timestamp{15s}});
  query->process_all_available();
  const auto progress = query->monitor().last_progress();
  REQUIRE(progress);
  REQUIRE(progress->event_time);
  CHECK(progress->event_time->watermark == timestamp{19s});
  query->request_stop();
  query->wait_ended();
  CHECK(query->monitor().outcome().ok());
}
