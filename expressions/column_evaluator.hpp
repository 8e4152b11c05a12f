#pragma once

#include <memory>
#include <span>

#include <weir/columns/batch.hpp>
#include <weir/expressions/function_table.hpp>

namespace arrow {
class Array;
}

namespace weir::detail {

/// All rows of a bound expression, a column at a time: an array, or a scalar for the same value in each row.
result<arrow::Datum> evaluate_columns(const bound_node& node, const arrow::RecordBatch& rows,
                                      const column_scope& scope);

/// The same, a row at a time; `on_refused` as in bound_expression::evaluate_each(), and none ends at the first error.
result<std::shared_ptr<arrow::Array>>
evaluate_rows(const bound_node& node, const arrow::RecordBatch& rows, const evaluation_context& context,
              const std::function<status(std::int64_t, const status&)>& on_refused);

/// One call, its arguments known.
result<arrow::Datum> call_with_columns(const bound_node& node, const column_scope& scope,
                                       std::span<const arrow::Datum> args);

result<std::shared_ptr<arrow::Array>> to_column(const arrow::Datum& value, const data_type& type, std::int64_t rows);

}  // namespace weir::detail
