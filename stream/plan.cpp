#include <weir/stream/plan.hpp>

#include <algorithm>

#include <weir/stream/aggregates.hpp>
#include <weir/stream/errors.hpp>
#include <weir/stream/expression_steps.hpp>

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

/// W03: the mark goes with its column, whatever it is called afterwards.
std::string mark_after(const projection_plan& projection, std::string mark) {
  for (const auto& step : projection.steps) {
    if (mark.empty() || step.columns.empty())
      continue;
    std::string moved;
    for (const auto& one : step.columns)
      if (moved.empty() && (one.is_column(mark) || same(one.without_alias(), window_time(col(mark)).without_alias())))
        moved = one.output_name();
    mark = std::move(moved);
  }
  return mark;
}

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
  node.bounded =
      !node.inputs.empty() && std::ranges::all_of(node.inputs, [](const plan_ptr& input) { return input->bounded; });
  if (node.projection) {
    node.event_time = mark_after(*node.projection, node.inputs.front()->event_time);
    return;
  }
  node.stateful = step->state_schema().has_value();
  if (node.stateful) {
    node.event_time = step->output_event_time();
    return;
  }
  if (!node.event_time.empty())
    return;
  for (const auto& input : node.inputs) {
    const auto before = input->event_time.empty() ? -1 : input->output.index_of(input->event_time);
    const auto after = input->event_time.empty() ? -1 : node.output.index_of(input->event_time);
    if (before >= 0 && after >= 0 &&
        input->output[static_cast<std::size_t>(before)].type == node.output[static_cast<std::size_t>(after)].type)
      node.event_time = input->event_time;
  }
}

}  // namespace

plan_ptr bound_plan(plan_node node) {
  auto made = std::make_shared<plan_node>(std::move(node));
  bind(*made);
  return made;
}

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
