#include <weir/stream/graph.hpp>

#include <weir/stream/analysis.hpp>
#include <weir/stream/errors.hpp>
#include <weir/stream/lowering.hpp>

namespace weir {

void graph::check(const std::string& name, const std::vector<node>& inputs) const {
  for (const auto& one : parts_)
    if (one.name == name)
      throw analysis_error{{errc::invalid_argument, "two nodes of the graph are named '" + name + "'"}};
  for (const auto& input : inputs) {
    if (input.index < 0 || static_cast<std::size_t>(input.index) >= parts_.size())
      throw analysis_error{status{errc::invalid_argument, "an input is no node of this graph"}.at_operator(name)};
    const auto& from = parts_[static_cast<std::size_t>(input.index)];
    if (from.sink || (input.port != 0 && !(from.description && from.description->side_output(input.port))))
      throw analysis_error{
          status{errc::invalid_argument, "'" + from.name + "' has no output " + std::to_string(input.port)}.at_operator(
              name)};
  }
}

graph::node graph::add_any_source(std::string name, any_source description, read_limit limit) {
  check(name, {});
  part added;
  added.name = std::move(name);
  added.output = description.output;
  added.source = std::move(description);
  added.limit = limit;
  parts_.push_back(std::move(added));
  return {static_cast<int>(parts_.size()) - 1, 0};
}

graph::node graph::add_operator(std::string name, operator_ptr description, const std::vector<node>& inputs) {
  check(name, inputs);
  if (static_cast<int>(inputs.size()) != description->inputs())
    throw analysis_error{status{errc::invalid_argument, "takes " + std::to_string(description->inputs()) +
                                                            " inputs, got " + std::to_string(inputs.size())}
                             .at_operator(name)};
  std::vector<schema> schemas;
  for (const auto& input : inputs)
    schemas.push_back(schema_of(input));
  auto output = description->bind(schemas);
  if (!output.ok())
    throw analysis_error{output.error().at_operator(name)};
  part added;
  added.name = std::move(name);
  added.inputs = inputs;
  added.output = std::move(*output);
  added.description = std::move(description);
  parts_.push_back(std::move(added));
  return {static_cast<int>(parts_.size()) - 1, 0};
}

void graph::add_any_sink(std::string name, any_sink description, node input) {
  check(name, {input});
  part added;
  added.name = std::move(name);
  added.inputs = {input};
  added.output = schema_of(input);
  added.sink = std::move(description);
  parts_.push_back(std::move(added));
}

schema graph::schema_of(const node& output) const {
  const auto& from = parts_[static_cast<std::size_t>(output.index)];
  return output.port == 0 ? from.output : *from.description->side_output(output.port);
}

execution_graph graph::build(query_options options) const {
  auto made = settings_of(options);
  auto sinks = 0;
  for (const auto& one : parts_) {
    execution_node built;
    built.name = one.name;
    built.output = one.output;
    for (std::size_t port = 0; port < one.inputs.size(); ++port)
      built.inputs.push_back({one.inputs[port].index, one.inputs[port].port, static_cast<int>(port)});
    if (one.source) {
      built.part = execution_node::role::source;
      auto opened = one.source->open();
      if (!opened.ok())
        throw analysis_error{opened.error().at_operator(one.name)};
      built.reader = std::move(*opened);
      built.limit = one.limit;
    } else if (one.sink) {
      built.part = execution_node::role::sink;
      // Refused and late rows are appended, whatever the query's mode.
      if (one.inputs[0].port != 0)
        built.mode = output_mode::append;
      built.writer = open_sink(*one.sink, one.name, one.output, built.mode.value_or(options.mode));
      ++sinks;
    } else {
      built.description = one.description;
      built.partitions = one.description->key_columns(0).empty() ? 1 : options.partitions;
    }
    made.nodes.push_back(std::move(built));
  }
  if (sinks == 0)
    throw analysis_error{{errc::invalid_argument, "a query needs at least one sink"}};
  check_support(made);
  return made;
}

}  // namespace weir
