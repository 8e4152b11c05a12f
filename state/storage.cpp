#include <weir/state/storage.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <set>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace weir {

namespace {

status error_at(std::string_view action, const std::string& path, int error = errno) {
  return errno_status(error, std::string{action} + " " + path);
}

/// Repeats a call that a signal interrupted.
template <class Call>
auto retried(Call call) {
  auto outcome = call();
  while (outcome < 0 && errno == EINTR)
    outcome = call();
  return outcome;
}

class descriptor {
public:
  explicit descriptor(int number) noexcept : number_{number} {}
  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  descriptor(descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  descriptor& operator=(descriptor&&) = delete;
  int operator*() const noexcept { return number_; }

private:
  int number_;
};

result<std::uint64_t> size_of(const descriptor& file, const std::string& path) {
  struct stat info {};
  if (::fstat(*file, &info) != 0)
    return error_at("stat", path);
  return static_cast<std::uint64_t>(info.st_size);
}

class local_writable : public writable_file {
public:
  local_writable(descriptor file, std::string path, std::uint64_t end)
      : file_{std::move(file)}, path_{std::move(path)}, end_{end} {}

  status append(std::span<const std::string_view> parts) override {
    std::vector<iovec> left;
    for (const auto part : parts)
      if (!part.empty())
        left.push_back({const_cast<char*>(part.data()), part.size()});
    std::size_t next = 0;
    while (next < left.size()) {
      const auto count = std::min<std::size_t>(left.size() - next, 512);
      const auto wrote = retried(
          [&] { return ::pwritev(*file_, left.data() + next, static_cast<int>(count), static_cast<off_t>(end_)); });
      if (wrote < 0)
        return error_at("write", path_);
      end_ += static_cast<std::uint64_t>(wrote);
      auto rest = static_cast<std::size_t>(wrote);
      while (next < left.size() && rest >= left[next].iov_len)
        rest -= left[next++].iov_len;
      if (rest > 0) {
        left[next].iov_base = static_cast<char*>(left[next].iov_base) + rest;
        left[next].iov_len -= rest;
      }
    }
    return {};
  }

  status write_at(std::uint64_t position, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto wrote =
          retried([&] { return ::pwrite(*file_, bytes.data(), bytes.size(), static_cast<off_t>(position)); });
      if (wrote < 0)
        return error_at("write", path_);
      position += static_cast<std::uint64_t>(wrote);
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    end_ = std::max(end_, position);
    return {};
  }

  status sync() override {
    if (retried([&] { return ::fdatasync(*file_); }) != 0)
      return error_at("sync", path_);
    return {};
  }

  status truncate(std::uint64_t size) override {
    if (retried([&] { return ::ftruncate(*file_, static_cast<off_t>(size)); }) != 0)
      return error_at("truncate", path_);
    end_ = size;
    return {};
  }

  result<std::uint64_t> size() const override { return size_of(file_, path_); }

private:
  descriptor file_;
  std::string path_;
  std::uint64_t end_;
};

result<std::string> read_from(const descriptor& file, const std::string& path, std::uint64_t position,
                              std::size_t length) {
  std::string bytes(length, '\0');
  std::size_t got = 0;
  while (got < length) {
    const auto read =
        retried([&] { return ::pread(*file, bytes.data() + got, length - got, static_cast<off_t>(position + got)); });
    if (read < 0)
      return error_at("read", path);
    if (read == 0)
      break;
    got += static_cast<std::size_t>(read);
  }
  bytes.resize(got);
  return bytes;
}

class local_readable : public readable_file {
public:
  local_readable(descriptor file, std::string path) : file_{std::move(file)}, path_{std::move(path)} {}
  result<std::string> read(std::uint64_t position, std::size_t length) const override {
    WEIR_ASSIGN(const auto end, size());
    const auto there = position < end ? end - position : 0;
    return read_from(file_, path_, position, static_cast<std::size_t>(std::min<std::uint64_t>(there, length)));
  }
  result<std::uint64_t> size() const override { return size_of(file_, path_); }

private:
  descriptor file_;
  std::string path_;
};

/// flock() alone does not tell two holders in one process from each other reliably enough: paths held here.
class held_paths {
public:
  static held_paths& instance() {
    static held_paths one;
    return one;
  }
  bool add(const std::string& path) {
    const std::lock_guard lock{mutex_};
    return paths_.insert(path).second;
  }
  void remove(const std::string& path) {
    const std::lock_guard lock{mutex_};
    paths_.erase(path);
  }

private:
  std::mutex mutex_;
  std::set<std::string> paths_;
};

class local_lock : public file_lock {
public:
  local_lock(descriptor file, std::string path) : file_{std::move(file)}, path_{std::move(path)} {}
  ~local_lock() override {
    ::flock(*file_, LOCK_UN);
    held_paths::instance().remove(path_);
  }
  local_lock(const local_lock&) = delete;
  local_lock& operator=(const local_lock&) = delete;

private:
  descriptor file_;
  std::string path_;
};

class local_storage : public storage {
public:
  result<std::unique_ptr<writable_file>> open_write(const std::string& path) override {
    descriptor file{retried([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666); })};
    if (*file < 0)
      return error_at("open", path);
    WEIR_ASSIGN(const auto end, size_of(file, path));
    return std::unique_ptr<writable_file>{std::make_unique<local_writable>(std::move(file), path, end)};
  }

