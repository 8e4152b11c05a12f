#pragma once

#include <optional>
#include <string>
#include <vector>

#include <weir/operators/operator.hpp>

namespace weir {

/// A column to sort by.
struct sort_key {
  std::string column;
  bool ascending = true;
  std::optional<bool> nulls_first = {};  ///< none: first when ascending, last when descending, as in Spark
};

/// Sorts the rows of each epoch: for complete mode, whose epochs give the whole result anew (U03), and for bounded
/// input. Rows that are equal by all keys keep their order of arrival.
///
/// - NaN is greater than every other number; -0.0 equals 0.0.
/// - Texts are ordered by their bytes, false before true.
/// - Structures (windows) are ordered by their members, the first one first; a null member is the least value.
/// - Lists and maps are no keys.
///
/// It holds the epoch's rows, and their sorted order, until all of them are given; a column of them may have 2 GiB of
/// text at most. It has one partition.
class sort_operator : public operator_description {
public:
  explicit sort_operator(std::vector<sort_key> keys) : keys_{std::move(keys)} {}

  std::string kind() const override { return "sort"; }
  /// Errors: invalid_argument without keys, unknown_column, type_mismatch for a key without order.
  result<schema> bind(std::span<const schema> inputs) const override;
  std::unique_ptr<operator_instance> instantiate() const override;
  bool mixes_inputs() const override { return true; }
  std::string details() const override;

private:
  std::vector<sort_key> keys_;
};

}  // namespace weir
