#pragma once

#include <memory>
#include <vector>

#include <weir/operators/operator.hpp>

namespace weir {

namespace detail {
struct union_columns;
}

struct union_options {
  std::vector<schema> inputs;
  bool by_name = false;        ///< columns are matched by name and come in the first input's order; else by position
  bool allow_missing = false;  ///< by name: a column that an input lacks is null in its rows; new ones come last
};

/// The rows of several inputs of the same columns; the order within an input stays. A column is nullable where that of
/// one input is. Types that differ become, as in Spark, the one that holds both: the wider of two integers, float64 for
/// floating numbers and others, a decimal with the digits of both, a timestamp for it and a date; also within
/// structures, lists and maps.
class union_operator : public operator_description {
public:
  explicit union_operator(union_options options);
  ~union_operator() override;

  std::string kind() const override { return options_.by_name ? "union_by_name" : "union"; }
  /// Errors: type_mismatch for columns without a common type, and for other names at a position; unknown_column for one
  /// that an input lacks; invalid_argument for a name that an input has twice. All name input and column.
  result<schema> bind(std::span<const schema> inputs) const override;
  std::unique_ptr<operator_instance> instantiate() const override;
  int inputs() const override { return static_cast<int>(options_.inputs.size()); }
  bool one_to_one() const override { return true; }
  std::string details() const override;

private:
  union_options options_;
  result<std::shared_ptr<const detail::union_columns>> columns_;
};

}  // namespace weir