  result<std::unique_ptr<readable_file>> open_read(const std::string& path) override {
    descriptor file{retried([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); })};
    if (*file < 0)
      return error_at("open", path);
    return std::unique_ptr<readable_file>{std::make_unique<local_readable>(std::move(file), path)};
  }

  result<std::string> read_all(const std::string& path) override {
    descriptor file{retried([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); })};
    if (*file < 0)
      return error_at("open", path);
    WEIR_ASSIGN(const auto size, size_of(file, path));
    return read_from(file, path, 0, static_cast<std::size_t>(size));
  }

  result<bool> exists(const std::string& path) override {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0)
      return true;
    if (errno == ENOENT || errno == ENOTDIR)
      return false;
    return error_at("stat", path);
  }

  result<std::vector<directory_entry>> list(const std::string& directory) override {
    std::vector<directory_entry> entries;
    std::error_code error;
    for (std::filesystem::directory_iterator at{directory, error}, end; !error && at != end; at.increment(error)) {
      directory_entry entry;
      entry.name = at->path().filename().string();
      std::error_code ignored;  // it may be gone again
      entry.directory = at->is_directory(ignored);
      if (!entry.directory)
        entry.size = at->file_size(ignored);
      if (!ignored)
        entries.push_back(std::move(entry));
    }
    if (error)
      return error_at("list", directory, error.value());
    std::ranges::sort(entries, {}, &directory_entry::name);
    return entries;
  }

  status create_directories(const std::string& path) override {
    std::filesystem::path made;
    for (const auto& part : std::filesystem::path{path}) {
      const auto parent = made.empty() ? std::string{"."} : made.string();
      made /= part;
      std::error_code error;
      if (std::filesystem::is_directory(made, error))
        continue;
      if (std::filesystem::create_directory(made, error))
        WEIR_TRY(sync_directory(parent));  // else a power cut may lose the directory with all that is synced in it
      else if (error)
        return error_at("create directory", path, error.value());
    }
    return {};
  }

  status rename(const std::string& from, const std::string& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? status{} : error_at("rename", from);
  }

  status remove(const std::string& path) override {
    return ::unlink(path.c_str()) == 0 || errno == ENOENT ? status{} : error_at("remove", path);
  }

  status sync_directory(const std::string& path) override {
    const descriptor file{retried([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); })};
    if (*file < 0)
      return error_at("open", path);
    return retried([&] { return ::fsync(*file); }) == 0 ? status{} : error_at("sync", path);
  }

  result<std::unique_ptr<file_lock>> lock(const std::string& path, std::string_view owner) override {
    descriptor file{retried([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666); })};
    if (*file < 0)
      return error_at("open", path);
    std::error_code ignored;
    const auto canonical = std::filesystem::weakly_canonical(path, ignored).string();
    const auto in_use = [&]() -> status {
      auto holder = read_from(file, path, 0, 1024);
      return {errc::checkpoint_in_use,
              path + " is held by " + (holder.ok() && !holder->empty() ? *holder : std::string{"another process"})};
    };
    if (!held_paths::instance().add(canonical))
      return in_use();
    if (retried([&] { return ::flock(*file, LOCK_EX | LOCK_NB); }) != 0) {
      const auto error = errno;
      held_paths::instance().remove(canonical);
      errno = error;
      return error == EWOULDBLOCK ? in_use() : error_at("lock", path, error);
    }
    auto held = std::make_unique<local_lock>(std::move(file), canonical);
    WEIR_ASSIGN(auto note, open_write(path));
    WEIR_TRY(note->truncate(0));
    WEIR_TRY(note->write_at(0, owner));
    return std::unique_ptr<file_lock>{std::move(held)};
  }
};

}  // namespace

std::shared_ptr<storage> make_local_storage() { return std::make_shared<local_storage>(); }

status write_file_atomically(storage& files, const std::string& path, std::string_view content) {
  const auto temporary = path + ".tmp";
  {
    WEIR_ASSIGN(auto file, files.open_write(temporary));
    WEIR_TRY(file->truncate(0));
    WEIR_TRY(file->write_at(0, content));
    WEIR_TRY(file->sync());
  }
  WEIR_TRY(files.rename(temporary, path));
  const auto slash = path.find_last_of('/');
  return files.sync_directory(slash == std::string::npos ? "." : path.substr(0, slash));
}

}  // namespace weir
