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

}  // namespace weir
