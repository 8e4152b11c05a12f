#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <weir/columns/error.hpp>
#include <weir/columns/schema.hpp>
#include <weir/expressions/parsed.hpp>

namespace arrow {
class Array;
class RecordBatch;
}  // namespace arrow

namespace weir {

/// How JSON is read.
struct json_options {
  malformed_mode mode = malformed_mode::permissive;
  /// The column, a utf8 one of the schema, that takes the text of a malformed document; null for the others. Empty:
  /// none does.
  std::string corrupt_record_column = {};
  /// How a timestamp's text is read; empty: as ISO 8601 in the forms that Spark takes, "2024-01-02T03:04:05.678+01:00".
  timestamp_parser timestamps = {};
};

/// What a document is.
enum class json_shape {
  value,  ///< one value of the wanted type, as from_json() has it
  rows    ///< a row, or an array of rows, as JSON lines have it
};

/// JSON documents to columns: Boost.JSON's push parser straight into Arrow buffers of the wanted fields. Other fields
/// are passed over without a copy. The rules are those of Spark's from_json:
///
/// Names match exactly; of a key that is there twice, the last one counts; a missing field and a null are null. Every
/// field may be null, whatever the schema says. A number goes into an integer when it is written as one and fits; a
/// number, boolean, array or object where a string is wanted gives its text as it is written; doubles also take "NaN",
/// "Infinity", "-Infinity" in quotes; timestamps come from text or from seconds since 1970, durations from an
/// interval's text or from microseconds, binary from base 64, decimals from numbers or text, exact or rounded half away
/// from zero; maps come from objects and keep a key that is there twice. A value that does not fit makes its field null
/// and the document malformed, while the other fields stay; in a list or map it makes the whole of it null.
///
/// A document that is not JSON, or not of the wanted shape, is malformed: all fields are null (a list is null itself).
/// So is one with invalid UTF-8, with anything after its end, nested deeper than 64, or longer than 16 MiB.
/// Comments, single quotes, unquoted names and unquoted NaN are no JSON here: Spark's allowSingleQuotes,
/// allowUnquotedFieldNames, allowComments and the like are not supported.
///
///     WEIR_ASSIGN(auto reader, weir::json_reader::make({{"id", weir::int64}, {"name", weir::utf8}}));
///     WEIR_TRY(reader.append(R"({"id": 1, "name": "anna"})"));
///     std::shared_ptr<arrow::Array> rows = reader.finish();
class json_reader {
public:
  /// For objects of these fields. Errors: invalid_argument for a name that is there twice; unknown_column and
  /// type_mismatch for the column of corrupt records.
  static result<json_reader> make(const schema& wanted, json_options options = {},
                                  json_shape shape = json_shape::value);
  /// For a structure, a list, or a map with keys of utf8.
  static result<json_reader> make(const data_type& wanted, json_options options = {});
  ~json_reader();
  json_reader(json_reader&&) noexcept;
  json_reader& operator=(json_reader&&) noexcept;

  /// The type of the column that comes, all in it nullable.
  const data_type& type() const noexcept;

  /// Adds a document's row (rows, where the shape says so; none for a malformed one that is dropped). A text of blanks
  /// gives a null row. Errors: invalid_row in mode failfast, with reason and text; out_of_memory when a column would
  /// pass 2 GiB, after which the rows before the document stand.
  status append(std::string_view document);
  void append_null();
  std::int64_t rows() const noexcept;
  /// Documents so far that were malformed, dropped ones too.
  std::int64_t malformed() const noexcept;

  /// The rows, after which the reader begins again.
  std::shared_ptr<arrow::Array> finish();
  /// The same as a batch of the fields; for a schema, whose rows were not null.
  std::shared_ptr<arrow::RecordBatch> finish_rows();

private:
  class parser;
  explicit json_reader(std::unique_ptr<parser> made);

  std::unique_ptr<parser> parser_;
};

}  // namespace weir
