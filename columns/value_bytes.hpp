#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <weir/columns/column_memory.hpp>
#include <weir/columns/schema.hpp>

namespace weir {

/// Appends the bytes of one value, as key_encoder writes those of a key's columns, but exactly: -0.0 and every NaN
/// keep their bits. `column` is a view of a column described by `type`.
void append_value_bytes(std::string& out, const detail::column_view& column, const field& type, std::int64_t row);

/// Makes columns from the bytes of values: those of append_value_bytes(), or the keys of a key_encoder.
///
///     weir::value_columns keys{{{"user", weir::utf8, false}, {"day", weir::int64}}};
///     keys.append_key(bytes);                    // a key of these columns
///     auto columns = keys.finish();              // two of one row
class value_columns {
public:
  explicit value_columns(const std::vector<field>& columns);
  value_columns(value_columns&&) noexcept;
  value_columns& operator=(value_columns&&) noexcept;
  ~value_columns();

  /// A row: the values of all columns, one after the other. Throws std::logic_error for bytes that are no such values.
  void append(std::string_view bytes);
  /// A row from a key of these columns; the key of one text column that is never null is its own bytes.
  void append_key(std::string_view key);
  /// A row of nulls, or zeros where a column is not nullable.
  void append_default();
  std::size_t size() const noexcept { return rows_; }
  /// The columns, a column each; the writer is empty again. Throws std::length_error where one passes 2 GiB.
  std::vector<std::shared_ptr<arrow::ArrayData>> finish();

private:
  class column;

  std::vector<column> columns_;
  bool raw_ = false;
  std::size_t rows_ = 0;
};

}  // namespace weir
