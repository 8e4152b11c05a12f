#include <weir/operators/aggregate.hpp>

#include <weir/columns/time.hpp>
#include <weir/operators/aggregate/instance.hpp>

namespace weir {

aggregate_operator::aggregate_operator(aggregate_options options)
    : plan_{detail::aggregate_plan::make(std::move(options))} {}

aggregate_operator::~aggregate_operator() = default;

result<schema> aggregate_operator::bind(std::span<const schema> inputs) const {
  if (!plan_.ok())
    return plan_.error();
  const auto& expected = (*plan_)->options.input;
  if (inputs[0] != expected)
    return status{errc::type_mismatch, "aggregate: expected rows of (" + expected.to_string() + "), got (" +
                                           inputs[0].to_string() + ")"};
  return (*plan_)->output;
}

std::unique_ptr<operator_instance> aggregate_operator::instantiate() const {
  return (*plan_)->session() != nullptr ? detail::make_session_instance(*plan_) : detail::make_window_instance(*plan_);
}

std::vector<int> aggregate_operator::key_columns(int /*port*/) const {
  return plan_.ok() ? (*plan_)->key_columns : std::vector<int>{};
}

std::optional<schema> aggregate_operator::state_schema() const {
  return plan_.ok() ? std::optional{(*plan_)->state} : std::nullopt;
}

namespace {

std::string time_text(const detail::aggregate_plan& plan) {
  if (const auto* of = plan.window()) {
    auto text = "window " + format_interval(of->size);
    if (of->slide != of->size)
      text += " every " + format_interval(of->slide);
    if (of->start.count() != 0)
      text += " from " + format_interval(of->start);
    return text;
  }
  if (const auto* of = plan.session())
    return "session_window " + (of->gap_column ? "of column " + plan.options.input[static_cast<std::size_t>(
                                                                                        *of->gap_column)].name
                                               : format_interval(of->gap));
  if (const auto* of = plan.time_key())
    return "event time " + plan.options.keys[of->key].name;
  return {};
}

std::string aggregates_text(const detail::aggregate_plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
    std::vector<std::string> arguments;
    for (const auto& argument : plan.aggregates[i].arguments)
      arguments.push_back(argument.name);
    const auto call = default_aggregate_name(plan.aggregates[i].kind, arguments);
    text += (i > 0 ? ", " : "") + call;
    if (plan.results[i].name != call)
      text += " as " + plan.results[i].name;
  }
  return text;
}

}  // namespace

std::map<std::string, std::string> aggregate_operator::fixed_settings() const {
  if (!plan_.ok())
    return {};
  const auto& plan = **plan_;
  return {{"output_mode", std::string{to_string(plan.options.mode)}},
          {"aggregates", aggregates_text(plan)},
          {"time", time_text(plan)},
          {"watermark", plan.options.watermarked ? "yes" : "no"}};
}

bool aggregate_operator::uses_event_time() const { return plan_.ok() && (*plan_)->evicts(); }

std::string aggregate_operator::output_event_time() const {
  if (!plan_.ok() || !(*plan_)->options.watermarked)
    return {};
  const auto& plan = **plan_;
  if (plan.has_window())
    return plan.window_name();
  return plan.time_key() != nullptr ? plan.options.keys[plan.time_key()->key].name : std::string{};
}

std::optional<schema> aggregate_operator::side_output(int port) const {
  if (port != late_rows_port || !uses_event_time())
    return {};
  return (*plan_)->options.input;
}

std::string aggregate_operator::details() const {
  if (!plan_.ok())
    return {};
  const auto& plan = **plan_;
  std::string text;
  for (const auto& key : plan.options.keys)
    text += (text.empty() ? "by " : ", ") + key.name;
  if (const auto time = time_text(plan); !time.empty())
    text += (text.empty() ? "by " : ", ") + time;
  return text + (text.empty() ? "" : ": ") + aggregates_text(plan);
}

}  // namespace weir
