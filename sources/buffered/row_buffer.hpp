#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <weir/sources/source.hpp>

namespace arrow {
class RecordBatch;
}

namespace weir {

/// Numbered rows from when they were read until an epoch that took them is durable. Not synchronised.
class row_buffer {
public:
  /// Consecutive rows; `first` is the number of the first.
  struct piece {
    std::int64_t first = 0;
    std::shared_ptr<arrow::RecordBatch> rows;
  };

  /// The number that the next appended row gets; only for an empty buffer.
  void begin_at(std::int64_t next) { next_ = next; }
  void append(std::shared_ptr<arrow::RecordBatch> rows);

  std::int64_t next() const noexcept { return next_; }
  std::int64_t rows() const noexcept { return rows_; }
  /// Memory that the held rows pin, bytes.
  std::int64_t bytes() const noexcept { return bytes_; }

  /// The number of the last row that an epoch after row `start` may take; `start` when there is none.
  /// A limit in bytes takes one row at least.
  std::int64_t end_within(std::int64_t start, const read_limit& limit) const;
  /// Rows (start, end]. Errors: source_failed when rows of the range are not held.
  result<std::vector<piece>> read(std::int64_t start, std::int64_t end) const;
  /// Forgets rows up to `committed`.
  void trim(std::int64_t committed);

private:
  struct segment {
    std::int64_t first;
    std::int64_t last;
    std::int64_t bytes;
    std::shared_ptr<arrow::RecordBatch> rows;
  };

  std::deque<segment>::const_iterator find(std::int64_t row) const;

  std::deque<segment> segments_;
  std::int64_t next_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t bytes_ = 0;
};

}  // namespace weir
