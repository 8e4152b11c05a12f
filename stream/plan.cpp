#include <weir/stream/plan.hpp>

#include <algorithm>

#include <weir/stream/errors.hpp>

namespace weir {

schema any_source::found_columns(result<schema> found, const std::string& kind) {
  if (!found.ok())
    throw analysis_error{found.error().at_operator(kind)};
  return std::move(*found);
}

schema any_source::some_of(const schema& all, const std::vector<std::string>& names) {
  auto some = all.fields();
  std::erase_if(some, [&](const field& one) { return std::ranges::find(names, one.name) == names.end(); });
  return schema{std::move(some)};
}

plan_ptr source_plan(any_source description, read_limit limit) {
  const auto positive = [&](const std::optional<std::int64_t>& value, const char* what) {
    if (value && *value <= 0)
      throw analysis_error{{errc::invalid_argument, description.kind + ": limit of " + what + " per epoch is " +
                                                        std::to_string(*value) + ", must be a positive integer"}};
  };
  positive(limit.rows, "rows");
  positive(limit.files, "files");
  positive(limit.bytes, "bytes");
  auto node = std::make_shared<plan_node>();
  node->kind = description.kind;
  node->output = description.output;
  node->source = std::move(description);
  node->limit = limit;
  return node;
}

namespace {

void bind(plan_node& node) {
  const auto step = node.make(node.options);
  std::vector<schema> inputs;
  for (const auto& input : node.inputs)
    inputs.push_back(input->output);
  auto output = step->bind(inputs);
  if (!output.ok())
    throw analysis_error{output.error().at_operator(node.name.empty() ? step->kind() : node.name)};
  node.kind = step->kind();
  node.output = std::move(*output);
  // W03: the mark follows the column of that name; a group function's rows have none (W12).
  if (!node.event_time.empty() || step->state_schema())
    return;
  for (const auto& input : node.inputs) {
    const auto index = input->event_time.empty() ? -1 : node.output.index_of(input->event_time);
    if (index >= 0 && node.output[static_cast<std::size_t>(index)].type == timestamp_type)
      node.event_time = input->event_time;
  }
}

}  // namespace

plan_ptr step_plan(std::vector<plan_ptr> inputs, std::function<operator_ptr(const step_options&)> make) {
  auto node = std::make_shared<plan_node>();
  node->inputs = std::move(inputs);
  node->make = std::move(make);
  bind(*node);
  return node;
}

plan_ptr named_plan(const plan_ptr& node, std::string name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  if (name.empty() || name.front() == '.' || name.size() > 100 || !std::ranges::all_of(name, allowed))
    throw analysis_error{{errc::invalid_argument, "name '" + name +
                                                      "': a name has 1 to 100 of the characters a-z A-Z 0-9 _ - . and "
                                                      "does not begin with a dot"}};
  auto copy = std::make_shared<plan_node>(*node);
  copy->name = std::move(name);
  return copy;
}

plan_ptr with_options(const plan_ptr& node, step_options options) {
  if (node->source)
    throw analysis_error{{
        errc::unsupported,
        "a source has no step options",
    }};
  auto copy = std::make_shared<plan_node>(*node);
  copy->options = std::move(options);
  bind(*copy);
  return copy;
}

}  // namespace weir
