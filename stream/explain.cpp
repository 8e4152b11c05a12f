#include <weir/stream/lowering.hpp>

#include <array>

#include <weir/columns/hash.hpp>

namespace weir {

namespace {

using role = execution_node::role;

std::string guarantee_of(const execution_graph& graph, const execution_node& node) {
  if (graph.checkpoint_location.empty())
    return "not durable";
  return node.writer->guarantee() == delivery::exactly_once ? "exactly-once" : "at-least-once";
}

std::string_view side_name(int port) {
  switch (port) {
  case refused_rows_port: return "(refused rows)";
  case late_rows_port: return "(late rows)";
  default: return "";
  }
}

std::string quoted(std::string_view text) {
  std::string made = "\"";
  for (const auto c : text) {
    if (c == '"' || c == '\\')
      made += '\\';
    made += c;
  }
  return made + "\"";
}

}  // namespace

std::string explain(const execution_graph& graph) {
  std::string text = "query " + (graph.name.empty() ? "(unnamed)" : graph.name) + "\n";
  text += "  trigger " + graph.when.to_string() + ", output mode " + std::string{to_string(graph.mode)} + "\n";
  if (graph.checkpoint_location.empty())
    text += "  not durable: no checkpoint_location\n";
  else
    text += "  durable: " + graph.checkpoint_location +
            (graph.durability == durability::fsync ? ", synced every epoch\n" : ", in the operating system's cache\n");
  for (const auto& node : graph.nodes) {
    text += "  " + node.name;
    if (!node.inputs.empty()) {
      text += " <-";
      for (const auto& input : node.inputs)
        text += " " + graph.nodes[static_cast<std::size_t>(input.from)].name + std::string{side_name(input.from_port)};
    }
    text += ": ";
    switch (node.part) {
    case role::source:
      text += "source " + node.reader->description() + ", " +
              (node.reader->replayable()           ? "replays"
               : graph.checkpoint_location.empty() ? "does not replay"
                                                   : "spooled in the checkpoint") +
              " -> " + node.output.to_string();
      break;
    case role::operation:
      text += node.description->kind();
      if (const auto details = node.description->details(); !details.empty())
        text += " (" + details + ")";
      if (node.partitions > 1)
        text += ", " + std::to_string(node.partitions) + " partitions";
      text += " -> " + node.output.to_string();
      break;
    case role::sink: text += "sink " + node.writer->description() + ", " + guarantee_of(graph, node); break;
    }
    text += "\n";
  }
  if (!graph.as_written.empty())
    text += "  as written:\n" + graph.as_written;
  return text;
}

std::string to_dot(const execution_graph& graph) {
  std::string text =
      "digraph " + quoted(graph.name.empty() ? "query" : graph.name) + " {\n  rankdir=LR;\n  node [shape=box];\n";
  const auto actor = [&](int index, int partition) {
    const auto& node = graph.nodes[static_cast<std::size_t>(index)];
    return node.partitions > 1 ? node.name + "/" + std::to_string(partition) : node.name;
  };
  constexpr std::array shapes{"cds", "box", "note"};
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto& node = graph.nodes[i];
    for (int p = 0; p < node.partitions; ++p) {
      text += "  " + quoted(actor(static_cast<int>(i), p)) + " [shape=" + shapes[static_cast<std::size_t>(node.part)];
      if (node.description && node.description->state_schema())
        text += ", style=bold";
      text += "];\n";
    }
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    for (const auto& input : graph.nodes[i].inputs)
      for (int from = 0; from < graph.nodes[static_cast<std::size_t>(input.from)].partitions; ++from)
        for (int to = 0; to < graph.nodes[i].partitions; ++to) {
          text += "  " + quoted(actor(input.from, from)) + " -> " + quoted(actor(static_cast<int>(i), to));
          if (input.from_port > 0)
            text += " [style=dashed, label=\"" + std::string{input.from_port == late_rows_port ? "late" : "refused"} +
                    "\"]";
          text += ";\n";
        }
  text += "  \"trigger\" [shape=ellipse];\n  \"coordinator\" [shape=ellipse];\n  \"trigger\" -> \"coordinator\" "
          "[style=dotted];\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (graph.nodes[i].part == role::source)
      text += "  \"coordinator\" -> " + quoted(actor(static_cast<int>(i), 0)) + " [style=dotted];\n";
  if (!graph.checkpoint_location.empty())
    text += "  \"log\" [shape=cylinder];\n  \"coordinator\" -> \"log\" [style=dotted];\n";
  return text + "}\n";
}

}  // namespace weir
