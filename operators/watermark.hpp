#pragma once

#include <chrono>
#include <string>

#include <weir/operators/operator.hpp>

namespace weir {

/// Says that a column is the event time, and how late rows may be: the watermark is the largest time seen
/// minus the delay (W01 to W05). Rows pass; their event times are reported.
class watermark_operator : public operator_description {
public:
  watermark_operator(std::string column, std::chrono::microseconds delay) : column_{std::move(column)}, delay_{delay} {}

  std::string kind() const override { return "watermark"; }
  /// Errors: unknown_column, type_mismatch (W03), invalid_argument for a negative delay.
  result<schema> bind(std::span<const schema> inputs) const override;
  std::unique_ptr<operator_instance> instantiate() const override;
  bool one_to_one() const override { return true; }
  std::optional<std::chrono::microseconds> watermark_delay() const override { return delay_; }
  std::string details() const override;

private:
  std::string column_;
  std::chrono::microseconds delay_;
};

}  // namespace weir
