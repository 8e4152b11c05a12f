#include <weir/stream/dataset.hpp>

#include <weir/columns/time.hpp>
#include <weir/operators/map_batches.hpp>
#include <weir/operators/union.hpp>
#include <weir/operators/watermark.hpp>
#include <weir/stream/expression_steps.hpp>

namespace weir::detail {

namespace {

/// The column on which a watermark that reaches this plan was defined; empty: none does.
std::string watermark_column(const plan_node& plan) {
  if (!plan.watermark_column.empty())
    return plan.watermark_column;
  if (plan.stateful && plan.event_time.empty())
    return {};  // a group function's rows have no watermark (W12)
  for (const auto& input : plan.inputs)
    if (auto found = watermark_column(*input); !found.empty())
      return found;
  return {};
}

}  // namespace

plan_ptr watermark_plan(const plan_ptr& input, std::string column, std::chrono::microseconds delay) {
  if (const auto known = watermark_column(*input); !known.empty())
    throw analysis_error{
        {errc::unsupported, "redefining the watermark is disallowed (W14): '" + known + "' has one already"}};
  auto node = step_plan({input}, [column, delay](const step_options&) -> operator_ptr {
    return std::make_shared<watermark_operator>(column, delay);
  });
  auto marked = std::make_shared<plan_node>(*node);
  marked->event_time = column;
  marked->watermark_column = std::move(column);
  return marked;
}

plan_ptr watermark_plan(const plan_ptr& input, std::string column, std::string_view delay) {
  const auto parsed = parse_delay(delay);
  if (!parsed.ok())
    throw analysis_error{parsed.error().at_operator("with_watermark")};
  return watermark_plan(input, std::move(column), *parsed);
}

plan_ptr late_rows_plan(const plan_ptr& step, any_sink target) {
  if (step->source || !step->make(step->options)->uses_event_time())
    throw analysis_error{status{errc::unsupported, "late_rows: only a group function with an event-time timeout and an "
                                                   "aggregation by the event time drop late rows"}
                             .at_operator(step->name.empty() ? step->kind : step->name)};
  if (!step->aggregation && step->inputs.front()->event_time.empty())
    throw analysis_error{
        {errc::unsupported, "late_rows: there is no watermark: call with_watermark() before group_by_key()"}};
  auto options = step->options;
  options.late_rows = std::move(target);
  if (step->aggregation) {
    const auto& input = step->inputs.front()->internal ? step->inputs.front()->inputs.front() : step->inputs.front();
    const auto& written = *step->aggregation;
    auto whole = *aggregation_node(input, written.keys, written.aggregates, written.per_epoch, true);
    whole.name = step->name;
    return with_options(std::make_shared<const plan_node>(std::move(whole)), std::move(options));
  }
  return with_options(step, std::move(options));
}

plan_ptr union_plan(std::vector<plan_ptr> inputs) {
  union_options options;
  for (const auto& input : inputs) {
    if (input->bounded != inputs.front()->bounded)
      throw analysis_error{{errc::unsupported, "union between streaming and bounded datasets is not supported"}};
    options.inputs.push_back(input->output);
  }
  return step_plan(std::move(inputs), [options = std::move(options)](const step_options&) -> operator_ptr {
    return std::make_shared<union_operator>(options);
  });
}

plan_ptr batches_plan(const plan_ptr& input, schema output, std::function<result<batch>(const batch&)> function) {
  return step_plan(
      {input},
      [output = std::move(output), function = std::move(function)](const step_options& options) -> operator_ptr {
        return std::make_shared<batches_operator>(output, function, options.blocking);
      });
}

std::vector<int> column_indexes(const schema& columns, const std::vector<std::string>& names) {
  std::vector<int> indexes;
  for (const auto& name : names) {
    const auto index = columns.index_of(name);
    if (index < 0)
      throw analysis_error{{errc::unknown_column, "group_by_key: the key's member is not described, or no column '" +
                                                      name + "' is in (" + columns.to_string() + ")"}};
    indexes.push_back(index);
  }
  return indexes;
}

std::optional<int> event_time_column(const plan_ptr& plan) {
  if (plan->event_time.empty())
    return std::nullopt;
  const auto index = plan->output.index_of(plan->event_time);
  return index < 0 ? std::nullopt : std::optional{index};
}

}  // namespace weir::detail
