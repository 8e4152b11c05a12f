#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <weir/state/storage.hpp>

namespace weir_test {

/// Files in memory with a page cache that a power cut loses: what was written but not synced, and names that
/// were not made durable by a directory sync. Fails where it is told to. Thread-safe.
class fault_storage : public weir::storage, public std::enable_shared_from_this<fault_storage> {
public:
  /// The process dies at the k-th changing operation from now (0: the next): it and all later ones fail.
  void crash_after(std::int64_t operations) {
    const std::lock_guard lock{mutex_};
    crash_at_ = operations_ + operations;
  }
  /// The next changing operation whose path contains `part` and that is of this kind fails once.
  enum class kind { write, sync, rename };
  void fail_once(kind what, std::string part, weir::status cause) {
    const std::lock_guard lock{mutex_};
    failures_.push_back({what, std::move(part), std::move(cause)});
  }
  /// The k-th changing operation from now (0: the next) fails, those after it do not.
  void fail_at(std::int64_t operations, weir::status cause) {
    const std::lock_guard lock{mutex_};
    fail_at_ = operations_ + operations;
    fault_ = std::move(cause);
    failed_path_.reset();
  }
  /// The path at which fail_at() came, once it has.
  std::optional<std::string> failed_path() const {
    const std::lock_guard lock{mutex_};
    return failed_path_;
  }
  /// Every changing operation fails from now on, as on a full disk or a read-only one; an ok cause mends it.
  void break_all(weir::status cause) {
    const std::lock_guard lock{mutex_};
    broken_ = std::move(cause);
  }
  bool crashed() const {
    const std::lock_guard lock{mutex_};
    return crash_at_ && operations_ > *crash_at_;
  }
  std::int64_t operations() const {
    const std::lock_guard lock{mutex_};
    return operations_;
  }
  /// Loses what was not synced (or keeps a torn part of it, by seed), frees locks, and works again. With `keep_all` it
  /// is the crash of a process only: the system's cache survives.
  void restart(std::uint64_t seed, bool keep_all = false) {
    const std::lock_guard lock{mutex_};
    crash_at_.reset();
    failures_.clear();
    locks_.clear();
    if (keep_all)
      return;
    std::mt19937_64 random{seed};
    std::map<std::string, std::shared_ptr<content>> after;
    for (const auto& [path, file] : durable_names_) {
      auto kept = std::make_shared<content>();
      kept->durable = file->durable;
      kept->bytes = file->durable;
      if (file->bytes != file->durable && random() % 2 == 0) {
        // Some of the unsynced bytes reached the disk.
        const auto until = file->bytes.empty() ? 0 : random() % (file->bytes.size() + 1);
        auto torn = file->bytes.substr(0, until);
        if (torn.size() < file->durable.size())
          torn += file->durable.substr(torn.size());
        kept->bytes = torn;
        kept->durable = torn;
      }
      after[path] = kept;
    }
    names_ = after;
    durable_names_ = after;
  }

