#pragma once

#include "catch.hpp"

#include <weir/actors/running_query.hpp>
#include <weir/sinks/null.hpp>

namespace weir_test {

using namespace weir;

inline execution_node source_node(std::string name, result<std::unique_ptr<source>> reader, schema output) {
  execution_node node;
  node.part = execution_node::role::source;
  node.name = std::move(name);
  node.output = std::move(output);
  node.reader = std::move(*reader);
  return node;
}

inline execution_node step_node(std::string name, operator_ptr step, std::vector<execution_edge> inputs,
                                schema output) {
  execution_node node;
  node.name = std::move(name);
  node.inputs = std::move(inputs);
  node.output = std::move(output);
  node.description = std::move(step);
  return node;
}

inline execution_node sink_node(int from, schema output) {
  execution_node node;
  node.part = execution_node::role::sink;
  node.name = "out";
  node.inputs = {{from, 0, 0}};
  node.output = std::move(output);
  node.writer = *sinks::null{}.open();
  return node;
}

inline std::shared_ptr<running_query> launch(const std::shared_ptr<actor_engine>& engine, execution_graph graph) {
  auto made = running_query::make(engine, std::move(graph), {});
  REQUIRE(made.ok());
  (*made)->launch();
  return *made;
}

}  // namespace weir_test
