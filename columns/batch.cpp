#include <weir/columns/batch.hpp>

#include <algorithm>

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/status.h>
#include <arrow/type.h>

namespace weir {

namespace {

std::int64_t bitmap_bytes(std::int64_t rows) { return (rows + 7) / 8; }

/// The bytes of rows [offset, offset + length) of a column; follows the offsets of a slice.
std::int64_t bytes_of(const arrow::ArrayData& data, std::int64_t offset, std::int64_t length) {
  std::int64_t bytes = 0;
  if (!data.buffers.empty() && data.buffers[0] != nullptr)
    bytes += bitmap_bytes(length);
  switch (data.type->id()) {
  case arrow::Type::NA: return 0;
  case arrow::Type::STRING:
  case arrow::Type::BINARY:
  case arrow::Type::LIST:
  case arrow::Type::MAP: {
    bytes += (length + 1) * 4;
    // An empty column may come without an offsets buffer.
    if (length == 0 || data.buffers.size() < 2 || data.buffers[1] == nullptr)
      return bytes;
    const auto* offsets = reinterpret_cast<const std::int32_t*>(data.buffers[1]->data()) + offset;
    if (data.type->id() != arrow::Type::LIST && data.type->id() != arrow::Type::MAP)
      return bytes + (offsets[length] - offsets[0]);
    const auto& elements = *data.child_data[0];
    return bytes + bytes_of(elements, elements.offset + offsets[0], offsets[length] - offsets[0]);
  }
  case arrow::Type::STRUCT:
    for (const auto& child : data.child_data)
      bytes += bytes_of(*child, child->offset + offset, length);
    return bytes;
  default: break;
  }
  if (arrow::is_fixed_width(data.type->id()))
    return bytes + (length * static_cast<const arrow::FixedWidthType&>(*data.type).bit_width() + 7) / 8;
  for (std::size_t i = 1; i < data.buffers.size(); ++i)
    bytes += data.buffers[i] != nullptr ? data.buffers[i]->size() : 0;
  return bytes;
}

std::int64_t bytes_of(const arrow::RecordBatch& rows) {
  std::int64_t bytes = 0;
  for (const auto& column : rows.column_data())
    bytes += bytes_of(*column, column->offset, column->length);
  return bytes;
}

status ipc_error(const arrow::Status& error) {
  if (error.IsOutOfMemory())
    return from_arrow(error, "read Arrow IPC");
  return {errc::io_error, "read Arrow IPC: " + error.message()};
}

}  // namespace

batch::batch(std::shared_ptr<arrow::RecordBatch> rows, std::shared_ptr<const batch_origin> origin)
    : rows_{std::move(rows)}, origin_{std::move(origin)} {
  if (rows_ != nullptr) {
    num_rows_ = rows_->num_rows();
    num_bytes_ = bytes_of(*rows_);
  }
}

batch batch::slice(std::int64_t offset, std::int64_t length) const {
  offset = std::clamp<std::int64_t>(offset, 0, num_rows_);
  length = std::clamp<std::int64_t>(length, 0, num_rows_ - offset);
  if (rows_ == nullptr || (offset == 0 && length == num_rows_))
    return *this;
  if (origin_ == nullptr)
    return batch{rows_->Slice(offset, length)};
  auto origin = std::make_shared<batch_origin>(*origin_);
  if (origin->rows != nullptr)
    origin->rows = origin->rows->Slice(offset, length);
  if (origin->offset_of)
    origin->offset_of = [offset, of = origin_](std::int64_t row) { return of->offset_of(offset + row); };
  return batch{rows_->Slice(offset, length), std::move(origin)};
}

status from_arrow(const arrow::Status& error, std::string_view what) {
  if (error.ok())
    return {};
  auto code = errc::internal;
  switch (error.code()) {
  case arrow::StatusCode::OutOfMemory: code = errc::out_of_memory; break;
  case arrow::StatusCode::IOError: code = errc::io_error; break;
  case arrow::StatusCode::TypeError: code = errc::type_mismatch; break;
  case arrow::StatusCode::NotImplemented: code = errc::unsupported; break;
  case arrow::StatusCode::Invalid:
  case arrow::StatusCode::KeyError:
  case arrow::StatusCode::IndexError:
  case arrow::StatusCode::CapacityError:
  case arrow::StatusCode::SerializationError: code = errc::invalid_argument; break;
  case arrow::StatusCode::Cancelled: code = errc::stopped; break;
  default: break;
  }
  return {code, std::string{what} + ": " + error.message()};
}

result<std::string> to_ipc(const schema& columns, const std::vector<batch>& rows) {
  auto out = arrow::io::BufferOutputStream::Create();
  if (!out.ok())
    return from_arrow(out.status(), "write Arrow IPC");
  const auto type = columns.to_arrow();
  auto writer = arrow::ipc::MakeStreamWriter(*out, type);
  if (!writer.ok())
    return from_arrow(writer.status(), "write Arrow IPC");
  for (const auto& b : rows) {
    if (b.arrow() == nullptr)
      continue;
    if (!b.arrow()->schema()->Equals(*type, false))
      return status{errc::type_mismatch, "write Arrow IPC: expected rows of (" + columns.to_string() + "), got (" +
                                             b.arrow()->schema()->ToString() + ")"};
    if (auto written = (*writer)->WriteRecordBatch(*b.arrow()); !written.ok())
      return from_arrow(written, "write Arrow IPC");
  }
  if (auto closed = (*writer)->Close(); !closed.ok())
    return from_arrow(closed, "write Arrow IPC");
  auto buffer = (*out)->Finish();
  if (!buffer.ok())
    return from_arrow(buffer.status(), "write Arrow IPC");
  return (*buffer)->ToString();
}

result<std::vector<batch>> from_ipc(std::string_view bytes) {
  // The batches keep the buffer alive and view it, so the bytes are copied once here.
  auto input = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::string{bytes}));
  auto reader = arrow::ipc::RecordBatchStreamReader::Open(input);
  if (!reader.ok())
    return ipc_error(reader.status());
  std::vector<batch> out;
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> rows;
    if (auto read = (*reader)->ReadNext(&rows); !read.ok())
      return ipc_error(read);
    if (rows == nullptr)
      break;
    // A length or an offset that the bytes make up must not be followed.
    if (auto valid = rows->ValidateFull(); !valid.ok())
      return ipc_error(valid);
    out.emplace_back(std::move(rows));
  }
  // The reader takes a stream cut at a message border for a whole one; only the end marker tells.
  static constexpr std::string_view end_marker{"\xff\xff\xff\xff\0\0\0\0", 8};
  if (!bytes.ends_with(end_marker))
    return status{errc::io_error, "read Arrow IPC: the stream has no end marker, so it is cut short"};
  return out;
}

}  // namespace weir
