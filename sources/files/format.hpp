#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include <weir/columns/error.hpp>
#include <weir/columns/schema.hpp>

namespace arrow {
class RecordBatch;
}

namespace weir {

/// Rows of a file, and where each of them begins in it.
struct file_rows {
  std::shared_ptr<arrow::RecordBatch> rows;  ///< null: none
  std::function<std::int64_t(std::int64_t row)> position_of;
};

/// Reads one file as batches. A position is what its format counts: bytes of (uncompressed) text, row groups.
class file_reader {
public:
  static constexpr std::int64_t everything = std::numeric_limits<std::int64_t>::max();

  virtual ~file_reader() = default;
  /// The next at most `max_rows` rows in one batch; fewer than a full batch only at a limit or the end. None at the
  /// end, and where text gave no row. Errors name file and position.
  virtual result<file_rows> next(std::int64_t max_rows) = 0;
  /// Where a reader that goes on after the rows given so far begins.
  virtual std::int64_t position() const = 0;
  /// True when every row was given.
  virtual bool at_end() const = 0;
  /// The bytes of the file's text, or columns, that were read so far.
  virtual std::int64_t bytes_read() const = 0;
  /// Instead of next(), where the format's plans_by_metadata(): moves to the next position and tells how many rows lie
  /// between.
  virtual result<std::int64_t> pass_over();
  /// Counts so far, for the source's metrics.
  virtual std::map<std::string, std::int64_t> counts() const;
};

/// What a file's rows are written in.
class file_format {
public:
  virtual ~file_format() = default;
  virtual schema output() const = 0;
  /// A reader of the rows in [begin, end). Errors: io_error, naming the file.
  virtual result<std::unique_ptr<file_reader>> open(const std::string& path, std::int64_t begin,
                                                    std::int64_t end) const = 0;
  /// True where a file tells how many rows lie between its positions, so that planning an epoch reads none.
  virtual bool plans_by_metadata() const { return false; }
  /// The source's fixed settings.
  virtual std::map<std::string, std::string> settings() const { return {}; }
};

}  // namespace weir
