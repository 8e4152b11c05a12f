#include <weir/sources/files/settings.hpp>

#include <filesystem>

#include <fnmatch.h>

#include <weir/sources/buffered_source.hpp>

namespace weir {

namespace {

/// True when archived files would be found by the source again: the shallower of both paths is a prefix.
bool overlaps(const std::string& pattern, const std::string& archive) {
  const auto source = std::filesystem::absolute(pattern).lexically_normal();
  const auto target = std::filesystem::absolute(archive).lexically_normal();
  auto b = target.begin();
  for (auto a = source.begin(); a != source.end() && b != target.end() && !a->empty() && !b->empty(); ++a, ++b) {
    if (::fnmatch(a->c_str(), b->c_str(), 0) != 0)
      return false;
  }
  return true;
}

}  // namespace

status file_settings::check() const {
  const auto refused = [&](const std::string& what) { return status{errc::invalid_argument, kind + ": " + what}; };
  if (path.empty())
    return refused("option path is empty; it must be a directory or a glob");
  if (max_files_per_trigger)
    WEIR_TRY(check_positive(kind, "max_files_per_trigger", *max_files_per_trigger));
  if (max_bytes_per_trigger)
    WEIR_TRY(check_positive(kind, "max_bytes_per_trigger", *max_bytes_per_trigger));
  if (max_files_per_trigger && max_bytes_per_trigger)
    return refused("options max_files_per_trigger and max_bytes_per_trigger can't be both set at the same time");
  if (max_file_age.count() < 0)
    return refused("option max_file_age is " + std::to_string(max_file_age.count()) + " us; it must not be negative");
  if (max_cached_files < 0)
    return refused("option max_cached_files is " + std::to_string(max_cached_files) + "; it must not be negative");
  WEIR_TRY(check_positive(kind, "list_interval (ms)", list_interval.count()));
  const auto archives = clean_source == sources::clean_source::archive;
  if (archives == archive_dir.empty())
    return refused(archives ? "option archive_dir is empty; clean_source::archive needs it"
                            : "option archive_dir is " + archive_dir + "; it is for clean_source::archive only");
  if (!archive_dir.empty() && overlaps(path, archive_dir))
    return refused("option archive_dir is " + archive_dir + "; files there would match the source's path " + path);
  return {};
}

}  // namespace weir
