#pragma once

#include <memory>

#include <weir/columns/column_memory.hpp>
#include <weir/columns/error.hpp>
#include <weir/columns/schema.hpp>
#include <weir/expressions/cell.hpp>

namespace arrow {
class ArrayBuilder;
class Scalar;
}  // namespace arrow

namespace weir::detail {

/// The value at `row` of a column of type `type`. Texts view the column; items are made in `memory`.
cell read_cell(const column_view& column, const data_type& type, std::int64_t row, cell_memory& memory);

/// A copy that lives in `memory` alone.
cell copy_cell(const cell& value, const data_type& type, cell_memory& memory);

/// Makes a column of cells.
class cell_writer {
public:
  explicit cell_writer(const data_type& type, std::int64_t rows);
  cell_writer(cell_writer&&) noexcept;
  ~cell_writer();
  /// Errors: out_of_memory (a text column over 2 GiB too).
  status append(const cell& value);
  result<std::shared_ptr<arrow::Array>> finish();

private:
  data_type type_;
  std::unique_ptr<arrow::ArrayBuilder> builder_;
};

/// A column of one row, and of one value `rows` times.
result<std::shared_ptr<arrow::Array>> column_of(const cell& value, const data_type& type, std::int64_t rows);
result<std::shared_ptr<arrow::Scalar>> scalar_of(const cell& value, const data_type& type);

}  // namespace weir::detail
