#include <weir/sources/files/reader.hpp>

#include <algorithm>
#include <cstring>

#include <arrow/api.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>

#include <weir/columns/batch.hpp>

namespace weir {
namespace {

constexpr std::size_t block = std::size_t{1} << 20;

arrow::Result<std::shared_ptr<arrow::io::InputStream>> open_text(const std::string& path, std::int64_t byte) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  const auto kind = path.ends_with(".gz")    ? arrow::Compression::GZIP
                    : path.ends_with(".zst") ? arrow::Compression::ZSTD
                                             : arrow::Compression::UNCOMPRESSED;
  if (kind == arrow::Compression::UNCOMPRESSED) {
    ARROW_ASSIGN_OR_RAISE(const auto size, file->GetSize());
    if (byte > size)
      return arrow::Status::Invalid("the file has ", size, " bytes, fewer than the ", byte, " that were read before");
    ARROW_RETURN_NOT_OK(file->Seek(byte));
    return file;
  }
  ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(kind));
  ARROW_ASSIGN_OR_RAISE(auto text, arrow::io::CompressedInputStream::Make(codec.get(), std::move(file)));
  auto skipped = std::string{};
  skipped.resize(block);
  for (auto left = byte; left > 0;) {
    ARROW_ASSIGN_OR_RAISE(const auto count,
                          text->Read(std::min(left, static_cast<std::int64_t>(skipped.size())), skipped.data()));
    if (count == 0)
      return arrow::Status::Invalid("the text is shorter than the ", byte, " bytes that were read before");
    left -= count;
  }
  return text;
}

}  // namespace

file_reader::file_reader(std::string path, std::int64_t end_byte, line_cutter::options lines)
    : path_{std::move(path)}, lines_{lines}, end_byte_{end_byte} {}
file_reader::~file_reader() = default;

result<std::unique_ptr<file_reader>> file_reader::open(const std::string& path, std::int64_t byte,
                                                       std::int64_t end_byte, line_cutter::options lines) {
  auto input = open_text(path, byte);
  if (!input.ok())
    return status{errc::io_error, "read file " + path + ": " + input.status().message()};
  auto reader = std::unique_ptr<file_reader>{new file_reader{path, end_byte, lines}};
  reader->input_ = std::move(*input);
  reader->position_ = reader->read_ = byte;
  return reader;
}

status file_reader::at(const status& cause) const {
  return {cause.code(), "file " + path_ + " at byte " + std::to_string(position_) + ": " + cause.message()};
}

status file_reader::refill() {
  if (begin_ > 0) {
    std::memmove(text_.data(), text_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (text_.size() < end_ + block)
    text_.resize(end_ + block);
  const auto wanted = std::min(static_cast<std::int64_t>(block), end_byte_ - read_);
  const auto count = wanted == 0 ? arrow::Result<std::int64_t>{0} : input_->Read(wanted, text_.data() + end_);
  if (!count.ok())
    return at({errc::io_error, count.status().message()});
  ended_ = *count == 0;
  read_ += *count;
  end_ += static_cast<std::size_t>(*count);
  return {};
}

result<std::shared_ptr<arrow::RecordBatch>> file_reader::next(std::int64_t max_rows) {
  while (!at_end() && !lines_.full() && lines_.rows() < max_rows) {
    const auto text = std::string_view{text_}.substr(begin_, end_ - begin_);
    auto taken = std::size_t{0};
    if (scanned_ < text.size()) {
      const auto cut = lines_.cut(text, max_rows, scanned_);
      if (!cut.ok() && lines_.rows() == 0)
        return at(cut.error());
      if (!cut.ok())
        break;  // the rows before it first; the next call meets it again
      taken = *cut;
    }
    begin_ += taken;
    position_ += static_cast<std::int64_t>(taken);
    scanned_ = 0;
    if (lines_.rows() >= max_rows || lines_.full())
      break;
    const auto rest = end_ - begin_;
    if (taken > 0 && std::memchr(text_.data() + begin_, '\n', rest) != nullptr)
      break;  // the next line does not fit into this batch
    if (!ended_) {
      WEIR_TRY(refill());
      scanned_ = rest;
      continue;
    }
    if (rest > 0) {
      if (lines_.rows() > 0)
        break;
      if (auto added = lines_.add_line({text_.data() + begin_, rest}); !added.ok())
        return at(added);
      begin_ = end_;
      position_ += static_cast<std::int64_t>(rest);
    }
  }
  // Known at once whether the file ends here, so that its end is one position and not two.
  if (begin_ == end_ && !ended_)
    WEIR_TRY(refill());
  if (lines_.rows() == 0)
    return std::shared_ptr<arrow::RecordBatch>{};
  auto rows = lines_.finish();
  if (!rows.ok())
    return at(rows.error());
  return rows;
}

}  // namespace weir
