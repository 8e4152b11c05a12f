#include <weir/stream/analysis.hpp>

#include <string>

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

bool is_group_function(const execution_node& node) {
  return node.description && (node.description->kind() == "map_groups_with_state" ||
                              node.description->kind() == "flat_map_groups_with_state");
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

[[noreturn]] void refuse(const execution_node& node, std::string message) {
  throw analysis_error{status{errc::unsupported, std::move(message)}.at_operator(node.name)};
}

void check_mode(const execution_graph& graph, const execution_node& node) {
  const auto own = setting(node, "output_mode");
  const auto query = std::string{to_string(graph.mode)};
  if (own != query)
    refuse(node, node.description->kind() + " in " + own + " mode is not supported in output mode " + query +
                     "; the query's output mode must be " + own);
}

void check_chain(const execution_graph& graph, const execution_node& node) {
  const auto is_map = [](const execution_node& one) { return one.description->kind() == "map_groups_with_state"; };
  const auto* other = upstream(graph, node, is_group_function);
  if (!other)
    return;
  if (is_map(node) && is_map(*other))
    refuse(node, "several map_groups_with_state are not supported in one query (the other is " + other->name + ")");
  if (is_map(node) != is_map(*other))
    refuse(node, "mixing map_groups_with_state and flat_map_groups_with_state is not supported (the other is " +
                     other->name + ")");
  if (setting(node, "output_mode") != "append" || setting(*other, "output_mode") != "append")
    refuse(node, "several flat_map_groups_with_state must all be in append mode (the other is " + other->name + ")");
  if (setting(*other, "timeout") == "event_time")
    refuse(node, "a stateful operator cannot follow " + other->name +
                     ", a group function with an event-time timeout: what that emits may be older than the watermark");
}

}  // namespace

void check_support(const execution_graph& graph) {
  auto stateful = false;
  for (const auto& node : graph.nodes) {
    if (!is_group_function(node))
      continue;
    stateful = true;
    check_mode(graph, node);
    check_chain(graph, node);
    const auto has_watermark = [](const execution_node& one) {
      return one.description && one.description->watermark_delay().has_value();
    };
    if (node.description->uses_event_time() && !upstream(graph, node, has_watermark))
      refuse(node, "an event-time timeout needs a watermark: call with_watermark() before group_by_key()");
  }
  if (graph.mode == output_mode::complete && !stateful)
    throw analysis_error{
        {errc::unsupported, "output mode complete is not supported: there are no streaming aggregations in the query"}};
}

}  // namespace weir
