#pragma once

#include <memory>
#include <string>
#include <vector>

#include <weir/operators/aggregate.hpp>
#include <weir/operators/aggregate/accumulators.hpp>
#include <weir/operators/aggregate/windows.hpp>

namespace weir::detail {

/// What all instances of an aggregation share: its options, checked, and the schemas that follow from them.
class aggregate_plan {
public:
  /// Errors name the function or option, the column, expected and actual.
  static result<std::shared_ptr<const aggregate_plan>> make(aggregate_options options);

  aggregate_options options;
  std::vector<field> keys;     ///< as in the input; bytes of keys are made of these
  std::vector<int> key_columns;
  std::vector<field> results;  ///< of the aggregates
  std::vector<accumulator_options> aggregates;
  schema output;
  std::shared_ptr<arrow::Schema> arrow_output;
  schema state;
  std::shared_ptr<arrow::Schema> arrow_state;
  window_shape windows;  ///< with window_grouping

  const window_grouping* window() const noexcept { return std::get_if<window_grouping>(&options.time); }
  const session_grouping* session() const noexcept { return std::get_if<session_grouping>(&options.time); }
  const time_key_grouping* time_key() const noexcept { return std::get_if<time_key_grouping>(&options.time); }
  /// The output has a column struct<start, end>.
  bool has_window() const noexcept { return window() != nullptr || session() != nullptr; }
  /// Rows may be late, and groups are evicted.
  bool evicts() const noexcept { return options.watermarked && options.mode != output_mode::complete; }
  /// One group, whatever comes.
  bool global() const noexcept { return keys.empty() && !has_window(); }
  const std::string& window_name() const noexcept { return window() != nullptr ? window()->name : session()->name; }

private:
  status check();
  status check_time();
  status check_timestamp(int column, const std::string& what) const;
  status add_keys();
  status add_aggregates();
  status add_output();
  void add_state();
};

/// struct<start: timestamp, end: timestamp>.
data_type window_type();
/// The index of the member `end` of a window's column, or -1.
int window_end_member(const data_type& type);

}  // namespace weir::detail
