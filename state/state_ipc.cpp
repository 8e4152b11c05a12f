#include <weir/state/state_ipc.hpp>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>
#include <arrow/record_batch.h>

namespace weir {

namespace {

/// Keeps the text that it views.
class text_buffer : public arrow::Buffer {
public:
  text_buffer(std::shared_ptr<const std::string> text, std::size_t begin)
      : arrow::Buffer{reinterpret_cast<const std::uint8_t*>(text->data()) + begin,
                      static_cast<std::int64_t>(text->size() - begin)},
        text_{std::move(text)} {}

private:
  std::shared_ptr<const std::string> text_;
};

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

result<batch> rows_from_ipc(const std::shared_ptr<arrow::Schema>& columns, std::shared_ptr<const std::string> message,
                            std::size_t begin) {
  arrow::io::BufferReader input{std::make_shared<text_buffer>(std::move(message), begin)};
  arrow::ipc::DictionaryMemo memo;
  auto rows = arrow::ipc::ReadRecordBatch(columns, &memo, arrow::ipc::IpcReadOptions::Defaults(), &input);
  if (!rows.ok())
    return corrupt(rows.status(), "state rows cannot be read");
  return batch{std::move(rows).ValueUnsafe()};
}

}  // namespace weir
