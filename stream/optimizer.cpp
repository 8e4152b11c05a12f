#include <weir/stream/optimizer.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <weir/stream/expression_steps.hpp>
#include <weir/stream/pruning.hpp>

namespace weir {

namespace {

/// A step that nobody would miss: nothing of the user's hangs on it.
bool plain(const plan_node& node) {
  const auto& said = node.options;
  return node.projection && node.name.empty() && said.on_error == error_policy::fail && !said.late_rows &&
         !said.blocking;
}

/// How many steps and sinks read each node.
std::map<const plan_node*, int> readers_of(const std::vector<plan_output>& outputs) {
  std::map<const plan_node*, int> readers;
  const auto visit = [&](const plan_ptr& plan, const auto& self) -> void {
    if (++readers[plan.get()] > 1)
      return;
    for (const auto& input : plan->inputs)
      self(input, self);
  };
  for (const auto& output : outputs)
    visit(output.plan, visit);
  return readers;
}

/// The condition in terms of what `columns` are made of, where those that it reads are columns themselves.
std::optional<expression> before(const expression& condition, const std::vector<expression>& columns) {
  std::map<std::string, expression> sources;
  for (const auto& name : condition.columns_used()) {
    const auto owner = name.substr(0, name.find('.'));
    const auto made = std::ranges::find_if(
        columns, [&](const expression& one) { return one.output_name() == name || one.output_name() == owner; });
    if (made == columns.end() || !made->column_name())
      return std::nullopt;
    sources.emplace(made->output_name(), col(*made->column_name()));
  }
  return condition.substitute(sources);
}

void add_condition(projection_step& step, const expression& condition) {
  step.condition = step.condition ? *step.condition && condition : condition;
}

/// One chain of two; a condition on columns that were only passed on comes before them.
std::vector<projection_step> chain(std::vector<projection_step> first, const std::vector<projection_step>& then) {
  for (const auto& step : then) {
    if (step.condition && !first.empty()) {
      auto& last = first.back();
      if (last.columns.empty()) {
        add_condition(last, *step.condition);
        last.columns = step.columns;
        continue;
      }
      if (const auto moved = before(*step.condition, last.columns); moved && step.condition->deterministic()) {
        add_condition(last, *moved);
        if (!step.columns.empty())
          first.push_back({std::nullopt, step.columns});
        continue;
      }
    }
    first.push_back(step);
  }
  return first;
}

class merger {
public:
  explicit merger(const std::vector<plan_output>& outputs) : readers_{readers_of(outputs)} {}

  plan_ptr visit(const plan_ptr& plan) {
    if (const auto known = made_.find(plan.get()); known != made_.end())
      return known->second;
    auto copy = *plan;
    for (auto& input : copy.inputs)
      input = visit(input);
    const auto made = plain(*plan) ? merge(copy) : on_inputs(copy, *plan);
    made_[plan.get()] = made;
    if (readers_[plan.get()] > 1)
      shared_.insert(made.get());
    return made;
  }

private:
  static plan_ptr on_inputs(plan_node copy, const plan_node& plan) {
    return copy.inputs == plan.inputs ? std::make_shared<const plan_node>(std::move(copy))
                                      : bound_plan(std::move(copy));
  }

  bool alone(const plan_ptr& made) const { return !shared_.contains(made.get()); }

  /// `copy` is a plain projection on inputs that were visited.
  plan_ptr merge(const plan_node& copy) {
    const auto& input = copy.inputs.front();
    if (plain(*input) && alone(input))
      return sink_conditions(copy, input->inputs.front(), chain(input->projection->steps, copy.projection->steps));
    return sink_conditions(copy, input, copy.projection->steps);
  }

  /// W18: conditions that a watermark does not care for go below it.
  plan_ptr sink_conditions(const plan_node& copy, const plan_ptr& input, std::vector<projection_step> steps) {
    if (!alone(input) || input->watermark_column.empty() || !steps.front().condition)
      return projection_like(copy, input, std::move(steps));
    std::vector<expression> below;
    std::vector<expression> above;
    for (const auto& part : split_conjunction(*steps.front().condition)) {
      const auto reads = part.columns_used();
      const auto reads_time = std::ranges::any_of(reads, [&](const std::string& name) {
        return name == input->watermark_column || name.starts_with(input->watermark_column + ".");
      });
      (part.deterministic() && !reads_time ? below : above).push_back(part);
    }
    if (below.empty())
      return projection_like(copy, input, std::move(steps));
    plan_node filter;
    filter.full_name = copy.full_name + ".early";
    auto watermark = *input;
    filter.inputs = input->inputs;
    filter.projection = std::make_shared<const projection_plan>(
        projection_plan{std::vector<projection_step>{{conjunction(below), {}}}});
    watermark.inputs = {merge(filter)};
    auto on = bound_plan(std::move(watermark));
    steps.front().condition = above.empty() ? std::nullopt : std::optional{conjunction(above)};
    if (!steps.front().condition && steps.front().columns.empty())
      steps.erase(steps.begin());
    return steps.empty() ? on : projection_like(copy, on, std::move(steps));
  }

  std::map<const plan_node*, int> readers_;
  std::map<const plan_node*, plan_ptr> made_;
  std::set<const plan_node*> shared_;  ///< of those that were made: what several steps or sinks read
};

}  // namespace

std::vector<plan_output> optimized(const std::vector<plan_output>& outputs) {
  merger merging{outputs};
  auto made = outputs;
  for (auto& output : made)
    output.plan = merging.visit(output.plan);
  return pruned(made);
}

}  // namespace weir
