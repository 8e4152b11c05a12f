#include <weir/sources/files/parquet_format.hpp>

#include <algorithm>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <weir/columns/arrow_import.hpp>

namespace weir {
namespace {

constexpr std::int64_t batch_rows = 8192;

status at_file(const std::string& path, const arrow::Status& error) {
  return {errc::io_error, "read file " + path + ": " + error.message()};
}

arrow::Result<std::unique_ptr<parquet::arrow::FileReader>> open_parquet(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  auto properties = parquet::ArrowReaderProperties{};
  properties.set_batch_size(batch_rows);
  // Ahead of the reader only what the credit of an epoch asks for.
  properties.set_pre_buffer(false);
  auto builder = parquet::arrow::FileReaderBuilder{};
  ARROW_RETURN_NOT_OK(builder.Open(std::move(file)));
  return builder.properties(properties)->Build();
}

void add_leaves(const parquet::arrow::SchemaField& of, std::vector<int>& leaves) {
  if (of.is_leaf())
    leaves.push_back(of.column_index);
  for (const auto& child : of.children)
    add_leaves(child, leaves);
}

class parquet_reader final : public file_reader {
public:
  parquet_reader(std::unique_ptr<parquet::arrow::FileReader> file, std::string path, schema wanted, std::int64_t begin,
                 std::int64_t end)
      : file_{std::move(file)}, path_{std::move(path)}, wanted_{std::move(wanted)}, group_{begin},
        end_{std::min<std::int64_t>(end, file_->num_row_groups())} {
    for (const auto& one : file_->manifest().schema_fields)
      if (wanted_.index_of(one.field->name()) >= 0)
        add_leaves(one, leaves_);
    pass_empty();
  }

  std::int64_t position() const override { return group_; }
  bool at_end() const override { return group_ >= end_; }
  std::int64_t bytes_read() const override { return bytes_; }

  result<std::int64_t> pass_over() override {
    const auto rows = rows_of(group_);
    next_group();
    return rows;
  }

  result<file_rows> next(std::int64_t max_rows) override {
    if (at_end())
      return file_rows{};
    auto part = read(max_rows);
    if (!part.ok())
      return at_file(path_, part.status());
    given_ += (*part)->num_rows();
    WEIR_ASSIGN(auto rows, converted(*part));
    const auto group = group_;
    if (given_ >= rows_of(group_))
      next_group();
    return file_rows{std::move(rows), [group](std::int64_t) { return group; }};
  }

private:
  std::int64_t rows_of(std::int64_t group) const {
    return file_->parquet_reader()->metadata()->RowGroup(static_cast<int>(group))->num_rows();
  }
  void next_group() {
    bytes_ += file_->parquet_reader()->metadata()->RowGroup(static_cast<int>(group_))->total_byte_size();
    rows_.reset();
    given_ = 0;
    ++group_;
    pass_empty();
  }
  void pass_empty() {
    while (!at_end() && rows_of(group_) == 0)
      ++group_;
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> read(std::int64_t max_rows) {
    const auto left = std::min(rows_of(group_) - given_, std::min(batch_rows, max_rows));
    if (leaves_.empty())
      return arrow::RecordBatch::Make(arrow::schema(arrow::FieldVector{}), left, arrow::ArrayVector{});
    if (!rows_) {
      ARROW_ASSIGN_OR_RAISE(rows_, file_->GetRecordBatchReader({static_cast<int>(group_)}, leaves_));
    }
    ARROW_ASSIGN_OR_RAISE(auto part, rows_->Next());
    if (!part || part->num_rows() == 0)
      return arrow::Status::Invalid("row group ", group_, " has fewer rows than its metadata says");
    return part;
  }

  /// As the wanted columns that the file has.
  result<std::shared_ptr<arrow::RecordBatch>> converted(const std::shared_ptr<arrow::RecordBatch>& part) const {
    auto fields = wanted_.fields();
    std::erase_if(fields, [&](const field& one) { return part->schema()->GetFieldIndex(one.name) < 0; });
    if (fields.empty())
      return part;
    auto rows = import_rows(part, schema{std::move(fields)});
    if (!rows.ok())
      return status{rows.error().code(), "file " + path_ + ": " + rows.error().message()};
    return rows;
  }

  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::string path_;
  schema wanted_;
  std::vector<int> leaves_;
  std::unique_ptr<arrow::RecordBatchReader> rows_;  ///< of row group group_
  std::int64_t group_;
  std::int64_t end_;
  std::int64_t given_ = 0;  ///< rows of row group group_
  std::int64_t bytes_ = 0;
};

}  // namespace

open_table parquet_tables() {
  return [](const std::string& path, std::int64_t begin, std::int64_t end, const schema& /*in_file*/,
            const schema& wanted) -> result<std::unique_ptr<file_reader>> {
    auto file = open_parquet(path);
    if (!file.ok())
      return at_file(path, file.status());
    if (begin > (*file)->num_row_groups())
      return status{errc::io_error, "read file " + path + ": it has " + std::to_string((*file)->num_row_groups()) +
                                        " row groups, fewer than the " + std::to_string(begin) +
                                        " that were read before"};
    return std::unique_ptr<file_reader>{
        std::make_unique<parquet_reader>(std::move(file).ValueUnsafe(), path, wanted, begin, end)};
  };
}

result<schema> infer_parquet_files(const std::vector<std::string>& files) {
  const auto& path = files.front();
  const auto file = open_parquet(path);
  if (!file.ok())
    return at_file(path, file.status());
  auto found = std::shared_ptr<arrow::Schema>{};
  if (const auto read = (*file)->GetSchema(&found); !read.ok())
    return at_file(path, read);
  auto columns = import_schema(*found);
  if (!columns.ok())
    return status{columns.error().code(), "file " + path + ": " + columns.error().message()};
  return columns;
}

}  // namespace weir
