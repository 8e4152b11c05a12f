#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/sources/files/settings.hpp>
#include <weir/sources/source.hpp>

namespace weir::sources {

/// Parquet files as rows of a schema's columns, by name: of the others nothing is read. A column that a file does not
/// have is null; one of another layout, or a narrower type, is taken in. An epoch takes whole row groups, at least one:
/// the offset counts row groups where that of sources::files counts bytes. Which files are read, when and in which
/// order, and all options from `order` on, are those of sources::files. Columns that the schema has and a file's path
/// names (`day=2024-01-31/`) come from there.
///
///     engine.read_stream(weir::sources::parquet_files{.path = "incoming", .infer_schema = true})
struct parquet_files {
  static constexpr bool bounded = true;  ///< engine::read takes it

  std::string path;           ///< a directory or a glob
  weir::schema schema = {};   ///< the files' columns; all may be null
  bool infer_schema = false;  ///< find the columns in the files that are there when the query is composed
  std::optional<std::vector<std::string>> columns = {};  ///< only these are read; none: all
  file_order order = file_order::by_time;
  bool latest_first = false;
  std::optional<std::int64_t> max_files_per_trigger = {};
  std::optional<std::int64_t> max_bytes_per_trigger = {};
  std::chrono::microseconds max_file_age = std::chrono::hours{7 * 24};
  bool file_name_only = false;
  weir::sources::clean_source clean_source = clean_source::off;
  std::string archive_dir = {};
  bool recursive = false;
  std::string name_glob = {};
  std::int64_t max_cached_files = 10'000;
  bool ignore_missing_files = false;
  std::chrono::milliseconds list_interval{10'000};

  /// The same for these columns alone, in the order they had; others are not read where the format allows it.
  parquet_files with_columns(std::vector<std::string> names) const;
  /// Errors: as open(); io_error; invalid_argument when there is no schema and nothing to infer one from.
  result<weir::schema> describe(const describe_context& context) const;
  /// Errors: invalid_argument and unknown_column, naming option, value and what is allowed.
  result<std::unique_ptr<source>> open(const weir::schema& found) const;
  std::string kind() const { return "parquet_files"; }
};

}  // namespace weir::sources
