#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <weir/operators/union.hpp>

namespace arrow {
class Schema;
}

namespace weir::detail {

/// How the output of a union is made of its inputs.
struct union_columns {
  schema output;
  std::shared_ptr<arrow::Schema> type;  ///< the output's
  /// By input, for each column of the output: the input's column, or -1 where it has none.
  std::vector<std::vector<int>> from;
  std::vector<bool> unchanged;  ///< by input: its rows are the output's as they come
};

/// The type of a column that holds the values of both, where there is one.
std::optional<data_type> union_type(const data_type& a, const data_type& b);

result<std::shared_ptr<const union_columns>> match_columns(const union_options& options);

/// Rows of an input as the output has them.
result<batch> as_output(const union_columns& columns, std::size_t input, const batch& rows);

}  // namespace weir::detail
