#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/sinks/sink.hpp>

namespace weir::sinks {

/// Rows as files of JSON lines, exactly once: an epoch's rows are appended in one write at the place that its token
/// names; a restart cuts what was written half and repeats it. At any moment the visible files, in order of their
/// names, are the result. Names that begin with `_` are not data. A file is rolled at the end of an epoch only. Append
/// and update (changed rows are appended). A directory has one writing sink at a time; another is refused.
///
/// With `partition_by` there is a directory `column=value` for each value of these columns, one in the other, and the
/// files in it do not have them: values are written as Spark casts them to text and escaped as Hive does it, null and
/// the empty text are `__HIVE_DEFAULT_PARTITION__`.
///
/// Binary is base 64; numbers that are not finite are "NaN", "Infinity", "-Infinity" in quotes.
///
///     updates.write_stream().checkpoint_location("cp").start(weir::sinks::jsonl{.path = "out"});
struct jsonl {
  std::string path = {};  ///< the directory; made where it is missing
  std::vector<std::string> partition_by = {};
  std::optional<std::int64_t> roll_rows = {};
  std::optional<std::int64_t> roll_bytes = {};
  std::optional<std::chrono::microseconds> roll_every = {};  ///< since the file was begun
  /// A file gets its name only when it is rolled, by rename; until then it is `_open-<name>`, also after a stop.
  bool visible_when_rolled = false;
  /// Write into a directory that another query has written; its files stay.
  bool append_to_foreign = false;

  result<std::unique_ptr<sink>> open() const;
  std::string kind() const { return "jsonl"; }
};

/// The same as CSV (RFC 4180): no nested columns. sources::csv_files reads it with `.escape = '"'`.
struct csv {
  std::string path = {};  ///< the directory; made where it is missing
  std::vector<std::string> partition_by = {};
  std::optional<std::int64_t> roll_rows = {};
  std::optional<std::int64_t> roll_bytes = {};
  std::optional<std::chrono::microseconds> roll_every = {};  ///< since the file was begun
  /// A file gets its name only when it is rolled, by rename; until then it is `_open-<name>`, also after a stop.
  bool visible_when_rolled = false;
  /// Write into a directory that another query has written; its files stay.
  bool append_to_foreign = false;
  bool header = false;  ///< column names as the first line of each file
  char separator = ',';
  std::string null_value = {};  ///< the text of a null

  result<std::unique_ptr<sink>> open() const;
  std::string kind() const { return "csv"; }
};

}  // namespace weir::sinks
