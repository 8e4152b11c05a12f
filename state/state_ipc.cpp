#include <weir/state/state_ipc.hpp>

#include <cstring>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>
#include <arrow/record_batch.h>

namespace weir {

namespace {

status corrupt(const arrow::Status& error, const char* what) {
  return {errc::corrupt_checkpoint, std::string{what} + ": " + error.message()};
}

/// Writes to the end of a string, whose memory is used again and again.
class text_output final : public arrow::io::OutputStream {
public:
  explicit text_output(std::string& out) : out_{out} {}
  using OutputStream::Write;
  arrow::Status Write(const void* data, std::int64_t bytes) override {
    out_.append(static_cast<const char*>(data), static_cast<std::size_t>(bytes));
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> Tell() const override { return static_cast<std::int64_t>(out_.size()); }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

private:
  std::string& out_;
  bool closed_ = false;
};

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

status rows_to_ipc(const batch& rows, std::string& message) {
  message.clear();
  text_output out{message};
  if (const auto written =
          arrow::ipc::SerializeRecordBatch(*rows.arrow(), arrow::ipc::IpcWriteOptions::Defaults(), &out);
      !written.ok())
    return from_arrow(written, "write state rows");
  return {};
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
