// How group_by().agg() becomes a plan: keys, windows and arguments as columns, then the operator.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <weir/columns/time.hpp>
#include <weir/expressions/bound_expression.hpp>
#include <weir/operators/aggregate.hpp>
#include <weir/operators/observe.hpp>
#include <weir/stream/aggregates.hpp>
#include <weir/stream/errors.hpp>
#include <weir/stream/expression_steps.hpp>

namespace weir {

namespace {

[[noreturn]] void refuse(errc code, std::string message) {
  throw analysis_error{status{code, std::move(message)}.at_operator("aggregate")};
}

bool is_window(const expression& key) {
  return key.function_name() == "window" || key.function_name() == "session_window";
}

std::chrono::microseconds length_of(const expression& text, const char* what) {
  const auto parsed = parse_interval(text.text_literal().value_or(""));
  if (!parsed.ok())
    refuse(parsed.error().code(), std::string{what} + ": " + parsed.error().message());
  return *parsed;
}

/// Puts what an aggregation reads into columns: those of the input as they are, others computed.
class aggregation_builder {
public:
  aggregation_builder(plan_ptr input, bool per_epoch) : input_{std::move(input)}, per_epoch_{per_epoch} {}

  void add_key(const expression& key) {
    if (!is_window(key)) {
      if (const auto name = key.column_name(); name && *name == input_->event_time)
        marked_key_ = options_.keys.size();
      options_.keys.push_back({column_of(key), key.output_name()});
      return;
    }
    if (!std::holds_alternative<std::monostate>(options_.time))
      refuse(errc::unsupported, "two windows among the keys, '" + key.to_string() + "' is one too many (V06)");
    options_.window_position = options_.keys.size();
    if (key.function_name() == "window")
      add_window(key);
    else
      add_session(key);
  }

  void add_aggregate(const expression& value) { options_.aggregates.push_back(call_of(value)); }

  aggregate_call call_of(const expression& value) {
    const auto* function = find_aggregate_function(value.function_name());
    if (!function)
      refuse(errc::invalid_argument,
             "'" + value.to_string() +
                 "' is no aggregate: agg() takes count(), sum(x) and their like; what is computed "
                 "of them goes into a select() behind");
    aggregate_call call;
    call.kind = function->kind;
    call.name = value.output_name();
    for (const auto& argument : value.arguments()) {
      const auto text = argument.text_literal();
      if (text == "ignore nulls")
        call.ignore_nulls = true;
      else if (text && text->starts_with("at most "))
        std::from_chars(text->data() + 8, text->data() + text->size(), call.max_elements);
      else
        call.arguments.push_back(column_of(argument));
    }
    return call;
  }
  const std::vector<expression>& computed() const noexcept { return computed_; }

  /// `all_columns`: late rows are wanted as they came, so that none of their columns may be left out.
  plan_ptr build(aggregation_plan described, bool all_columns) {
    if (marked_key_ && std::holds_alternative<std::monostate>(options_.time)) {
      options_.time = time_key_grouping{*marked_key_};
      options_.watermarked = true;
    }
    options_.per_epoch = per_epoch_;
    options_.watermarked = options_.watermarked && !per_epoch_;
    auto input = prepared(all_columns);
    options_.input = input->output;
    for (const auto& one : computed_)
      described.computed.push_back(one.output_name());
    plan_node node;
    node.inputs = {std::move(input)};
    node.aggregation = std::make_shared<const aggregation_plan>(std::move(described));
    node.make = [fixed = options_](const step_options& options) -> operator_ptr {
      auto all = fixed;
      all.mode = options.mode;
      return std::make_shared<aggregate_operator>(std::move(all));
    };
    return bound_plan(std::move(node));
  }

private:
  void add_window(const expression& key) {
    window_grouping grouping;
    grouping.name = key.output_name();
    grouping.size = length_of(key.arguments()[1], "window: size");
    grouping.slide = length_of(key.arguments()[2], "window: slide");
    grouping.start = length_of(key.arguments()[3], "window: start");
    grouping.column = time_column(key.arguments()[0]);
    options_.time = std::move(grouping);
  }

  void add_session(const expression& key) {
    session_grouping grouping;
    grouping.name = key.output_name();
    if (const auto& gap = key.arguments()[1]; gap.text_literal())
      grouping.gap = length_of(gap, "session_window: gap");
    else
      grouping.gap_column = column_of(gap);
    grouping.column = time_column(key.arguments()[0]);
    options_.time = std::move(grouping);
  }

