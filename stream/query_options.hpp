#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <weir/actors/execution_graph.hpp>
#include <weir/actors/trigger.hpp>
#include <weir/columns/epoch.hpp>
#include <weir/sinks/sink.hpp>

namespace weir {

/// How a query runs.
struct query_options {
  std::string name = {};  ///< unique among the engine's active queries; empty: unnamed
  output_mode mode = output_mode::append;
  weir::trigger trigger = {};  ///< default: an epoch as soon as rows are there
  /// Directory of the checkpoint; empty: nothing is written, and nothing promised.
  std::string checkpoint_location = {};
  weir::durability durability = weir::durability::fsync;
  int partitions = 2;  ///< of keyed state, 1 to 256; a restart may change it
  watermark_policy watermarks = watermark_policy::min;
  /// An input of the watermark that brings no rows for so long does not hold it back (policy min); none: it does for
  /// ever. Rows that it brings later are late if they are behind what the others have reached.
  std::optional<std::chrono::microseconds> idle_timeout = {};
  std::chrono::microseconds min_epoch_interval{0};   ///< bounds how often the disk is synced
  std::optional<std::int64_t> max_state_bytes = {};  ///< of all keyed state; the query fails before it grows past it
  std::uint64_t snapshot_log_bytes =
      64ULL
      << 20U;  ///< a snapshot is due when the log since the last one exceeds the larger of this and the state's size
  bool pipelining = true;    ///< an epoch may run while the one before becomes durable
  bool empty_epochs = true;  ///< epochs without data when an operator wants one (E07)
  bool optimize = true;      ///< false: every step runs as it is written; a checkpoint fits both
  std::uint64_t seed = 0;
};

}  // namespace weir
