#include <weir/stream/dataframe.hpp>

#include <algorithm>

#include <weir/expressions/near_name.hpp>
#include <weir/operators/explode.hpp>
#include <weir/operators/limit.hpp>
#include <weir/operators/union.hpp>
#include <weir/stream/errors.hpp>
#include <weir/stream/expression_steps.hpp>

namespace weir {

namespace {

[[noreturn]] void unknown_column(const char* call, const std::string& name, const schema& columns) {
  throw analysis_error{detail::unknown_name(std::string{call} + ": no column", name, columns.fields())};
}

/// A step before, or this one, aggregates: in complete mode its rows are a whole result, anew in each epoch.
bool has_aggregation(const plan_node& plan) {
  return plan.aggregation ||
         std::ranges::any_of(plan.inputs, [](const plan_ptr& one) { return has_aggregation(*one); });
}

/// The columns as they are.
std::vector<expression> all_of(const schema& columns) {
  std::vector<expression> all;
  for (const auto& one : columns.fields())
    all.push_back(col(one.name));
  return all;
}

}  // namespace

std::string dataframe::print_schema() const { return plan_->output.tree_string(); }

dataframe dataframe::select_all(std::vector<expression> columns) const {
  if (columns.empty())
    throw analysis_error{{errc::invalid_argument, "select: no columns"}};
  return dataframe{projection_node(plan_, {{std::nullopt, std::move(columns)}}), engine_};
}

dataframe dataframe::with_column(const std::string& name, const expression& value) const {
  auto all = all_of(plan_->output);
  const auto index = plan_->output.index_of(name);
  if (index >= 0)
    all[static_cast<std::size_t>(index)] = value.as(name);
  else
    all.push_back(value.as(name));
  return select_all(std::move(all));
}

dataframe dataframe::with_column_renamed(const std::string& name, const std::string& now) const {
  const auto index = plan_->output.index_of(name);
  if (index < 0)
    unknown_column("with_column_renamed", name, plan_->output);
  auto all = all_of(plan_->output);
  all[static_cast<std::size_t>(index)] = col(name).as(now);
  return select_all(std::move(all));
}

dataframe dataframe::drop_all(const std::vector<std::string>& names) const {
  for (const auto& name : names)
    if (plan_->output.index_of(name) < 0)
      unknown_column("drop", name, plan_->output);
  std::vector<expression> left;
  for (const auto& one : plan_->output.fields())
    if (std::ranges::find(names, one.name) == names.end())
      left.push_back(col(one.name));
  if (left.empty())
    throw analysis_error{{errc::invalid_argument, "drop: no column is left"}};
  return select_all(std::move(left));
}

dataframe dataframe::filter(const expression& condition) const {
  return dataframe{projection_node(plan_, {{condition, {}}}), engine_};
}

dataframe dataframe::union_with(const dataframe& other) const {
  return dataframe{detail::union_plan({plan_, other.plan_}), engine_};
}

dataframe dataframe::union_by_name(const dataframe& other, bool allow_missing) const {
  if (plan_->bounded != other.plan_->bounded)
    throw analysis_error{{errc::unsupported, "union between streaming and bounded dataframes is not supported"}};
  union_options options{{plan_->output, other.plan_->output}, true, allow_missing};
  return dataframe{step_plan({plan_, other.plan_},
                             [options = std::move(options)](const step_options&) -> operator_ptr {
                               return std::make_shared<union_operator>(options);
                             }),
                   engine_};
}

dataframe dataframe::limit(std::int64_t rows) const {
  limit_options fixed;
  fixed.rows = rows;
  fixed.event_time = plan_->event_time;
  return dataframe{step_plan({plan_},
                             [fixed, of_result = has_aggregation(*plan_) ||
                                                 plan_->bounded](const step_options& options) -> operator_ptr {
                               auto all = fixed;
                               all.per_epoch = of_result && options.mode == output_mode::complete;
                               return std::make_shared<limit_operator>(std::move(all));
                             }),
                   engine_};
}

dataframe dataframe::explode(const std::string& column, const std::string& name, bool outer) const {
  explode_options options{column, {name}, outer};
  return dataframe{step_plan({plan_},
                             [options = std::move(options)](const step_options&) -> operator_ptr {
                               return std::make_shared<explode_operator>(options);
                             }),
                   engine_};
}

dataframe dataframe::sort_all(std::vector<sort_key> keys) const {
  return dataframe{step_plan({plan_},
                             [keys = std::move(keys)](const step_options&) -> operator_ptr {
                               return std::make_shared<sort_operator>(keys);
                             }),
                   engine_};
}

dataframe dataframe::observe_all(std::string name, std::vector<expression> aggregates) const {
  return dataframe{observation_node(plan_, std::move(name), std::move(aggregates)), engine_};
}

dataframe dataframe::with_watermark(std::string column, std::chrono::microseconds delay) const {
  return dataframe{detail::watermark_plan(plan_, std::move(column), delay), engine_};
}

dataframe dataframe::with_watermark(std::string column, std::string_view delay) const {
  return dataframe{detail::watermark_plan(plan_, std::move(column), delay), engine_};
}

dataframe dataframe::on_error(error_policy policy) const {
  auto options = plan_->options;
  options.on_error = policy;
  return dataframe{with_options(plan_, std::move(options)), engine_};
}

dataframe dataframe::on_error(dead_letter_policy policy) const {
  auto options = plan_->options;
  options.on_error = error_policy::dead_letter;
  options.dead_letters = std::move(policy.target);
  return dataframe{with_options(plan_, std::move(options)), engine_};
}

dataframe grouped_dataframe::agg_all(std::vector<expression> aggregates) const {
  return dataframe{aggregation_node(plan_, keys_, std::move(aggregates), per_epoch_), engine_};
}

}  // namespace weir