  weir::result<std::unique_ptr<weir::writable_file>> open_write(const std::string& path) override;
  weir::result<std::unique_ptr<weir::readable_file>> open_read(const std::string& path) override;
  weir::result<std::string> read_all(const std::string& path) override {
    const std::lock_guard lock{mutex_};
    const auto found = names_.find(path);
    if (found == names_.end())
      return weir::status{weir::errc::io_error, "open " + path + ": no such file"};
    return found->second->bytes;
  }
  weir::result<bool> exists(const std::string& path) override {
    const std::lock_guard lock{mutex_};
    const auto below = names_.lower_bound(path + "/");
    return names_.contains(path) || directories_.contains(path) ||
           (below != names_.end() && below->first.starts_with(path + "/"));
  }
  weir::result<std::vector<weir::directory_entry>> list(const std::string& directory) override {
    const std::lock_guard lock{mutex_};
    std::map<std::string, weir::directory_entry> entries;
    for (const auto& [path, file] : names_) {
      if (!path.starts_with(directory + "/"))
        continue;
      const auto rest = path.substr(directory.size() + 1);
      const auto slash = rest.find('/');
      const auto name = rest.substr(0, slash);
      entries[name] = {name, slash != std::string::npos, file->bytes.size()};
    }
    std::vector<weir::directory_entry> all;
    for (const auto& [name, entry] : entries)
      all.push_back(entry);
    return all;
  }
  weir::status create_directories(const std::string& path) override {
    const std::lock_guard lock{mutex_};
    if (!broken_.ok() && !directories_.contains(path))
      return {broken_.code(), broken_.message() + " " + path};
    directories_.insert(path);
    return {};
  }
  weir::status rename(const std::string& from, const std::string& to) override {
    const std::lock_guard lock{mutex_};
    WEIR_TRY(step(kind::rename, from));
    names_[to] = names_[from];
    names_.erase(from);
    return {};
  }
  weir::status remove(const std::string& path) override {
    const std::lock_guard lock{mutex_};
    WEIR_TRY(step(kind::write, path));
    names_.erase(path);
    return {};
  }
  weir::status sync_directory(const std::string& path) override {
    const std::lock_guard lock{mutex_};
    WEIR_TRY(step(kind::sync, path));
    std::erase_if(durable_names_, [&](const auto& one) { return in(one.first, path) && !names_.contains(one.first); });
    for (const auto& [name, file] : names_)
      if (in(name, path))
        durable_names_[name] = file;
    return {};
  }
  weir::result<std::unique_ptr<weir::file_lock>> lock(const std::string& path, std::string_view owner) override;

  // For tests that damage files.
  std::vector<std::string> paths() const {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> all;
    for (const auto& [path, file] : names_)
      all.push_back(path);
    return all;
  }
  void overwrite(const std::string& path, std::string bytes) {
    const std::lock_guard lock{mutex_};
    auto file = std::make_shared<content>();
    file->bytes = bytes;
    file->durable = std::move(bytes);
    names_[path] = file;
    durable_names_[path] = file;
  }
  /// A copy of what is there now.
  std::shared_ptr<fault_storage> copy() const {
    auto made = std::make_shared<fault_storage>();
    const std::lock_guard lock{mutex_};
    for (const auto& [path, file] : names_)
      made->overwrite(path, file->bytes);
    made->directories_ = directories_;
    return made;
  }

private:
  struct content {
    std::string bytes;
    std::string durable;
  };
  struct failure {
    kind what;
    std::string part;
    weir::status cause;
  };
  class writer;
  class reader;
  class held;

  static bool in(const std::string& path, const std::string& directory) {
    return path.starts_with(directory + "/") && path.find('/', directory.size() + 1) == std::string::npos;
  }
  weir::status step(kind what, const std::string& path) {
    ++operations_;
    if (crash_at_ && operations_ > *crash_at_)
      return {weir::errc::io_error, "write " + path + ": the process is dead"};
    if (!broken_.ok())
      return {broken_.code(), broken_.message() + " " + path};
    if (fail_at_ && operations_ > *fail_at_) {
      fail_at_.reset();
      failed_path_ = path;
      return {fault_.code(), fault_.message() + " " + path};
    }
    for (auto one = failures_.begin(); one != failures_.end(); ++one) {
      if (one->what != what || path.find(one->part) == std::string::npos)
        continue;
      auto cause = weir::status{one->cause.code(), one->cause.message() + " " + path};
      failures_.erase(one);
      return cause;
    }
    return {};
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<content>> names_;
  std::map<std::string, std::shared_ptr<content>> durable_names_;
  std::set<std::string> directories_;
  std::map<std::string, std::string> locks_;
  std::vector<failure> failures_;
  std::int64_t operations_ = 0;
  std::optional<std::int64_t> crash_at_;
  std::optional<std::int64_t> fail_at_;
  weir::status fault_;
  std::optional<std::string> failed_path_;
  weir::status broken_;
};

class fault_storage::writer : public weir::writable_file {
public:
  writer(std::shared_ptr<fault_storage> of, std::string path, std::shared_ptr<content> file)
      : of_{std::move(of)}, path_{std::move(path)}, file_{std::move(file)} {}

