#include <weir/sources/buffered/spool.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>

#include <weir/columns/hash.hpp>

namespace weir {
namespace {

constexpr std::uint32_t magic = 0x4c505357;  // "WSPL"
constexpr std::uint32_t schema_frame = 1;
constexpr std::uint32_t rows_frame = 2;
constexpr std::int64_t file_bytes = std::int64_t{16} << 20;

struct frame_header {
  std::uint32_t mark = magic;
  std::uint32_t kind = 0;
  std::uint64_t bytes = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::uint64_t checksum = 0;
};
static_assert(sizeof(frame_header) == 40);

std::uint64_t checksum(frame_header header, std::string_view payload) {
  header.checksum = hash_bytes(payload);
  return hash_bytes({reinterpret_cast<const char*>(&header), sizeof(header)});
}

std::string file_name(std::int64_t first) {
  auto digits = std::to_string(first);
  return "rows-" + std::string(20 - digits.size(), '0') + digits + ".spool";
}

std::optional<std::int64_t> first_of(std::string_view name) {
  if (name.size() != 31 || !name.starts_with("rows-") || !name.ends_with(".spool"))
    return {};
  auto first = std::int64_t{0};
  const auto digits = name.substr(5, 20);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), first);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return {};
  return first;
}

/// The frame at the front of `bytes`, or nothing.
std::optional<frame_header> frame_at(std::string_view bytes) {
  auto header = frame_header{};
  if (bytes.size() < sizeof(header))
    return {};
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.mark != magic || header.bytes > bytes.size() - sizeof(header))
    return {};
  if (header.checksum != checksum(header, bytes.substr(sizeof(header), header.bytes)))
    return {};
  return header;
}

bool any_frame_in(std::string_view bytes) {
  auto mark = std::array<char, sizeof(magic)>{};
  std::memcpy(mark.data(), &magic, sizeof(magic));
  const auto wanted = std::string_view{mark.data(), mark.size()};
  for (auto at = bytes.find(wanted); at != std::string_view::npos; at = bytes.find(wanted, at + 1)) {
    if (frame_at(bytes.substr(at)))
      return true;
  }
  return false;
}

status damaged(const std::string& path, std::size_t byte, const std::string& what) {
  return {errc::corrupt_checkpoint, "spool " + path + " at byte " + std::to_string(byte) + ": " + what};
}

/// Arrow reads its buffers in place, so they need memory of Arrow's alignment.
arrow::Result<std::shared_ptr<arrow::Buffer>> aligned(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(static_cast<std::int64_t>(bytes.size())));
  std::memcpy(buffer->mutable_data(), bytes.data(), bytes.size());
  return std::shared_ptr<arrow::Buffer>{std::move(buffer)};
}

arrow::Result<std::shared_ptr<arrow::Schema>> read_schema(std::string_view message) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, aligned(message));
  auto stream = arrow::io::BufferReader{buffer};
  auto memo = arrow::ipc::DictionaryMemo{};
  return arrow::ipc::ReadSchema(&stream, &memo);
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> read_rows(std::string_view schema_message,
                                                             std::string_view message) {
  ARROW_ASSIGN_OR_RAISE(auto columns, read_schema(schema_message));
  ARROW_ASSIGN_OR_RAISE(auto buffer, aligned(message));
  auto stream = arrow::io::BufferReader{buffer};
  auto memo = arrow::ipc::DictionaryMemo{};
  ARROW_ASSIGN_OR_RAISE(auto rows,
                        arrow::ipc::ReadRecordBatch(columns, &memo, arrow::ipc::IpcReadOptions::Defaults(), &stream));
  ARROW_RETURN_NOT_OK(rows->ValidateFull());
  return rows;
}

}  // namespace

spool::spool(std::shared_ptr<storage> files, std::string directory, std::string schema_message)
    : files_{std::move(files)}, directory_{std::move(directory)}, schema_message_{std::move(schema_message)} {}

result<std::unique_ptr<spool>> spool::open(std::shared_ptr<storage> files, std::string directory, const schema& columns,
                                           std::int64_t last_row, std::vector<row_buffer::piece>& rows) {
  const auto message = arrow::ipc::SerializeSchema(*columns.to_arrow());
  if (!message.ok())
    return from_arrow(message.status(), "writing the spool's schema");
  auto made = std::unique_ptr<spool>{new spool{std::move(files), std::move(directory), (*message)->ToString()}};
  WEIR_ASSIGN(const auto entries, made->files_->list(made->directory_));
  auto found = std::vector<std::int64_t>{};
  for (const auto& entry : entries) {
    if (const auto first = first_of(entry.name))
      found.push_back(*first);
  }
  std::ranges::sort(found);
  auto next = last_row + 1;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto path = made->directory_ + "/" + file_name(found[i]);
    if (i + 1 < found.size() && found[i + 1] <= last_row + 1) {
      WEIR_TRY(made->files_->remove(path));
      continue;
    }
    if (found[i] > next) {
      return status{errc::checkpoint_mismatch,
                    "spool " + path + " begins at row " + std::to_string(found[i]) + " but the rows before end at " +
                        std::to_string(next - 1) +
                        ": the checkpoint is older than its spool, or a spool file is missing"};
    }
    WEIR_TRY(made->recover_file(path, i + 1 == found.size(), last_row, next, rows));
    made->firsts_.push_back(found[i]);
  }
  made->next_ = next;
  return made;
}

