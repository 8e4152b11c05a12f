#include <weir/sources/files/listing.hpp>

#include <cerrno>
#include <filesystem>

#include <glob.h>
#include <sys/stat.h>

namespace weir {
namespace {

bool hidden(std::string_view name) { return name.empty() || name.front() == '_' || name.front() == '.'; }

void add_file(const std::string& path, const struct stat& info, file_listing& found) {
  const auto modified = std::chrono::seconds{info.st_mtim.tv_sec} + std::chrono::nanoseconds{info.st_mtim.tv_nsec};
  found.files.push_back({path, timestamp{std::chrono::floor<std::chrono::microseconds>(modified)},
                         static_cast<std::int64_t>(info.st_size)});
}

status add_directory(const std::string& directory, bool recursive, file_listing& found) {
  found.directories.push_back(directory);
  auto error = std::error_code{};
  auto entries = std::filesystem::directory_iterator{directory, error};
  for (; !error && entries != std::filesystem::directory_iterator{}; entries.increment(error)) {
    const auto name = entries->path().filename().string();
    struct stat info {};
    // A file that went away meanwhile is none.
    if (hidden(name) || ::stat(entries->path().c_str(), &info) != 0)
      continue;
    if (S_ISREG(info.st_mode))
      add_file(entries->path().string(), info, found);
    else if (S_ISDIR(info.st_mode) && recursive)
      WEIR_TRY(add_directory(entries->path().string(), true, found));
  }
  if (error)
    return errno_status(error.value(), "list directory " + directory);
  return {};
}

status add_path(const std::string& path, bool recursive, file_listing& found) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return errno_status(errno, "find input " + path);
  if (S_ISDIR(info.st_mode))
    return add_directory(path, recursive, found);
  if (S_ISREG(info.st_mode))
    add_file(path, info, found);
  return {};
}

}  // namespace

bool is_glob(const std::string& path) { return path.find_first_of("*?[") != std::string::npos; }

result<file_listing> list_files(const std::string& path, bool recursive) {
  auto found = file_listing{};
  if (!is_glob(path)) {
    const auto end = path.find_last_not_of('/');
    WEIR_TRY(add_path(end == std::string::npos ? path : path.substr(0, end + 1), recursive, found));
    return found;
  }
  const auto parent = std::filesystem::path{path}.parent_path().string();
  if (!is_glob(parent))
    found.directories.push_back(parent.empty() ? "." : parent);
  auto matches = glob_t{};
  const int failed = ::glob(path.c_str(), GLOB_NOSORT, nullptr, &matches);
  auto outcome = status{};
  for (std::size_t i = 0; failed == 0 && outcome.ok() && i < matches.gl_pathc; ++i) {
    const auto match = std::string{matches.gl_pathv[i]};
    if (!hidden(std::filesystem::path{match}.filename().string()))
      outcome = add_path(match, recursive, found);
  }
  ::globfree(&matches);
  if (failed != 0 && failed != GLOB_NOMATCH)
    return status{errc::io_error, "list files " + path + " failed"};
  WEIR_TRY(std::move(outcome));
  return found;
}

}  // namespace weir