  weir::status append(std::span<const std::string_view> parts) override {
    const std::lock_guard lock{of_->mutex_};
    const auto may = of_->step(kind::write, path_);
    for (const auto part : parts)  // a failing write may have written a part
      file_->bytes += may.ok() ? part : part.substr(0, part.size() / 2);
    return may;
  }
  weir::status write_at(std::uint64_t position, std::string_view bytes) override {
    const std::lock_guard lock{of_->mutex_};
    const auto may = of_->step(kind::write, path_);
    const auto part = may.ok() ? bytes : bytes.substr(0, bytes.size() / 2);
    if (file_->bytes.size() < position + part.size())
      file_->bytes.resize(position + part.size());
    file_->bytes.replace(position, part.size(), part);
    return may;
  }
  weir::status sync() override {
    const std::lock_guard lock{of_->mutex_};
    WEIR_TRY(of_->step(kind::sync, path_));
    file_->durable = file_->bytes;
    return {};
  }
  weir::status truncate(std::uint64_t size) override {
    const std::lock_guard lock{of_->mutex_};
    WEIR_TRY(of_->step(kind::write, path_));
    file_->bytes.resize(size);
    return {};
  }
  weir::result<std::uint64_t> size() const override {
    const std::lock_guard lock{of_->mutex_};
    return std::uint64_t{file_->bytes.size()};
  }

private:
  std::shared_ptr<fault_storage> of_;
  std::string path_;
  std::shared_ptr<content> file_;
};

class fault_storage::reader : public weir::readable_file {
public:
  explicit reader(std::string bytes) : bytes_{std::move(bytes)} {}
  weir::result<std::string> read(std::uint64_t position, std::size_t length) const override {
    return position >= bytes_.size() ? std::string{} : bytes_.substr(position, length);
  }
  weir::result<std::uint64_t> size() const override { return std::uint64_t{bytes_.size()}; }

private:
  std::string bytes_;
};

class fault_storage::held : public weir::file_lock {
public:
  held(std::shared_ptr<fault_storage> of, std::string path) : of_{std::move(of)}, path_{std::move(path)} {}
  ~held() override {
    const std::lock_guard lock{of_->mutex_};
    of_->locks_.erase(path_);
  }
  held(const held&) = delete;
  held& operator=(const held&) = delete;

private:
  std::shared_ptr<fault_storage> of_;
  std::string path_;
};

inline weir::result<std::unique_ptr<weir::writable_file>> fault_storage::open_write(const std::string& path) {
  const std::lock_guard lock{mutex_};
  auto& file = names_[path];
  if (!file) {
    if (auto may = step(kind::write, path); !may.ok()) {
      names_.erase(path);
      return may;
    }
    file = std::make_shared<content>();
  }
  return std::unique_ptr<weir::writable_file>{std::make_unique<writer>(shared_from_this(), path, file)};
}

inline weir::result<std::unique_ptr<weir::readable_file>> fault_storage::open_read(const std::string& path) {
  WEIR_ASSIGN(auto bytes, read_all(path));
  return std::unique_ptr<weir::readable_file>{std::make_unique<reader>(std::move(bytes))};
}

inline weir::result<std::unique_ptr<weir::file_lock>> fault_storage::lock(const std::string& path,
                                                                          std::string_view owner) {
  const std::lock_guard lock{mutex_};
  if (const auto held_by = locks_.find(path); held_by != locks_.end())
    return weir::status{weir::errc::checkpoint_in_use, path + " is held by " + held_by->second};
  if (!broken_.ok())
    return weir::status{broken_.code(), broken_.message() + " " + path};
  locks_[path] = owner;
  return std::unique_ptr<weir::file_lock>{std::make_unique<held>(shared_from_this(), path)};
}

}  // namespace weir_test
