#include <weir/sources/files/seen.hpp>

#include <array>
#include <charconv>

#include <boost/json.hpp>

#include <weir/columns/hash.hpp>

namespace weir {
namespace {

std::string hex(std::uint64_t value) {
  auto digits = std::array<char, 16>{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return std::string(static_cast<std::size_t>(digits.data() + digits.size() - end), '0').append(digits.data(), end);
}

std::string log_line(std::int64_t number, const listed_file& file) {
  auto line = boost::json::serialize(boost::json::object{
      {"n", number}, {"file", file.path}, {"mtime", file.modified.time_since_epoch().count()}, {"bytes", file.bytes}});
  return line + " " + hex(hash_bytes(line)) + "\n";
}

bool parse(std::string_view line, std::int64_t& number, listed_file& file) {
  const auto space = line.rfind(' ');
  if (space == std::string_view::npos || line.substr(space + 1) != hex(hash_bytes(line.substr(0, space))))
    return false;
  auto error = boost::system::error_code{};
  const auto value = boost::json::parse({line.data(), space}, error);
  const auto* object = error ? nullptr : value.if_object();
  if (object == nullptr || !object->contains("n") || !object->contains("file") || !object->contains("mtime") ||
      !object->contains("bytes"))
    return false;
  const auto *n = object->at("n").if_int64(), *mtime = object->at("mtime").if_int64(),
             *bytes = object->at("bytes").if_int64();
  const auto* path = object->at("file").if_string();
  if (n == nullptr || mtime == nullptr || bytes == nullptr || path == nullptr)
    return false;
  number = *n;
  file = {std::string{path->data(), path->size()}, timestamp{std::chrono::microseconds{*mtime}}, *bytes};
  return true;
}

}  // namespace

std::string seen_files::identity(const std::string& path) const {
  const auto slash = path.rfind('/');
  return name_only_ && slash != std::string::npos ? path.substr(slash + 1) : path;
}

void seen_files::insert(const listed_file& file) {
  entries_.push_back(file);
  by_name_[identity(file.path)] = file.modified;
  newest_ = std::max(newest_, file.modified);
}

void seen_files::add(const listed_file& file) { insert(file); }

bool seen_files::is_new(const std::string& path, timestamp modified) const {
  return modified >= oldest_allowed_ && !by_name_.contains(identity(path));
}

void seen_files::purge(std::int64_t keep) {
  if (newest_ == timestamp::min())
    return;
  oldest_allowed_ = newest_ - max_age_;
  std::erase_if(by_name_, [this](const auto& entry) { return entry.second < oldest_allowed_; });
  while (first_ < keep && !entries_.empty() && entries_.front().modified < oldest_allowed_) {
    entries_.pop_front();
    ++first_;
  }
}

status seen_files::open(std::shared_ptr<storage> files, const std::string& directory) {
  files_ = std::move(files);
  path_ = directory + "/files.log";
  WEIR_ASSIGN(const auto exists, files_->exists(path_));
  auto content = std::string{};
  if (exists) {
    WEIR_ASSIGN(content, files_->read_all(path_));
  }
  auto at = std::size_t{0};
  while (at < content.size()) {
    const auto end = content.find('\n', at);
    auto number = std::int64_t{0};
    auto file = listed_file{};
    if (end == std::string::npos || !parse(std::string_view{content}.substr(at, end - at), number, file)) {
      if (end != std::string::npos && end + 1 < content.size())
        return {errc::corrupt_checkpoint, path_ + " at byte " + std::to_string(at) + ": the line fails its checksum"};
      break;
    }
    if (entries_.empty())
      first_ = number;
    if (number != next())
      return {errc::corrupt_checkpoint, path_ + " at byte " + std::to_string(at) + ": file " + std::to_string(number) +
                                            " stands where " + std::to_string(next()) + " should"};
    insert(file);
    ++lines_;
    at = end + 1;
  }
  WEIR_ASSIGN(file_, files_->open_write(path_));
  if (at < content.size())
    WEIR_TRY(file_->truncate(at));
  // Also where it exists: who made it may have died before its name was durable.
  WEIR_TRY(files_->sync_directory(directory));
  flushed_ = next();
  return {};
}

status seen_files::flush() {
  if (!file_ || flushed_ == next())
    return {};
  if (lines_ > 1000 + 2 * static_cast<std::int64_t>(entries_.size()))
    return compact();
  auto text = std::string{};
  for (; flushed_ < next(); ++flushed_, ++lines_)
    text += log_line(flushed_, (*this)[flushed_]);
  const auto parts = std::array{std::string_view{text}};
  WEIR_TRY(file_->append(parts));
  return file_->sync();
}

status seen_files::compact() {
  auto text = std::string{};
  for (auto number = first_; number < next(); ++number)
    text += log_line(number, (*this)[number]);
  file_.reset();
  WEIR_TRY(write_file_atomically(*files_, path_, text));
  WEIR_ASSIGN(file_, files_->open_write(path_));
  flushed_ = next();
  lines_ = static_cast<std::int64_t>(entries_.size());
  return {};
}

}  // namespace weir
