#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <weir/columns/logging.hpp>
#include <weir/columns/schema.hpp>
#include <weir/state/epoch_log.hpp>
#include <weir/state/storage.hpp>

namespace weir {

/// One operator, source or sink as the checkpoint's `plan` file knows it.
struct plan_entry {
  enum class role : unsigned char { source, operation, sink };
  role part = role::operation;
  std::string name;                             ///< unique in the plan
  std::string kind;                             ///< "map_groups_with_state"
  std::optional<schema> state;                  ///< stateful operators: schema of the change rows
  std::map<std::string, std::string> settings;  ///< must not change over a restart
  /// Sinks: a larger token is a file of its own, `sinks/<name>/<epoch>.arrow`.
  std::uint64_t token_bytes_in_log = 1ULL << 20U;
};

struct checkpoint_options {
  std::string directory;
  bool sync = true;                            ///< fdatasync; false: the operating system's cache
  std::uint64_t segment_bytes = 64ULL << 20U;  ///< a log segment is closed past this size
  /// A snapshot is due when the log since the last one exceeds the larger of this and the state's size.
  std::uint64_t snapshot_log_bytes = 64ULL << 20U;
  std::string owner;                 ///< written into the lock, see lock_owner()
  bool background_snapshots = true;  ///< false: snapshots are made inside sync(), for deterministic tests
};

/// Who holds a checkpoint: "host h, pid 1" of this process, and ", " and `what` where that is not empty.
std::string lock_owner(std::string_view what);

struct checkpoint_metrics {
  std::uint64_t log_bytes = 0;  ///< appended since open
  std::uint64_t syncs = 0;
  std::uint64_t snapshots = 0;
  std::chrono::nanoseconds last_sync{};
};

/// A query's checkpoint directory: identity, plan, epoch log and state snapshots (docs/checkpoint.md).
/// Opening locks it, checks the plan before anything else is touched, recovers the log, and rewrites the
/// recovered tail into a new, synced segment.
///
/// The writing calls are made from one thread at a time; the restoring calls before the first write.
class checkpoint {
public:
  /// Errors: checkpoint_in_use (host and pid), checkpoint_newer, checkpoint_mismatch with a table
  /// (operator, kept / added / removed / schema changed), corrupt_checkpoint (file and byte), io_error.
  static result<std::unique_ptr<checkpoint>> open(std::shared_ptr<storage> files, checkpoint_options options,
                                                  std::vector<plan_entry> plan, logger_ptr log);
  virtual ~checkpoint() = default;

  virtual const std::string& query_id() const = 0;
  virtual const recovered_log& recovered() const = 0;
  /// All state rows of an operator, snapshot first, then the log's changes in epoch order, every
  /// partition that wrote them (the reader picks its own by key group). Rows have the schema they were written with.
  virtual status restore_state(const std::string& operator_name, const std::function<status(const batch&)>& visit) = 0;
  /// The directory for a source's own files, created.
  virtual result<std::string> source_directory(const std::string& source_name) = 0;

  /// Adds to epoch `epoch`'s record. Parts of several open epochs may come interleaved.
  virtual status append_part(epoch_id epoch, state_part part) = 0;
  /// Closes the record: `parts` state parts belong to it. Records close in epoch order. Nothing is durable before
  /// sync().
  virtual status append_epoch(const epoch_summary& summary, std::size_t parts) = 0;
  /// Notes that `sink` has committed `epoch`; durable with the next sync().
  virtual void append_commit(const std::string& sink, epoch_id epoch) = 0;
  /// Notes that after `epoch` the query found nothing to do, so that what is late caught up with its watermark; durable
  /// with the next sync().
  virtual void append_idle(epoch_id epoch) = 0;
  /// One write and one fdatasync for all that was appended since the last call. Any error is final.
  virtual status sync() = 0;
  /// Something was appended since the last sync().
  virtual bool dirty() const = 0;
  virtual checkpoint_metrics metrics() const = 0;
  /// Waits for a snapshot being made, syncs commit notes, closes files, releases the lock.
  virtual status close() = 0;
};

/// Key group of a state row is stored in this column, the first of every state schema.
inline constexpr std::string_view key_group_column = "key_group";
/// Boolean column, the second: false means the key was removed.
inline constexpr std::string_view present_column = "present";

/// Schema of change rows: key_group int32, present boolean, key (struct of the key columns), then the
/// operator's value columns. A row with present = false has nulls (or defaults) behind the key.
schema make_state_schema(const std::vector<field>& key, const std::vector<field>& values);

}  // namespace weir
