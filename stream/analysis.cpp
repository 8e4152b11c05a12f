#include <weir/stream/analysis.hpp>

#include <map>
#include <string>

#include <weir/operators/observe.hpp>
#include <weir/stream/errors.hpp>

namespace weir {

namespace {

using role = execution_node::role;

const execution_node& node_at(const execution_graph& graph, int index) {
  return graph.nodes[static_cast<std::size_t>(index)];
}

std::string setting(const execution_node& node, const std::string& name) {
  if (!node.description)
    return {};
  const auto settings = node.description->fixed_settings();
  const auto found = settings.find(name);
  return found == settings.end() ? std::string{} : found->second;
}

bool is(const execution_node& node, std::string_view kind) {
  return node.description && node.description->kind() == kind;
}
bool is_map_groups(const execution_node& node) { return is(node, "map_groups_with_state"); }
bool is_group_function(const execution_node& node) {
  return is_map_groups(node) || is(node, "flat_map_groups_with_state");
}
/// Also one within an epoch, which has no state.
bool is_aggregation(const execution_node& node) { return is(node, "aggregate"); }
bool is_kept_aggregation(const execution_node& node) {
  return is_aggregation(node) && node.description->state_schema().has_value();
}

template <class Predicate>
const execution_node* upstream(const execution_graph& graph, const execution_node& node, const Predicate& matches) {
  for (const auto& input : node.inputs) {
    const auto& from = node_at(graph, input.from);
    if (matches(from))
      return &from;
    if (const auto* found = upstream(graph, from, matches))
      return found;
  }
  return nullptr;
}

template <class Predicate>
bool downstream(const execution_graph& graph, const execution_node& node, const Predicate& matches) {
  for (const auto& other : graph.nodes)
    if (matches(other) && upstream(graph, other, [&](const execution_node& one) { return &one == &node; }))
      return true;
  return false;
}

[[noreturn]] void refuse(const execution_node& node, std::string message) {
  throw analysis_error{status{errc::unsupported, std::move(message)}.at_operator(node.name)};
}

std::string mode_of(const execution_graph& graph) { return std::string{to_string(graph.mode)}; }

/// Semantics section 4, aggregations. Where weir allows more: session windows in update mode, each row of which
/// replaces every earlier one of its key whose window it touches, so that a sink that keeps rows by key cannot take
/// them.
void check_aggregation(const execution_graph& graph, const execution_node& node) {
  if (const auto* other = upstream(graph, node, is_kept_aggregation); other && graph.mode != output_mode::append)
    refuse(node, "an aggregation of aggregates (" + other->name + ") is not supported in output mode " +
                     mode_of(graph) + ": rows that it would have to take back have been counted; use append");
  if (!setting(node, "time").starts_with("session") || graph.mode != output_mode::update)
    return;
  for (const auto& sink : graph.nodes)
    if (sink.writer && sink.writer->keyed() &&
        upstream(graph, sink, [&](const execution_node& one) { return &one == &node; }))
      refuse(sink, "sink " + sink.writer->description() +
                       " keeps the newest row of a key, and session windows in update mode replace rows of other keys "
                       "(their sessions grow and merge): use append or complete");
}

void check_mode(const execution_graph& graph, const execution_node& node) {
  const auto own = setting(node, "output_mode");
  const auto query = mode_of(graph);
  // C070: what it appends may be aggregated.
  if (own == "append" && graph.mode == output_mode::complete && downstream(graph, node, is_kept_aggregation))
    return;
  if (own != query)
    refuse(node, node.description->kind() + " in " + own + " mode is not supported in output mode " + query +
                     "; the query's output mode must be " + own);
  if (own != "append" && (upstream(graph, node, is_kept_aggregation) || downstream(graph, node, is_kept_aggregation)))
    refuse(node, node.description->kind() + " in " + own +
                     " mode is not supported in a query with an aggregation; use "
                     "flat_map_groups_with_state in append mode");
}

void check_functions(const execution_graph& graph, const execution_node& node) {
  const auto* other = upstream(graph, node, is_group_function);
  if (!other)
    return;
  if (is_map_groups(node) && is_map_groups(*other))
    refuse(node, "several map_groups_with_state are not supported in one query (the other is " + other->name + ")");
  if (is_map_groups(node) != is_map_groups(*other))
    refuse(node, "mixing map_groups_with_state and flat_map_groups_with_state is not supported (the other is " +
                     other->name + ")");
  if (setting(node, "output_mode") != "append" || setting(*other, "output_mode") != "append")
    refuse(node, "several flat_map_groups_with_state must all be in append mode (the other is " + other->name + ")");
}

/// U11: what a timeout by event time emits may be older than the watermark that the next step goes by.
void check_chain(const execution_graph& graph, const execution_node& node) {
  const auto times_out = [](const execution_node& one) {
    return is_group_function(one) && setting(one, "timeout") == "event_time";
  };
  if (const auto* other = upstream(graph, node, times_out))
    refuse(node, "a stateful operator cannot follow " + other->name +
                     ", a group function with an event-time timeout: what that emits may be older than the watermark");
}

void check_observation(const execution_node& node, std::map<std::string, std::string>& seen) {
  const auto* observation = dynamic_cast<const observe_operator*>(node.description.get());
  if (!observation)
    return;
  const auto& name = observation->name();
  if (const auto [known, added] = seen.emplace(name, node.name); !added)
    throw analysis_error{status{errc::invalid_argument, "two observations of the query are named '" + name +
                                                            "' (the other is " + known->second + ")"}
                             .at_operator(node.name)};
}

void check_limit(const execution_graph& graph, const execution_node& node) {
  if (graph.mode == output_mode::update)
    refuse(node,
           "limits are not supported in output mode update: which rows are the first changes with each epoch; use "
           "append or complete");
}

void check_sort(const execution_graph& graph, const execution_node& node) {
  if (graph.mode != output_mode::complete)
    refuse(node, "sorting is not supported in output mode " + mode_of(graph) +
                     ": a stream has no order but within a whole result; sort an aggregation, in output mode complete");
  if (!upstream(graph, node, is_aggregation))
    refuse(node, "sorting is not supported before an aggregation: its order would be lost; sort what it gives");
}

/// Each result of its own: what is no aggregation has no whole result that an epoch could give.
void check_complete(const execution_graph& graph, const execution_node& sink) {
  if (sink.mode.value_or(graph.mode) == output_mode::complete && !upstream(graph, sink, is_aggregation))
    refuse(sink, "output mode complete is not supported: there are no streaming aggregations in the query before this "
                 "sink; use append or update, or group_by() and agg()");
}

}  // namespace

void check_support(const execution_graph& graph) {
  std::map<std::string, std::string> observations;
  for (const auto& node : graph.nodes) {
    if (node.part == role::sink)
      check_complete(graph, node);
    if (!node.description)
      continue;
    if (node.description->state_schema())
      check_chain(graph, node);
    if (is_kept_aggregation(node))
      check_aggregation(graph, node);
    check_observation(node, observations);
    if (is(node, "limit"))
      check_limit(graph, node);
    if (is(node, "sort"))
      check_sort(graph, node);
    if (!is_group_function(node))
      continue;
    check_mode(graph, node);
    check_functions(graph, node);
    const auto has_watermark = [](const execution_node& one) {
      return one.description && one.description->watermark_delay().has_value();
    };
    if (node.description->uses_event_time() && !upstream(graph, node, has_watermark))
      refuse(node, "an event-time timeout needs a watermark: call with_watermark() before group_by_key()");
  }
}

}  // namespace weir
