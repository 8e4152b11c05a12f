#include <weir/sources/files/cleaning.hpp>

#include <filesystem>

namespace weir {

status clean_file(const std::string& path, const std::string& archive_dir) {
  std::error_code error;
  if (archive_dir.empty()) {
    std::filesystem::remove(path, error);
  } else {
    const std::filesystem::path target{archive_dir + std::filesystem::absolute(path).string()};
    std::filesystem::create_directories(target.parent_path(), error);
    if (!error)
      std::filesystem::rename(path, target, error);
    if (error == std::errc::cross_device_link && std::filesystem::copy_file(path, target, error))
      std::filesystem::remove(path, error);
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return {errc::io_error, "cannot clean " + path + ": " + error.message()};
  return {};
}

status check_cleanable(const std::string& path) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry{path, error}, end; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (name.starts_with("_weir-") && name.ends_with(".owner"))
      return {errc::unsupported,
              "Clean up source files is not supported when reading from the output directory of a file sink: " + path};
  }
  return {};
}

}  // namespace weir
