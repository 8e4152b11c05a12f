#include <weir/sources/files/listing.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <tuple>

#include <fnmatch.h>
#include <glob.h>
#include <sys/stat.h>

namespace weir {
namespace {

/// Which directories are looked into.
struct depth {
  bool all;
  bool path_columns;
};

bool hidden(std::string_view name) { return name.empty() || name.front() == '_' || name.front() == '.'; }

void add_file(const std::string& path, const struct stat& info, file_listing& found) {
  const auto modified = std::chrono::seconds{info.st_mtim.tv_sec} + std::chrono::nanoseconds{info.st_mtim.tv_nsec};
  found.files.push_back({path, timestamp{std::chrono::floor<std::chrono::microseconds>(modified)},
                         static_cast<std::int64_t>(info.st_size)});
}

status add_directory(const std::string& directory, const depth& deep, file_listing& found) {
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
    else if (S_ISDIR(info.st_mode) && (deep.all || (deep.path_columns && name.find('=') != std::string::npos)))
      WEIR_TRY(add_directory(entries->path().string(), deep, found));
  }
  if (error)
    return errno_status(error.value(), "list directory " + directory);
  return {};
}

status add_path(const std::string& path, const depth& deep, file_listing& found) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return errno_status(errno, "find input " + path);
  if (S_ISDIR(info.st_mode))
    return add_directory(path, deep, found);
  if (S_ISREG(info.st_mode))
    add_file(path, info, found);
  return {};
}

}  // namespace

bool is_glob(const std::string& path) { return path.find_first_of("*?[") != std::string::npos; }

result<file_listing> list_files(const std::string& path, bool recursive, bool path_columns) {
  const auto deep = depth{recursive, path_columns};
  auto found = file_listing{};
  if (!is_glob(path)) {
    const auto end = path.find_last_not_of('/');
    WEIR_TRY(add_path(end == std::string::npos ? path : path.substr(0, end + 1), deep, found));
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
      outcome = add_path(match, deep, found);
  }
  ::globfree(&matches);
  if (failed != 0 && failed != GLOB_NOMATCH)
    return status{errc::io_error, "list files " + path + " failed"};
  WEIR_TRY(std::move(outcome));
  return found;
}

void put_in_order(std::vector<listed_file>& files, const file_settings& settings) {
  if (!settings.name_glob.empty())
    std::erase_if(files, [&](const listed_file& file) {
      return ::fnmatch(settings.name_glob.c_str(), file.path.c_str() + file.path.rfind('/') + 1, 0) != 0;
    });
  std::ranges::sort(files, [&](const listed_file& a, const listed_file& b) {
    const auto less = [&](const listed_file& x, const listed_file& y) {
      return settings.order == sources::file_order::by_name
                 ? x.path < y.path
                 : std::tie(x.modified, x.path) < std::tie(y.modified, y.path);
    };
    return settings.latest_first ? less(b, a) : less(a, b);
  });
}

result<std::vector<listed_file>> find_files(const file_settings& settings) {
  WEIR_ASSIGN(auto found, list_files(settings.path, settings.recursive, settings.path_columns));
  put_in_order(found.files, settings);
  return std::move(found.files);
}

}  // namespace weir