  /// The time that windows group by: a timestamp, or the last microsecond of a window.
  int time_column(const expression& time) {
    if (const auto& mark = input_->event_time; !mark.empty())
      options_.watermarked =
          time.column_name() == mark || same(time.without_alias(), window_time(col(mark)).without_alias());
    auto bound = weir::bind(time, input_->output);
    if (!bound.ok())
      throw analysis_error{bound.error().at_operator("aggregate")};
    return column_of(bound->type().kind() == data_type::id::structure ? window_time(time) : time);
  }

  int column_of(const expression& value) {
    if (const auto name = value.column_name())
      if (const auto index = input_->output.index_of(*name); index >= 0)
        return index;
    const auto plain = value.without_alias();
    for (std::size_t i = 0; i < computed_.size(); ++i)
      if (same(computed_[i].without_alias(), plain))
        return static_cast<int>(input_->output.size() + i);
    auto name = "__" + std::to_string(computed_.size());
    while (input_->output.index_of(name) >= 0)
      name += '_';
    computed_.push_back(plain.as(name));
    return static_cast<int>(input_->output.size() + computed_.size()) - 1;
  }

  template <class Visit>
  void each_column(Visit visit) {
    for (auto& key : options_.keys)
      visit(key.column);
    if (auto* window = std::get_if<window_grouping>(&options_.time))
      visit(window->column);
    if (auto* session = std::get_if<session_grouping>(&options_.time)) {
      visit(session->column);
      if (session->gap_column)
        visit(*session->gap_column);
    }
    for (auto& call : options_.aggregates)
      for (auto& argument : call.arguments)
        visit(argument);
  }

  /// The input with what is computed of it, and without what is not read.
  plan_ptr prepared(bool all_columns) {
    const auto input_columns = static_cast<int>(input_->output.size());
    std::set<int> read;
    each_column([&](int column) { read.insert(column); });
    if (all_columns)
      for (int i = 0; i < input_columns; ++i)
        read.insert(i);
    if (read.empty())
      read.insert(0);
    if (computed_.empty() && static_cast<int>(read.size()) == input_columns)
      return input_;
    std::map<int, int> places;
    std::vector<expression> columns;
    for (const auto column : read) {
      places[column] = static_cast<int>(columns.size());
      columns.push_back(column < input_columns ? col(input_->output[static_cast<std::size_t>(column)].name)
                                               : computed_[static_cast<std::size_t>(column - input_columns)]);
    }
    each_column([&](int& column) { column = places.at(column); });
    auto made = projection_node(input_, {{std::nullopt, std::move(columns)}});
    auto hidden = *made;
    hidden.internal = true;
    return std::make_shared<const plan_node>(std::move(hidden));
  }

  plan_ptr input_;
  bool per_epoch_;
  aggregate_options options_;
  std::optional<std::size_t> marked_key_;
  std::vector<expression> computed_;
};

}  // namespace

plan_ptr aggregation_node(const plan_ptr& input, std::vector<expression> keys, std::vector<expression> aggregates,
                          bool per_epoch, bool all_columns) {
  if (aggregates.empty())
    refuse(errc::invalid_argument, "agg: no aggregates");
  auto written_out = expand(keys, input->output);
  if (!written_out.ok())
    throw analysis_error{written_out.error().at_operator("aggregate")};
  aggregation_builder builder{input, per_epoch};
  for (const auto& key : *written_out)
    builder.add_key(key);
  for (const auto& one : aggregates)
    builder.add_aggregate(one);
  return builder.build({std::move(*written_out), std::move(aggregates), per_epoch, {}}, all_columns);
}

plan_ptr observation_node(const plan_ptr& input, std::string name, std::vector<expression> aggregates) {
  observe_options options;
  options.name = std::move(name);
  options.input = input->output;
  aggregation_builder builder{input, false};
  for (const auto& one : aggregates)
    options.aggregates.push_back(builder.call_of(one));
  if (!builder.computed().empty())
    throw analysis_error{
        status{errc::unsupported, "'" + builder.computed().front().without_alias().to_string() +
                                      "' is computed: observe() takes aggregates of columns; add it as "
                                      "a column before"}
            .at_operator("observe")};
  return step_plan({input}, [options = std::move(options)](const step_options&) -> operator_ptr {
    return std::make_shared<observe_operator>(options);
  });
}

}  // namespace weir
