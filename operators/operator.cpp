#include <weir/operators/operator.hpp>

namespace weir {

status operator_instance::open(const operator_context& /*context*/) { return {}; }

status operator_instance::process(const epoch_context& /*epoch*/, int /*port*/, const batch& /*rows*/,
                                  collector& /*out*/) {
  return {errc::internal, "this operator takes keyed input only"};
}

status operator_instance::process_keyed(const epoch_context& /*epoch*/, int /*port*/, keyed_rows /*rows*/,
                                        collector& /*out*/) {
  return {errc::internal, "this operator takes no keyed input"};
}

result<bool> operator_instance::finish(const epoch_context& /*epoch*/, collector& /*out*/) { return true; }

result<batch> operator_instance::take_changes() { return batch{}; }

status operator_instance::restore(const batch& /*changes*/) { return {errc::internal, "this operator keeps no state"}; }

wakeup operator_instance::next_wakeup() const { return {}; }

operator_metrics operator_instance::take_metrics() { return {}; }

void operator_instance::close() {}

int operator_description::inputs() const { return 1; }

std::vector<int> operator_description::key_columns(int /*port*/) const { return {}; }

std::optional<schema> operator_description::state_schema() const { return {}; }

std::map<std::string, std::string> operator_description::fixed_settings() const { return {}; }

bool operator_description::one_to_one() const { return false; }

bool operator_description::mixes_inputs() const { return state_schema().has_value(); }

bool operator_description::blocking() const { return false; }

std::optional<std::chrono::microseconds> operator_description::watermark_delay() const { return {}; }

bool operator_description::uses_event_time() const { return false; }

std::optional<timestamp>
operator_description::output_watermark(std::span<const std::optional<timestamp>> inputs) const {
  std::optional<timestamp> least;
  for (const auto& one : inputs)
    if (one && (!least || *one < *least))
      least = one;
  return least;
}

std::string operator_description::output_event_time() const { return {}; }

std::optional<schema> operator_description::side_output(int /*port*/) const { return {}; }

std::string operator_description::details() const { return {}; }

}  // namespace weir
