#include <weir/sinks/files/parquet_encoder.hpp>

#include <optional>

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>
#include <arrow/util/compression.h>
#include <parquet/arrow/writer.h>

namespace weir {
namespace {

std::optional<arrow::Compression::type> compression_of(const std::string& name) {
  if (name == "snappy")
    return arrow::Compression::SNAPPY;
  if (name == "zstd")
    return arrow::Compression::ZSTD;
  if (name == "gzip")
    return arrow::Compression::GZIP;
  if (name == "lz4")
    return arrow::Compression::LZ4;
  if (name == "none")
    return arrow::Compression::UNCOMPRESSED;
  return std::nullopt;
}

arrow::Result<std::string> encode(const schema& columns, std::span<const batch> rows, const parquet_style& style) {
  arrow::RecordBatchVector batches;
  const auto type = columns.to_arrow();
  for (const auto& one : rows)
    if (one.num_rows() > 0)
      batches.push_back(arrow::RecordBatch::Make(type, one.num_rows(), one.arrow()->columns()));
  ARROW_ASSIGN_OR_RAISE(const auto table, arrow::Table::FromRecordBatches(type, batches));
  ARROW_ASSIGN_OR_RAISE(const auto out, arrow::io::BufferOutputStream::Create());
  const auto properties = parquet::WriterProperties::Builder().compression(*compression_of(style.compression))->build();
  const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  ARROW_RETURN_NOT_OK(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, style.row_group_rows,
                                                 properties, arrow_properties));
  ARROW_ASSIGN_OR_RAISE(const auto bytes, out->Finish());
  return bytes->ToString();
}

arrow::Result<std::string> messages(const schema& columns, std::span<const batch> rows, bool begins) {
  const auto type = columns.to_arrow();
  std::string out;
  if (begins) {
    ARROW_ASSIGN_OR_RAISE(const auto first, arrow::ipc::SerializeSchema(*type));
    out += std::string_view{*first};
  }
  for (const auto& one : rows) {
    ARROW_ASSIGN_OR_RAISE(const auto message,
                          arrow::ipc::SerializeRecordBatch(*one.arrow(), arrow::ipc::IpcWriteOptions::Defaults()));
    out += std::string_view{*message};
  }
  return out;
}

arrow::Result<std::vector<batch>> rows_of(std::string bytes) {
  const auto input = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(bytes)));
  ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchStreamReader::Open(input));
  std::vector<batch> out;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(auto rows, reader->Next());
    if (!rows)
      return out;
    // A length or an offset that the bytes make up must not be followed.
    ARROW_RETURN_NOT_OK(rows->ValidateFull());
    out.emplace_back(std::move(rows));
  }
}

}  // namespace

status check_parquet_style(const parquet_style& style) {
  if (!compression_of(style.compression))
    return {errc::invalid_argument,
            "parquet: compression is '" + style.compression + "', must be snappy, zstd, gzip, lz4 or none"};
  if (style.row_group_rows <= 0)
    return {errc::invalid_argument,
            "parquet: row_group_rows is " + std::to_string(style.row_group_rows) + ", must be positive"};
  return {};
}

result<std::string> to_parquet(const schema& columns, std::span<const batch> rows, const parquet_style& style) {
  auto bytes = encode(columns, rows, style);
  if (!bytes.ok())
    return from_arrow(bytes.status(), "write Parquet");
  return std::move(bytes).ValueUnsafe();
}

result<std::string> to_ipc_messages(const schema& columns, std::span<const batch> rows, bool begins) {
  auto bytes = messages(columns, rows, begins);
  if (!bytes.ok())
    return from_arrow(bytes.status(), "write Arrow IPC");
  return std::move(bytes).ValueUnsafe();
}

result<std::vector<batch>> from_ipc_messages(std::string bytes) {
  auto rows = rows_of(std::move(bytes));
  if (!rows.ok())
    return status{errc::io_error, "read Arrow IPC: " + rows.status().message()};
  return std::move(rows).ValueUnsafe();
}

}  // namespace weir
