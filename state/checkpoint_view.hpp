#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <weir/columns/batch.hpp>
#include <weir/columns/logging.hpp>
#include <weir/state/epoch_log.hpp>
#include <weir/state/log_recovery.hpp>
#include <weir/state/metadata_file.hpp>
#include <weir/state/plan_file.hpp>
#include <weir/state/snapshot.hpp>

namespace weir {

/// What one partition changed in an epoch.
struct change_view {
  std::string operator_name;
  partition_id partition;
  std::int64_t keys = 0;
  std::uint64_t bytes = 0;  ///< in the log
};

/// What a sink staged for an epoch.
struct token_view {
  std::string sink;
  std::uint64_t bytes = 0;
  bool committed = false;
  std::string file;    ///< that holds it, until it is committed; empty: the log does
  std::string damage;  ///< why that cannot be read, if it still has to be committed; empty: it can
};

/// A record of the log.
struct epoch_view {
  epoch_summary summary;      ///< without the tokens' bytes
  std::uint32_t attempt = 0;  ///< which start of the query closed the record
  std::vector<change_view> changes;
  std::vector<token_view> tokens;
  bool idle_after = false;  ///< nothing was left to do then
};

struct segment_view {
  segment_info info;
  std::uint64_t file_bytes = 0;  ///< past info.bytes is a torn tail, or a record being written
  std::vector<epoch_view> epochs;
};

struct snapshot_view {
  std::string operator_name;
  snapshot_place place;
  std::int64_t keys = 0;
  std::string damage;  ///< why it cannot be read; empty: it can
};

/// What a source keeps in the checkpoint.
struct source_view {
  std::string name;
  std::size_t files = 0;
  std::uint64_t bytes = 0;        ///< of all of them
  std::uint64_t spool_bytes = 0;  ///< of rows that are kept until an epoch with them is durable
};

/// A checkpoint as it lies on disk.
struct checkpoint_view {
  checkpoint_metadata metadata;
  std::vector<recorded_entry> plan;
  std::vector<segment_view> segments;
  std::vector<snapshot_view> snapshots;
  std::vector<source_view> sources;
};

/// Reads a checkpoint without a lock and without writing, also while its query runs: a record being written is not
/// there yet, and what the query replaces while it is read is read again. Errors as checkpoint::open().
result<checkpoint_view> view_checkpoint(const std::shared_ptr<storage>& files, const std::string& directory);

/// The state of an operator as a restart would find it: snapshot and log, one row a key, in no order; columns as
/// make_state_schema() has them. Without any row the batch has no columns. In the same way as view_checkpoint();
/// `log` is told of a damaged snapshot that an older one stands in for. Errors: invalid_argument for an operator that
/// has no state, naming those that do.
result<batch> view_state(const std::shared_ptr<storage>& files, const std::string& directory,
                         const std::string& operator_name, logger_ptr log);

}  // namespace weir
