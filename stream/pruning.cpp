#include <weir/stream/pruning.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <weir/stream/expression_steps.hpp>

namespace weir {

namespace {

/// Names as expressions write them, "data.name" among them; none: all columns.
using wanted = std::optional<std::set<std::string>>;

void add(wanted& to, const wanted& more) {
  if (!to || !more)
    to = std::nullopt;
  else
    to->insert(more->begin(), more->end());
}

bool reads(const std::set<std::string>& names, const std::string& column) {
  return names.contains(column) || std::ranges::any_of(names, [&](const std::string& name) {
           return name.size() > column.size() && name.starts_with(column) && name[column.size()] == '.';
         });
}

/// from_json() of the members that are read alone; the same where that would change what is malformed, or all are.
expression narrowed(const expression& column, const std::set<std::string>& names) {
  const auto& arguments = column.arguments();
  if (column.function_name() != "from_json" || arguments.size() != 2 || names.contains(column.output_name()))
    return column;
  const auto fields = schema::parse(arguments[1].text_literal().value_or(""));
  if (!fields.ok())
    return column;
  std::vector<field> left;
  for (const auto& one : fields->fields())
    if (reads(names, column.output_name() + "." + one.name))
      left.push_back(one);
  if (left.empty() || left.size() == fields->size())
    return column;
  return call_function("from_json", {arguments[0], lit(schema{std::move(left)}.to_string())}).as(column.output_name());
}

/// What a chain of steps reads for the columns that are wanted of it; the steps become no more than that.
wanted prune(std::vector<projection_step>& steps, wanted names) {
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (!step->columns.empty()) {
      std::vector<expression> left;
      for (const auto& one : step->columns)
        if (!names || reads(*names, one.output_name()))
          left.push_back(names ? narrowed(one, *names) : one);
      if (left.empty())
        left.push_back(step->columns.front());
      step->columns = std::move(left);
      names.emplace();
      for (const auto& one : step->columns)
        for (const auto& name : one.columns_used())
          names->insert(name);
    }
    if (step->condition && names)
      for (const auto& name : step->condition->columns_used())
        names->insert(name);
  }
  return names;
}

class pruner {
public:
  explicit pruner(const std::vector<plan_output>& outputs) {
    for (const auto& output : outputs) {
      note(output.plan);
      wanted_[output.plan.get()] = std::nullopt;
    }
    // From the sinks on: who reads a node has said so before it is looked at.
    for (auto node = order_.rbegin(); node != order_.rend(); ++node)
      for (const auto& input : (*node)->inputs) {
        const auto names = of_input(**node);
        const auto known = wanted_.find(input.get());
        if (known == wanted_.end())
          wanted_[input.get()] = names;
        else
          add(known->second, names);
      }
  }

  plan_ptr visit(const plan_ptr& plan) {
    if (const auto known = made_.find(plan.get()); known != made_.end())
      return known->second;
    auto made = build(*plan);
    made_[plan.get()] = made;
    return made;
  }

private:
  void note(const plan_ptr& plan) {
    if (!seen_.insert(plan.get()).second)
      return;
    for (const auto& input : plan->inputs)
      note(input);
    order_.push_back(plan);
  }

  /// A row that a column refuses is refused by it: with a policy for such rows the column cannot be left out.
  static bool computes_all(const plan_node& node) { return node.options.on_error != error_policy::fail; }

  wanted of_input(const plan_node& node) const {
    const auto& own = wanted_.at(&node);
    if (node.projection && node.options.on_error != error_policy::dead_letter) {
      auto steps = node.projection->steps;
      return prune(steps, computes_all(node) ? std::nullopt : own);
    }
    if (!node.watermark_column.empty() && own) {
      auto names = own;
      names->insert(node.watermark_column);
      return names;
    }
    return std::nullopt;
  }

  plan_ptr build(const plan_node& node) {
    const auto& own = wanted_.at(&node);
    if (node.source)
      return narrowed_source(node, own);
    auto copy = node;
    for (auto& input : copy.inputs)
      input = visit(input);
    if (node.projection) {
      auto steps = node.projection->steps;
      if (!computes_all(node))
        (void)prune(steps, own);
      return projection_like(node, copy.inputs.front(), std::move(steps));
    }
    return bound_plan(std::move(copy));
  }

  static plan_ptr narrowed_source(const plan_node& node, const wanted& names) {
    auto copy = node;
    if (names && node.source->with_columns) {
      std::vector<std::string> left;
      for (const auto& one : node.output.fields())
        if (reads(*names, one.name))
          left.push_back(one.name);
      if (!left.empty() && left.size() < node.output.size()) {
        copy.source = node.source->with_columns(left);
        copy.output = copy.source->output;
      }
    }
    return std::make_shared<const plan_node>(std::move(copy));
  }

  std::map<const plan_node*, wanted> wanted_;
  std::map<const plan_node*, plan_ptr> made_;
  std::set<const plan_node*> seen_;
  std::vector<plan_ptr> order_;  ///< inputs before those who read them
};

}  // namespace

std::vector<plan_output> pruned(const std::vector<plan_output>& outputs) {
  pruner pruning{outputs};
  auto made = outputs;
  for (auto& output : made)
    output.plan = pruning.visit(output.plan);
  return made;
}

}  // namespace weir
