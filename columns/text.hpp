#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <weir/columns/batch.hpp>
#include <weir/columns/display.hpp>

namespace arrow {
struct ArrayData;
}  // namespace arrow

namespace weir {

/// Appends one row after the other of a batch as text. Values are read from the columns' buffers, without a
/// detour over Arrow scalars.
class row_formatter {
public:
  virtual ~row_formatter() = default;
  /// Rows of this batch from now on.
  virtual void bind(const batch& rows) = 0;
  /// Appends the row, with '\n'.
  virtual void append(std::int64_t row, std::string& out) = 0;
  /// Text before the first row of a file; empty where there is none.
  virtual std::string header(const schema& columns) const = 0;
};

/// What JSON text of a value leaves open; as the line formats have it, unless set.
struct json_style {
  bool omit_null_members = false;   ///< a null member of a structure is left out, not written as null
  bool binary_as_base64 = false;    ///< else it is taken for UTF-8
  bool not_finite_as_text = false;  ///< "NaN", "Infinity", "-Infinity" in quotes, not null
  bool microseconds = false;        ///< of a time that has them; else they are cut off
};

/// Appends the JSON text of one value of a column of the type.
void append_json_value(const arrow::ArrayData& column, const field& type, std::int64_t row, const json_style& style,
                       std::string& out);

/// One JSON object a row, fields in the schema's order: shortest numbers that read back the same, NaN and
/// infinities as null, decimals as numbers with all digits, times and dates as ISO 8601, maps as objects whose names
/// are the keys as text, invalid UTF-8 as U+FFFD; or as `style` says.
std::unique_ptr<row_formatter> make_json_formatter(json_style style = {});

/// How CSV is written.
struct csv_style {
  bool header = false;  ///< the column names come first
  char separator = ',';
  std::string null_value = {};  ///< the text of a null; a text that is the same reads as null too
  bool microseconds = false;    ///< of a time that has them; else they are cut off
};

/// RFC 4180: quoted where needed, quotes doubled; true and false. A row of one column is never a blank line.
std::unique_ptr<row_formatter> make_csv_formatter(csv_style style);
std::unique_ptr<row_formatter> make_csv_formatter(bool header = false);

/// One row as a JSON object, without '\n'; for messages.
std::string json_row(const arrow::RecordBatch& rows, std::int64_t row);

/// The shortest text that reads back as the same number: 1.5, 5, 1e+300.
void append_number(double value, std::string& out);

}  // namespace weir
