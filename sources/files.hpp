#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <weir/sources/buffered/line_cutter.hpp>
#include <weir/sources/files/settings.hpp>
#include <weir/sources/source.hpp>

namespace weir::sources {

/// Files of lines (semantics 15.1): every file that a directory or glob names is read once, whole, as rows of
/// value utf8; .gz and .zst are decompressed. A file must appear complete (renamed into place, or written
/// and closed while the query watches); names that start with '_' or '.' are left out.
///
/// The offset {"files":n,"file":"name","byte":b} says: n files are read, and of the next one, `file`, the first
/// b bytes of text; without `file` nothing of it. So a cap on rows holds exactly, whatever the files' sizes.
/// Only an epoch without any limit (trigger `once`) ignores the options' caps.
///
///     engine.read_stream(weir::sources::files{.path = "incoming", .max_files_per_trigger = 10})
struct files {
  using row_type = std::string;
  static constexpr bool bounded = true;

  std::string path;  ///< a directory or a glob
  file_order order = file_order::by_time;
  bool latest_first = false;
  std::optional<std::int64_t> max_files_per_trigger = {};
  std::optional<std::int64_t> max_bytes_per_trigger = {};  ///< sizes of whole files; one file is always taken
  /// Files older than the newest one seen by more are not taken, save in the first listing, and with
  /// `latest_first` and a cap (F03).
  std::chrono::microseconds max_file_age = std::chrono::hours{7 * 24};
  bool file_name_only = false;  ///< files of one name in different directories are the same file
  weir::sources::clean_source clean_source = clean_source::off;
  std::string archive_dir = {};  ///< where archived files go, below it under their whole path
  bool recursive = false;
  std::string name_glob = {};  ///< of the files found, only those whose names match; empty: all
  /// Files of one listing that are kept for later epochs; 0: each epoch lists anew.
  std::int64_t max_cached_files = 10'000;
  bool ignore_missing_files = false;  ///< a file that is gone when it is read counts as empty
  std::int64_t max_line_bytes = std::int64_t{1} << 20;
  weir::invalid_utf8 invalid_utf8 = invalid_utf8::replace;
  /// How often the directory is listed even if no event said so.
  std::chrono::milliseconds list_interval{10'000};

  result<std::unique_ptr<source>> open() const;
  /// Errors: invalid_argument naming option, value and what is allowed.
  status check() const;
  std::string kind() const { return "files"; }
  schema output_schema() const { return line_schema(); }
};

}  // namespace weir::sources
