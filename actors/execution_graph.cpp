#include <weir/actors/execution_graph.hpp>

namespace weir {

std::vector<plan_entry> plan_of(const execution_graph& graph) {
  std::vector<plan_entry> plan;
  for (const auto& node : graph.nodes) {
    plan_entry entry;
    entry.name = node.name;
    switch (node.part) {
    case execution_node::role::source: entry.part = plan_entry::role::source; break;
    case execution_node::role::operation: entry.part = plan_entry::role::operation; break;
    case execution_node::role::sink: entry.part = plan_entry::role::sink; break;
    }
    if (node.description) {
      entry.kind = node.description->kind();
      entry.state = node.description->state_schema();
      entry.settings = node.description->fixed_settings();
    } else {
      entry.kind = node.name.substr(0, node.name.rfind('-'));
    }
    plan.push_back(std::move(entry));
  }
  return plan;
}

}  // namespace weir
