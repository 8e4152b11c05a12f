#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/sinks/sink.hpp>

namespace weir::sinks {

/// When files of several epochs are closed: as soon as one limit is reached. None set: one file an epoch.
struct parquet_roll {
  std::optional<std::int64_t> bytes = {};  ///< of rows as Arrow writes them; a Parquet file is smaller
  std::optional<std::chrono::microseconds> interval = {};
};

/// Rows as Parquet files, exactly once. A visible file is whole and never changes; names that begin with `_` are not
/// data. One file an epoch, and for each value of `partition_by` (see sinks::jsonl): staged and synced before the epoch
/// is logged, and renamed into place when it is committed.
///
/// With `roll` committed epochs are appended to a hidden Arrow file, synced, which becomes a Parquet file when it is
/// due, and when the query stops or has drained: rows are visible late by at most `interval`. After a crash the hidden
/// files become Parquet files at the next start. Types that Parquet does not know (durations) are kept with the Arrow
/// schema in the file. Append mode only. A directory has one writing sink at a time; another is refused.
///
///     events.write_stream().checkpoint_location("cp").start(
///         weir::sinks::parquet{.path = "out", .partition_by = {"day"}, .roll = {.bytes = 128 << 20, .interval =
///         10min}});
struct parquet {
  std::string path = {};  ///< the directory; made where it is missing
  std::vector<std::string> partition_by = {};
  parquet_roll roll = {};
  std::string compression = "snappy";  ///< snappy, zstd, gzip, lz4 or none
  std::int64_t row_group_rows = std::int64_t{1} << 20;
  /// Write into a directory that another query has written; its files stay.
  bool append_to_foreign = false;

  /// Errors: invalid_argument naming option, value and what is allowed.
  result<std::unique_ptr<sink>> open() const;
  std::string kind() const { return "parquet"; }
};

}  // namespace weir::sinks
