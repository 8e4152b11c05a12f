#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <weir/columns/error.hpp>
#include <weir/columns/schema.hpp>
#include <weir/expressions/parsed.hpp>

namespace arrow {
class RecordBatch;
}  // namespace arrow

namespace weir {

/// How CSV is read, with Spark's defaults.
struct csv_options {
  bool header = false;  ///< the first record holds names: it is passed over
  char separator = ',';
  char quote = '"';
  char escape = '\\';                ///< before a quote or itself, within quotes
  std::string null_value = {};       ///< this text, quoted or not, is null
  std::optional<char> comment = {};  ///< lines that begin with it are passed over
  bool trim = false;                 ///< blanks around fields do not count
  malformed_mode mode = malformed_mode::permissive;
  /// The column, a utf8 one of the schema and none of the file's, that takes the text of a malformed record; null for
  /// the others. Empty: none does.
  std::string corrupt_record_column = {};
  /// How a timestamp's text is read; empty: as ISO 8601.
  timestamp_parser timestamps = {};
};

/// CSV records to batches, by Spark's rules. The schema's columns are the file's by position. Quoted fields may hold
/// separators, line ends, and quotes, doubled or after the escape; lines of blanks are passed over; "\r\n" ends a line
/// too. Integers, doubles (also NaN, Inf, -Inf, Infinity), decimals, true and false in any case, times, dates and
/// intervals are read from their text; binary columns take the bytes.
///
/// A record with more or fewer fields than columns, or with a field that is no value of its column, is malformed:
/// the fields that fit stay, the others are null, what is too much is dropped. A quote that is never closed, and a
/// record longer than 16 MiB, make one malformed record of nulls (up to the text's end, or to the last line end of
/// those 16 MiB).
///
///     WEIR_ASSIGN(auto csv, weir::csv_reader::make({{"id", weir::int64}, {"name", weir::utf8}}, {.header = true}));
///     while (!text.empty()) {
///       WEIR_ASSIGN(const auto read, csv.append(text, true));  // up to a full batch
///       text.remove_prefix(read);
///       use(csv.finish());
///     }
class csv_reader {
public:
  /// Rows of a full batch.
  static constexpr std::int64_t batch_rows = 8192;

  /// Errors: type_mismatch for nested columns; invalid_argument for options that contradict each other or a name that
  /// is there twice; unknown_column and type_mismatch for the column of corrupt records.
  static result<csv_reader> make(const schema& wanted, csv_options options = {});
  ~csv_reader();
  csv_reader(csv_reader&&) noexcept;
  csv_reader& operator=(csv_reader&&) noexcept;

  /// The next text is the beginning of a file, with a header if the files have one; so is the first.
  void begin_file() noexcept;
  /// Takes whole records until the batch is full; gives the bytes that were taken. What follows the last line end is a
  /// record only where `end` says that the file ends. Errors: invalid_row in mode failfast, with reason and text;
  /// out_of_memory when a column would pass 2 GiB.
  result<std::size_t> append(std::string_view text, bool end);
  bool full() const noexcept { return rows() >= batch_rows; }
  std::int64_t rows() const noexcept;
  /// Records so far that were malformed, dropped ones too.
  std::int64_t malformed() const noexcept;
  /// The batch, which may be empty.
  std::shared_ptr<arrow::RecordBatch> finish();

private:
  class parser;
  explicit csv_reader(std::unique_ptr<parser> made);

  std::unique_ptr<parser> parser_;
};

/// The schema of a file from its beginning, whole records, as Spark infers it: names from the header, else _c0, _c1,
/// ...; int32, int64, float64 (also for integers beyond 64 bits), date, timestamp, boolean, or utf8 where types
/// conflict or all are null. The first record says how many columns there are. Errors: invalid_argument for options
/// that contradict each other.
result<schema> infer_csv_schema(std::string_view text, const csv_options& options = {});

}  // namespace weir
