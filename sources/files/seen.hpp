#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <weir/sources/files/listing.hpp>
#include <weir/state/storage.hpp>

namespace weir {

/// Which files were taken, in order: entry n is the n-th file that was read. With a directory it is kept in
/// `files.log`, a line of JSON and a checksum for each, compacted as old entries are purged (F03, F07).
class seen_files {
public:
  explicit seen_files(std::chrono::microseconds max_age, bool name_only = false)
      : max_age_{max_age}, name_only_{name_only} {}

  /// Reads the log of `directory`; a torn last line is dropped. Errors: corrupt_checkpoint, I/O.
  status open(std::shared_ptr<storage> files, const std::string& directory);

  /// Gives the file the next number; flush() makes it durable.
  void add(const listed_file& file);
  /// Writes and syncs the entries added since the last call.
  status flush();
  /// Forgets the ages of files older than the newest seen less the largest age, and their entries below
  /// `keep`; a gap of exactly the largest age is kept.
  void purge(std::int64_t keep);
  /// Neither seen nor older than the last purge allows (F02).
  bool is_new(const std::string& path, timestamp modified) const;

  /// The number of the next file.
  std::int64_t next() const noexcept { return first_ + static_cast<std::int64_t>(entries_.size()); }
  /// The number of the oldest entry that is kept.
  std::int64_t first() const noexcept { return first_; }
  std::size_t size() const noexcept { return by_name_.size(); }
  const listed_file& operator[](std::int64_t number) const {
    return entries_[static_cast<std::size_t>(number - first_)];
  }

private:
  std::string identity(const std::string& path) const;
  void insert(const listed_file& file);
  status compact();

  std::chrono::microseconds max_age_;
  bool name_only_;
  std::shared_ptr<storage> files_;
  std::string path_;
  std::unique_ptr<writable_file> file_;
  std::deque<listed_file> entries_;
  std::unordered_map<std::string, timestamp> by_name_;
  std::int64_t first_ = 0;
  std::int64_t flushed_ = 0;  ///< entries below are in the log
  std::int64_t lines_ = 0;    ///< in the log
  timestamp newest_ = timestamp::min();
  timestamp oldest_allowed_ = timestamp::min();
};

}  // namespace weir
