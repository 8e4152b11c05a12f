#include <weir/stream/expression_steps.hpp>

#include <weir/expressions/bound_expression.hpp>
#include <weir/stream/dataset.hpp>
#include <weir/stream/errors.hpp>

namespace weir {

namespace {

plan_ptr make_projection(plan_node node, const plan_ptr& input, std::vector<projection_step> steps) {
  node.inputs = {input};
  node.make = [columns = input->output, steps](const step_options& options) -> operator_ptr {
    return std::make_shared<projection_operator>(columns, steps, detail::row_options(options));
  };
  node.projection = std::make_shared<const projection_plan>(projection_plan{std::move(steps)});
  return bound_plan(std::move(node));
}

}  // namespace

plan_ptr projection_node(const plan_ptr& input, std::vector<projection_step> steps) {
  auto columns = input->output;
  for (auto& step : steps) {
    if (step.columns.empty())
      continue;
    auto written_out = expand(step.columns, columns);
    if (!written_out.ok())
      throw analysis_error{written_out.error().at_operator("select")};
    step.columns = std::move(*written_out);
  }
  return make_projection({}, input, std::move(steps));
}

plan_ptr projection_like(const plan_node& node, const plan_ptr& input, std::vector<projection_step> steps) {
  return make_projection(node, input, std::move(steps));
}

}  // namespace weir
