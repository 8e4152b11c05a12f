#pragma once

#include <vector>

#include <weir/actors/execution_graph.hpp>
#include <weir/stream/plan.hpp>
#include <weir/stream/query_options.hpp>

namespace weir {

/// Turns plans and their sinks into the graph that runs: shared steps become one node, every node gets its
/// name, and what semantics section 4 refuses is refused. Opens sources and sinks (their options are
/// checked; no I/O). Throws analysis_error.
execution_graph lower(const std::vector<plan_output>& outputs, const query_options& options);

/// The same for a bounded plan: the graph of one epoch that reads all there is, whatever output modes its steps have.
/// Its sink gets the rows in the first mode that it supports.
execution_graph lower_bounded(const plan_output& output);

/// An execution graph without nodes: the options, checked. Throws analysis_error.
execution_graph settings_of(const query_options& options);
/// Opens a sink and checks that it takes the columns and the mode. Throws analysis_error naming the sink.
std::shared_ptr<sink> open_sink(const any_sink& target, const std::string& name, const schema& columns,
                                output_mode mode);

/// The operators, guarantees and settings of a graph, a line each, sinks last.
std::string explain(const execution_graph& graph);
/// The graph for Graphviz.
std::string to_dot(const execution_graph& graph);

}  // namespace weir
