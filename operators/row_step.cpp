#include <weir/operators/row_step.hpp>

namespace weir::detail {

std::optional<schema> row_step::side_output(int port) const {
  if (port != refused_rows_port || options_.on_error != error_policy::dead_letter)
    return std::nullopt;
  return dead_letter_schema();
}

std::string row_step::details() const {
  switch (options_.on_error) {
  case error_policy::fail: return {};
  case error_policy::skip: return "skips refused rows";
  case error_policy::dead_letter: return "refused rows to the dead-letter sink";
  }
  return {};
}

status row_step_instance::open(const operator_context& context) {
  errors_.set_step(context.name);
  return {};
}

operator_metrics row_step_instance::take_metrics() {
  metrics_.rows_skipped = errors_.take_skipped();
  metrics_.rows_dead_lettered = errors_.take_dead_lettered();
  return std::exchange(metrics_, {});
}

}  // namespace weir::detail
