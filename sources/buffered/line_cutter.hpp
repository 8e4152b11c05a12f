#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <weir/columns/epoch.hpp>
#include <weir/columns/error.hpp>
#include <weir/columns/schema.hpp>

namespace arrow {
class RecordBatch;
}

namespace weir {

/// What a line source does with a line that is not UTF-8: put U+FFFD for every bad byte (counted), or fail.
enum class invalid_utf8 : unsigned char { replace, refuse };

/// The columns of lines: value utf8, and with `timestamps` when they arrived: timestamp.
schema line_schema(bool timestamps = false);

/// Cuts text at '\n' straight into Arrow's layout: one copy a line, no string a line. A '\r' before the
/// '\n' is dropped. A batch holds at most 16 Ki rows and 1 MiB of text, more only for a single row.
class line_cutter {
public:
  struct options {
    std::int64_t max_line_bytes = std::int64_t{1} << 20;
    invalid_utf8 invalid = invalid_utf8::replace;
    bool timestamps = false;
  };

  explicit line_cutter(options settings);
  ~line_cutter();
  line_cutter(line_cutter&&) noexcept;

  /// Takes whole lines off the front of `text` until none is left or the batch has `max_rows` rows or is
  /// full. `scanned` bytes of `text` are known to hold no '\n'. Returns the bytes taken. Errors:
  /// line_too_long, also for the half line at the end of `text`; what was cut before it stays.
  result<std::size_t> cut(std::string_view text, std::int64_t max_rows, std::size_t scanned = 0);
  /// Takes `text` as one line: the last of a file that ends without '\n'.
  status add_line(std::string_view text);

  std::int64_t rows() const noexcept;
  /// True when the next line may not fit any more: take the batch.
  bool full() const noexcept;
  /// The rows so far as a batch, and starts anew. Errors: invalid_row (refused UTF-8).
  result<std::shared_ptr<arrow::RecordBatch>> finish(timestamp arrived = {});
  /// Rows so far in which bytes were replaced.
  std::int64_t replaced() const noexcept;

private:
  struct open_batch;
  bool take(const char* line, std::size_t length, const char* readable_end);
  status too_long(std::size_t length) const;
  void reserve(std::size_t bytes, std::int64_t rows);

  options settings_;
  std::unique_ptr<open_batch> open_;
  std::int64_t replaced_ = 0;
  std::size_t usual_bytes_ = 0;  ///< of a batch
};

}  // namespace weir
