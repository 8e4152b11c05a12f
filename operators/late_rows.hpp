#pragma once

#include <string>

#include <weir/operators/operator.hpp>

namespace weir {

/// The rows that a step beside it drops as late: those whose event time is at or before the late watermark of the epoch
/// (W08, W09; null counts as the Unix epoch, W01). It reads the step's input and gives them unchanged.
class late_rows_operator : public operator_description {
public:
  explicit late_rows_operator(std::string event_time_column) : column_{std::move(event_time_column)} {}

  std::string kind() const override { return "late_rows"; }
  /// Errors: unknown_column, type_mismatch for a column that is no timestamp.
  result<schema> bind(std::span<const schema> inputs) const override;
  std::unique_ptr<operator_instance> instantiate() const override;
  std::string details() const override { return column_; }

private:
  std::string column_;
};

}  // namespace weir
