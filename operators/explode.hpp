#pragma once

#include <string>
#include <vector>

#include <weir/operators/operator.hpp>

namespace weir {

struct explode_options {
  std::string column;              ///< a list or a map
  std::vector<std::string> names;  ///< of the columns that stand in its place: a list's element, a map's key and value
  bool outer = false;              ///< a null or empty list gives one row, of nulls, instead of none
};

/// A row for each element of a list or entry of a map, in order; the other columns are repeated. Rows come in batches
/// of at most 8 K, fewer where the repeated columns are large.
class explode_operator : public operator_description {
public:
  explicit explode_operator(explode_options options) : options_{std::move(options)} {}

  std::string kind() const override { return options_.outer ? "explode_outer" : "explode"; }
  /// Errors: unknown_column; type_mismatch for a column that is neither list nor map; invalid_argument for a wrong
  /// number of names, or one that another column has.
  result<schema> bind(std::span<const schema> inputs) const override;
  std::unique_ptr<operator_instance> instantiate() const override;
  std::string details() const override;

private:
  explode_options options_;
};

}  // namespace weir
