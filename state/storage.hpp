#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <weir/columns/error.hpp>

namespace weir {

/// A file opened for writing.
class writable_file {
public:
  virtual ~writable_file() = default;
  /// Appends all parts in order at the end; on failure any prefix may have been written.
  virtual status append(std::span<const std::string_view> parts) = 0;
  /// Writes `bytes` at `position`, extending the file where needed.
  virtual status write_at(std::uint64_t position, std::string_view bytes) = 0;
  /// fdatasync: what was written survives a power cut once this returns ok.
  virtual status sync() = 0;
  virtual status truncate(std::uint64_t size) = 0;
  virtual result<std::uint64_t> size() const = 0;
};

/// A file opened for reading.
class readable_file {
public:
  virtual ~readable_file() = default;
  /// Up to `length` bytes from `position`; fewer only at the end of the file.
  virtual result<std::string> read(std::uint64_t position, std::size_t length) const = 0;
  virtual result<std::uint64_t> size() const = 0;
};

struct directory_entry {
  std::string name;
  bool directory = false;
  std::uint64_t size = 0;
};

/// Held while it lives.
class file_lock {
public:
  virtual ~file_lock() = default;
};

/// The files that weir owns (checkpoints, output files) go through this, so a test can break any
/// write and cut the power at any point. Paths are those of the system. Every error names the path.
class storage {
public:
  virtual ~storage() = default;
  virtual result<std::unique_ptr<writable_file>>
  open_write(const std::string& path) = 0;  ///< creates if missing, keeps content
  virtual result<std::unique_ptr<readable_file>> open_read(const std::string& path) = 0;
  virtual result<std::string> read_all(const std::string& path) = 0;
  virtual result<bool> exists(const std::string& path) = 0;
  virtual result<std::vector<directory_entry>> list(const std::string& directory) = 0;  ///< sorted by name
  virtual status create_directories(const std::string& path) = 0;
  virtual status rename(const std::string& from, const std::string& to) = 0;  ///< atomic, replaces
  virtual status remove(const std::string& path) = 0;                         ///< a file; missing is ok
  virtual status sync_directory(const std::string& path) = 0;  ///< makes creations and renames in it durable
  /// Exclusive, also against other processes; writes `owner` into the file. Errors: checkpoint_in_use
  /// with the text that the holder wrote.
  virtual result<std::unique_ptr<file_lock>> lock(const std::string& path, std::string_view owner) = 0;
};

/// The local file system.
std::shared_ptr<storage> make_local_storage();

/// Writes a file so that it is there whole or not at all: temporary name, sync, rename, directory sync.
status write_file_atomically(storage& files, const std::string& path, std::string_view content);

}  // namespace weir
