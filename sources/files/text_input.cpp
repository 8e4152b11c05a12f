#include <weir/sources/files/text_input.hpp>

#include <algorithm>
#include <cstring>

#include <arrow/api.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>

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

text_input::text_input(std::string path, std::int64_t byte, std::int64_t end_byte)
    : path_{std::move(path)}, position_{byte}, read_{byte}, end_byte_{end_byte} {}
text_input::~text_input() = default;

result<std::unique_ptr<text_input>> text_input::open(const std::string& path, std::int64_t byte,
                                                     std::int64_t end_byte) {
  auto input = open_text(path, byte);
  if (!input.ok())
    return status{errc::io_error, "read file " + path + ": " + input.status().message()};
  auto made = std::unique_ptr<text_input>{new text_input{path, byte, end_byte}};
  made->input_ = std::move(*input);
  return made;
}

status text_input::at(const status& cause) const {
  return {cause.code(), "file " + path_ + " at byte " + std::to_string(position_) + ": " + cause.message()};
}

status text_input::refill() {
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

}  // namespace weir
