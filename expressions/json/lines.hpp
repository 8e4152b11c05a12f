#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <weir/columns/error.hpp>
#include <weir/columns/schema.hpp>
#include <weir/expressions/json/reader.hpp>

namespace weir {

/// JSON lines to batches: one document a line, or an array of documents whose elements are rows. Lines of blanks are
/// passed over; "\r\n" ends a line too. The rules are json_reader's.
///
///     WEIR_ASSIGN(auto lines, weir::json_lines_reader::make({{"id", weir::int64}}));
///     while (!text.empty()) {
///       WEIR_ASSIGN(const auto read, lines.append(text, true));  // up to a full batch
///       text.remove_prefix(read);
///       use(lines.finish());
///     }
class json_lines_reader {
public:
  /// Rows of a full batch; one document's array may pass it.
  static constexpr std::int64_t batch_rows = 8192;

  /// Errors: those of json_reader.
  static result<json_lines_reader> make(const schema& wanted, json_options options = {});

  /// Takes whole lines until the batch is full; gives the bytes that were taken. What follows the last '\n' is a line
  /// only where `end` says that no more text comes. Errors: those of json_reader::append().
  result<std::size_t> append(std::string_view text, bool end);
  bool full() const noexcept { return reader_.rows() >= batch_rows; }
  std::int64_t rows() const noexcept { return reader_.rows(); }
  std::int64_t malformed() const noexcept { return reader_.malformed(); }
  /// The batch, which may be empty.
  std::shared_ptr<arrow::RecordBatch> finish() { return reader_.finish_rows(); }

private:
  explicit json_lines_reader(json_reader reader) : reader_{std::move(reader)} {}

  json_reader reader_;
};

}  // namespace weir
