#include <weir/actors/execution_graph.hpp>

#include <algorithm>

namespace weir {

std::vector<std::optional<timestamp>> input_watermarks(const execution_graph& graph, timestamp global) {
  const auto earlier = [](std::optional<timestamp>& least, const std::optional<timestamp>& other) {
    if (other && (!least || *other < *least))
      least = other;
  };
  std::vector<std::optional<timestamp>> before(graph.nodes.size());
  std::vector<std::optional<timestamp>> after(graph.nodes.size());
  std::vector<std::optional<timestamp>> ports;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto& node = graph.nodes[i];
    ports.clear();
    for (const auto& edge : node.inputs) {
      const auto port = static_cast<std::size_t>(edge.to_port);
      ports.resize(std::max(ports.size(), port + 1));
      earlier(ports[port], after[static_cast<std::size_t>(edge.from)]);
    }
    for (const auto& one : ports)
      earlier(before[i], one);
    if (!node.description)
      continue;
    if (node.description->watermark_delay())
      after[i] = global;
    else if (const auto own = node.description->output_watermark(ports))
      after[i] = std::max(timestamp{}, *own);
  }
  return before;
}

std::vector<plan_entry> plan_of(const execution_graph& graph) {
  std::vector<plan_entry> plan;
  for (const auto& node : graph.nodes) {
    plan_entry entry;
    entry.name = node.name;
    switch (node.part) {
    case execution_node::role::source: entry.part = plan_entry::role::source; break;
    case execution_node::role::operation: entry.part = plan_entry::role::operation; break;
    case execution_node::role::sink:
      entry.part = plan_entry::role::sink;
      // A whole result each epoch would swell the log with rows that the next epoch replaces.
      if (node.mode.value_or(graph.mode) == output_mode::complete)
        entry.token_bytes_in_log = 0;
      break;
    }
    if (node.description) {
      entry.kind = node.description->kind();
      entry.state = node.description->state_schema();
      entry.settings = node.description->fixed_settings();
    } else {
      entry.kind = node.name.substr(0, node.name.rfind('-'));
      if (node.reader)
        entry.settings = node.reader->fixed_settings();
    }
    plan.push_back(std::move(entry));
  }
  return plan;
}

}  // namespace weir
