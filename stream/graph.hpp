#pragma once

#include <memory>
#include <string>
#include <vector>

#include <weir/actors/execution_graph.hpp>
#include <weir/stream/plan.hpp>
#include <weir/stream/query_options.hpp>

namespace weir {

/// A query built by hand: sources, operators and sinks as nodes, and the edges between them.
///
///     weir::graph g;
///     auto lines = g.add_source("lines", weir::sources::socket{.port = 9999});
///     auto parsed = g.add_operator("parse", std::make_shared<my_parser>(), {lines});
///     g.add_sink("out", weir::sinks::console{}, parsed);
///     auto query = engine.start(g.build({.name = "by hand"}));
class graph {
public:
  /// An output of a node; an operator's side outputs, where it has them, are refused_rows_port and late_rows_port.
  struct node {
    int index = 0;
    int port = 0;
  };

  template <source_description Source>
  node add_source(std::string name, Source description, read_limit limit = {}) {
    return add_any_source(std::move(name), any_source::of(std::move(description)), limit);
  }
  /// `inputs` in the order of the operator's input ports. Throws analysis_error when they do not bind.
  node add_operator(std::string name, operator_ptr description, const std::vector<node>& inputs);
  template <sink_description Sink>
  void add_sink(std::string name, Sink description, node input) {
    add_any_sink(std::move(name), any_sink::of(std::move(description)), input);
  }

  /// Checks the whole and opens sources and sinks. Throws analysis_error.
  execution_graph build(query_options options) const;

private:
  struct part {
    std::string name;
    std::vector<node> inputs;
    schema output;
    std::optional<any_source> source;
    read_limit limit;
    operator_ptr description;
    std::optional<any_sink> sink;
  };
  node add_any_source(std::string name, any_source description, read_limit limit);
  void add_any_sink(std::string name, any_sink description, node input);
  schema schema_of(const node& output) const;
  void check(const std::string& name, const std::vector<node>& inputs) const;

  std::vector<part> parts_;
};

}  // namespace weir
