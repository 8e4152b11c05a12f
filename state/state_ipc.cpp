#include <weir/state/state_ipc.hpp>

#include <cstring>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>
#include <arrow/record_batch.h>

namespace weir {

namespace {

status corrupt(const arrow::Status& error, const char* what) {
  return {errc::corrupt_checkpoint, std::string{what} + ": " + error.message()};
}

}  // namespace

result<std::string> schema_to_ipc(const arrow::Schema& columns) {
  const auto message = arrow::ipc::SerializeSchema(columns);
  if (!message.ok())
    return from_arrow(message.status(), "write a state schema");
  return (*message)->ToString();
}

result<std::shared_ptr<arrow::Schema>> schema_from_ipc(std::string_view message) {
  arrow::io::BufferReader input{arrow::Buffer::FromString(std::string{message})};
  arrow::ipc::DictionaryMemo memo;
  auto columns = arrow::ipc::ReadSchema(&input, &memo);
  if (!columns.ok())
    return corrupt(columns.status(), "a state schema cannot be read");
  return std::move(columns).ValueUnsafe();
}

result<std::string> rows_to_ipc(const batch& rows) {
  const auto message = arrow::ipc::SerializeRecordBatch(*rows.arrow(), arrow::ipc::IpcWriteOptions::Defaults());
  if (!message.ok())
    return from_arrow(message.status(), "write state rows");
  return (*message)->ToString();
}

result<batch> rows_from_ipc(const std::shared_ptr<arrow::Schema>& columns, std::string_view message) {
  // Arrow's columns want aligned memory, and a message stands anywhere in a segment.
  auto aligned = arrow::AllocateBuffer(static_cast<std::int64_t>(message.size()));
  if (!aligned.ok())
    return from_arrow(aligned.status(), "read state rows");
  std::memcpy((*aligned)->mutable_data(), message.data(), message.size());
  arrow::io::BufferReader input{std::shared_ptr<arrow::Buffer>{std::move(*aligned)}};
  arrow::ipc::DictionaryMemo memo;
  auto rows = arrow::ipc::ReadRecordBatch(columns, &memo, arrow::ipc::IpcReadOptions::Defaults(), &input);
  if (!rows.ok())
    return corrupt(rows.status(), "state rows cannot be read");
  return batch{std::move(rows).ValueUnsafe()};
}

}  // namespace weir
