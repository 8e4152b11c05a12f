#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <weir/columns/error.hpp>
#include <weir/columns/schema.hpp>

namespace arrow {
class RecordBatch;
class Status;
}  // namespace arrow

namespace weir {

/// Where a batch's rows were read, kept while every step so far was one to one: row i of the batch
/// was made of row i of `rows`. For error messages and dead letters.
struct batch_origin {
  std::string source;                                  ///< the source's name
  std::shared_ptr<arrow::RecordBatch> rows;            ///< the rows as the source gave them
  std::function<std::string(std::int64_t)> offset_of;  ///< row index -> offset, JSON text
};

/// Where rows come from, for watermarks: the source, or the last operator that mixes its inputs, and the part of it
/// that has a time order of its own (a partition of Kafka's). All rows of a batch have one.
struct input_tag {
  std::int32_t node = -1;  ///< its index in the query's graph; -1: not known
  std::int32_t partition = 0;
  auto operator<=>(const input_tag&) const = default;
};

/// Rows of one schema: an Arrow record batch and what travels with it. Cheap to copy; immutable.
class batch {
public:
  batch() = default;
  explicit batch(std::shared_ptr<arrow::RecordBatch> rows, std::shared_ptr<const batch_origin> origin = {});

  std::int64_t num_rows() const noexcept { return num_rows_; }
  /// Bytes of the column buffers that the rows take (an estimate for credit, not an exact size).
  std::int64_t num_bytes() const noexcept { return num_bytes_; }
  const std::shared_ptr<arrow::RecordBatch>& arrow() const noexcept { return rows_; }
  const std::shared_ptr<const batch_origin>& origin() const noexcept { return origin_; }
  const input_tag& tag() const noexcept { return tag_; }
  /// The same rows, from there.
  batch with_tag(input_tag tag) const {
    auto tagged = *this;
    tagged.tag_ = tag;
    return tagged;
  }
  /// Rows [offset, offset + length), without copying.
  batch slice(std::int64_t offset, std::int64_t length) const;

private:
  std::shared_ptr<arrow::RecordBatch> rows_;
  std::shared_ptr<const batch_origin> origin_;
  std::int64_t num_rows_ = 0;
  std::int64_t num_bytes_ = 0;
  input_tag tag_;
};

/// Where a source or an operator puts the batches it makes.
class collector {
public:
  virtual ~collector() = default;
  /// Takes rows for output `port` (0 is the main output; others are side outputs). Never blocks in
  /// an operator; a source with a thread of its own may wait here for credit.
  virtual void emit(batch rows, int port = 0) = 0;
  /// True when the receiver has no credit left: stop at the next convenient row.
  virtual bool full() const = 0;
};

/// An Arrow status as weir's: out of memory, I/O and invalid data keep their meaning.
status from_arrow(const arrow::Status& error, std::string_view what);

/// Rows as one Arrow IPC stream (schema and batches), and back. Errors: corrupt data is io_error.
result<std::string> to_ipc(const schema& columns, const std::vector<batch>& rows);
result<std::vector<batch>> from_ipc(std::string_view bytes);

}  // namespace weir
