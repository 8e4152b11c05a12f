#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <weir/columns/error.hpp>

namespace weir::sources {

enum class file_order : unsigned char { by_time, by_name };
enum class clean_source : unsigned char { off, remove, archive };

}  // namespace weir::sources

namespace weir {

/// What the sources over files have in common: which files, in which order, how many an epoch, and what becomes of
/// them (semantics 15.1). Their options aggregates have the same members; see sources/files.hpp for what they mean.
struct file_settings {
  std::string kind;  ///< the connector's, for messages
  std::string path;
  sources::file_order order = sources::file_order::by_time;
  bool latest_first = false;
  std::optional<std::int64_t> max_files_per_trigger;
  std::optional<std::int64_t> max_bytes_per_trigger;
  std::chrono::microseconds max_file_age{};
  bool file_name_only = false;
  sources::clean_source clean_source = sources::clean_source::off;
  std::string archive_dir;
  bool recursive = false;
  std::string name_glob;
  std::int64_t max_cached_files = 0;
  bool ignore_missing_files = false;
  std::chrono::milliseconds list_interval{};
  bool path_columns = false;  ///< directories called key=value are looked into, whatever `recursive` says

  template <class Description>
  static file_settings of(const Description& options, bool path_columns = false) {
    return {options.kind(),
            options.path,
            options.order,
            options.latest_first,
            options.max_files_per_trigger,
            options.max_bytes_per_trigger,
            options.max_file_age,
            options.file_name_only,
            options.clean_source,
            options.archive_dir,
            options.recursive,
            options.name_glob,
            options.max_cached_files,
            options.ignore_missing_files,
            options.list_interval,
            path_columns};
  }
  /// Errors: invalid_argument naming option, value and what is allowed.
  status check() const;
  /// Whether max_file_age counts (F03).
  bool ages_count() const { return !latest_first || (!max_files_per_trigger && !max_bytes_per_trigger); }
};

}  // namespace weir
