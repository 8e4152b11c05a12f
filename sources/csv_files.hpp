#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/expressions/parsed.hpp>
#include <weir/sources/files/settings.hpp>
#include <weir/sources/source.hpp>

namespace weir::sources {

/// Files of CSV as rows of a schema's columns, which are the file's by position; .gz and .zst are decompressed. How CSV
/// is read is said at csv_reader. Which files are read, when and in which order, and all options from `order` on, are
/// those of sources::files. Columns that the schema has and a file's path names (`day=2024-01-31/`) come from there.
///
///     engine.read_stream(weir::sources::csv_files{.path = "incoming", .infer_schema = true, .header = true})
struct csv_files {
  static constexpr bool bounded = true;  ///< engine::read takes it

  std::string path;           ///< a directory or a glob
  weir::schema schema = {};   ///< the files' columns; all may be null
  bool infer_schema = false;  ///< find the columns in the files that are there when the query is composed
  std::optional<std::vector<std::string>> columns = {};  ///< only these are read; none: all
  bool header = false;  ///< the first record of each file holds names: it is passed over
  char separator = ',';
  char quote = '"';
  char escape = '\\';
  std::string null_value = {};  ///< this text, quoted or not, is null
  std::optional<char> comment = {};
  bool trim = false;  ///< blanks around fields do not count
  malformed_mode mode = malformed_mode::permissive;
  /// The column of the schema, utf8, that takes the text of a malformed record. Empty: none does.
  std::string corrupt_record_column = {};
  timestamp_parser timestamps = {};  ///< how a timestamp's text is read; empty: as ISO 8601
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
  csv_files with_columns(std::vector<std::string> names) const;
  /// Errors: as open(); io_error; invalid_argument when there is no schema and nothing to infer one from.
  result<weir::schema> describe(const describe_context& context) const;
  /// Errors: invalid_argument and unknown_column, naming option, value and what is allowed.
  result<std::unique_ptr<source>> open(const weir::schema& found) const;
  std::string kind() const { return "csv_files"; }
};

}  // namespace weir::sources