status spool::check_schema(const std::string& path, std::string_view message) const {
  if (message == schema_message_)
    return {};
  const auto then = read_schema(message);
  const auto now = read_schema(schema_message_);
  if (!then.ok())
    return from_arrow(then.status(), "reading the schema of spool " + path);
  if (now.ok() && (*then)->Equals(**now))
    return {};
  return {errc::checkpoint_mismatch, "spool " + path + " holds rows of " + (*then)->ToString() +
                                         ", the source now gives " +
                                         (now.ok() ? (*now)->ToString() : std::string{"others"})};
}

status spool::recover_file(const std::string& path, bool last_file, std::int64_t last_row, std::int64_t& next,
                           std::vector<row_buffer::piece>& rows) {
  WEIR_ASSIGN(const auto content, files_->read_all(path));
  const auto bytes = std::string_view{content};
  auto at = std::size_t{0};
  while (at < bytes.size()) {
    const auto header = frame_at(bytes.substr(at));
    if (!header) {
      if (!last_file || any_frame_in(bytes.substr(at + 1)))
        return damaged(path, at, "the frame fails its checksum and others follow it");
      WEIR_ASSIGN(auto file, files_->open_write(path));
      return file->truncate(at);
    }
    const auto payload = bytes.substr(at + sizeof(frame_header), header->bytes);
    if ((at == 0) != (header->kind == schema_frame))
      return damaged(path, at, "a frame of kind " + std::to_string(header->kind) + " is out of place");
    if (header->kind == schema_frame) {
      WEIR_TRY(check_schema(path, payload));
    } else if (const auto end = header->first + header->count; end > last_row + 1) {
      if (header->first > next || end <= next)
        return damaged(path, at,
                       "rows " + std::to_string(header->first) + " to " + std::to_string(end - 1) +
                           " do not follow row " + std::to_string(next - 1));
      const auto batch = read_rows(schema_message_, payload);
      if (!batch.ok())
        return from_arrow(batch.status(), "reading spool " + path).at_offset(std::to_string(header->first));
      if ((*batch)->num_rows() != header->count)
        return damaged(path, at, "the frame's number of rows is wrong");
      rows.push_back({next, (*batch)->Slice(next - header->first)});
      next = end;
    }
    at += sizeof(frame_header) + header->bytes;
  }
  return {};
}

status spool::begin_file(std::int64_t first) {
  file_.reset();
  path_ = directory_ + "/" + file_name(first);
  WEIR_ASSIGN(file_, files_->open_write(path_));
  // A file of this name can only hold nothing that counts: a torn tail that was cut.
  WEIR_TRY(file_->truncate(0));
  written_ = 0;
  if (firsts_.empty() || firsts_.back() != first)
    firsts_.push_back(first);
  return write(schema_frame, first, 0, schema_message_);
}

status spool::write(std::uint32_t kind, std::int64_t first, std::int64_t count, std::string_view payload) {
  auto header = frame_header{.kind = kind, .bytes = payload.size(), .first = first, .count = count};
  header.checksum = checksum(header, payload);
  const auto parts = std::array{std::string_view{reinterpret_cast<const char*>(&header), sizeof(header)}, payload};
  WEIR_TRY(file_->append(parts));
  written_ += static_cast<std::int64_t>(sizeof(header) + payload.size());
  return {};
}

status spool::append(std::int64_t first, const arrow::RecordBatch& rows) {
  const auto message = arrow::ipc::SerializeRecordBatch(rows, arrow::ipc::IpcWriteOptions::Defaults());
  if (!message.ok())
    return from_arrow(message.status(), "writing spool " + path_);
  if (!file_ || written_ >= file_bytes)
    WEIR_TRY(begin_file(first));
  WEIR_TRY(write(rows_frame, first, rows.num_rows(), static_cast<std::string_view>(**message)));
  next_ = first + rows.num_rows();
  return {};
}

status spool::trim(std::int64_t committed) {
  while (firsts_.size() > 1 && firsts_[1] <= committed + 1) {
    WEIR_TRY(files_->remove(directory_ + "/" + file_name(firsts_.front())));
    firsts_.pop_front();
  }
  // The last file may go once all its rows may; a small one is kept, creating files costs more.
  if (file_ && next_ <= committed + 1 && written_ >= file_bytes / 16) {
    file_.reset();
    WEIR_TRY(files_->remove(path_));
    firsts_.clear();
  }
  return {};
}

}  // namespace weir
