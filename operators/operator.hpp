#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <weir/columns/batch.hpp>
#include <weir/columns/epoch.hpp>
#include <weir/columns/logging.hpp>

namespace weir {

/// The two watermarks of a stateful operator in an epoch (W08): rows with event time <= late are late,
/// entries with time <= evict (timeouts: < evict) are due. The Unix epoch (0) means none yet.
struct watermark_pair {
  timestamp late{};
  timestamp evict{};
};

/// What an operator knows of the epoch it runs in.
struct epoch_context {
  epoch_id id;
  timestamp time;             ///< the epoch's time: `current_timestamp()`, processing-time timeouts (E10)
  bool has_data = true;       ///< false for an epoch that only evicts or times out
  watermark_pair watermarks;  ///< of this operator
};

/// Side outputs beside the main output, port 0: rows that the step refused (dead letters), and its late rows.
inline constexpr int refused_rows_port = 1;
inline constexpr int late_rows_port = 2;

/// What an operator is given when an instance opens.
struct operator_context {
  std::string name;  ///< as in "sessions/map_groups-1"
  partition_id partition;
  int partitions = 1;
  output_mode mode = output_mode::append;
  bool watermark_defined = false;  ///< an input carries a watermark
  bool late_rows_wanted = false;   ///< somebody reads late_rows_port
  bool first_run = true;           ///< no epoch is in the log: initial state applies
  std::optional<std::int64_t> max_state_bytes;
  std::uint64_t seed = 0;
  logger_ptr log;
};

/// When a stateful operator wants an epoch although no rows came (E07): once the epoch time passes
/// `processing_time`, or its evict watermark passes `event_time` (both strictly greater: a window that is due at its
/// end, W10, says a microsecond less).
struct wakeup {
  std::optional<timestamp> processing_time;
  std::optional<timestamp> event_time;
};

/// The largest event time that a watermark node saw in the rows of one input.
struct event_time_seen {
  input_tag input;
  timestamp largest;
};

/// Counts of one instance since the last call of take_metrics(), but for the totals of state.
struct operator_metrics {
  std::int64_t rows_in = 0;
  std::int64_t rows_out = 0;
  std::int64_t rows_skipped = 0;  ///< refused rows under on_error skip
  std::int64_t rows_dead_lettered = 0;
  std::int64_t state_rows_total = 0;
  std::int64_t state_rows_updated = 0;
  std::int64_t state_rows_removed = 0;
  std::int64_t state_bytes = 0;
  std::int64_t rows_dropped_by_watermark = 0;
  /// Event times that a watermark node saw in the epoch: over all rows (none: there were no rows), and by input.
  std::optional<timestamp> event_time_min, event_time_max, event_time_avg;
  std::vector<event_time_seen> event_times;
  /// A row of what a step computed of the epoch's rows, under a name of the user's (M06).
  std::map<std::string, batch> observed;
};

/// Rows of a keyed edge: the receiver's partition owns rows[selection[i]], whose key hashes to hashes[selection[i]].
struct keyed_rows {
  batch rows;
  std::shared_ptr<const std::vector<std::uint64_t>> hashes;  ///< one for each row of `rows`
  std::vector<std::uint32_t> selection;                      ///< row indexes of this partition, ascending
};

/// One instance of an operator, for one partition: a plain object that one host drives, one call at a
/// time, in epoch order. No threads, clocks or files.
class operator_instance {
public:
  virtual ~operator_instance() = default;

  virtual status open(const operator_context& context);
  /// Takes rows of input `port`. Batches it emits may share buffers with `rows`.
  virtual status process(const epoch_context& epoch, int port, const batch& rows, collector& out);
  /// The same for a keyed input; only operators whose description is keyed get it.
  virtual status process_keyed(const epoch_context& epoch, int port, keyed_rows rows, collector& out);
  /// After the last row of an epoch. False: call again once the receiver has credit (`out.full()` was seen).
  virtual result<bool> finish(const epoch_context& epoch, collector& out);

  // Operators with state only.
  /// Rows of this operator's state schema: what the epoch that just finished changed, a row a key.
  virtual result<batch> take_changes();
  /// Rows as take_changes() gave them, from snapshots and the log, oldest first; rows of other partitions are skipped.
  virtual status restore(const batch& changes);
  virtual wakeup next_wakeup() const;

  virtual operator_metrics take_metrics();
  virtual void close();
};

/// An operator as the plan has it: immutable and shared; checks everything once, at plan time.
class operator_description {
public:
  virtual ~operator_description() = default;

  /// "map", "filter", "map_groups_with_state": the stem of the default name.
  virtual std::string kind() const = 0;
  /// Checks the input schemas (one an input port) and gives the output schema. Errors name column, expected and actual.
  virtual result<schema> bind(std::span<const schema> inputs) const = 0;
  virtual std::unique_ptr<operator_instance> instantiate() const = 0;

  virtual int inputs() const;
  /// Columns of an input whose values are the partition key; empty: not keyed. Rows of a key go to one partition, from
  /// every input.
  virtual std::vector<int> key_columns(int port) const;
  /// Schema of the state's change rows; none without state. See make_state_schema() for its columns: the key there is
  /// the full key, which is unique, and the partition key is its prefix.
  virtual std::optional<schema> state_schema() const;
  /// Settings that a restart must not change (timeout kind, output mode of the function, what delays the output's
  /// watermark), for the plan check.
  virtual std::map<std::string, std::string> fixed_settings() const;
  /// Row i of an output batch was made of row i of the input batch, so the batch's origin stays valid.
  virtual bool one_to_one() const;
  /// Its rows are no longer of one input each: to a watermark after it, it is an input itself. Default: operators with
  /// state.
  virtual bool mixes_inputs() const;
  /// User code may block: the instance gets a thread of its own.
  virtual bool blocking() const;
  /// For a watermark node: its delay. Its instances report event times in take_metrics().
  virtual std::optional<std::chrono::microseconds> watermark_delay() const;
  /// The watermark of the output, of its inputs', by port (W12); none where an input has none, or where it ends here.
  /// Default: the smallest of those that there are.
  virtual std::optional<timestamp> output_watermark(std::span<const std::optional<timestamp>> inputs) const;
  /// The output column that carries the event time after this operator. Operators with state only; empty: none does.
  virtual std::string output_event_time() const;
  /// The operator wants epochs when the watermark passes its timers (event-time timeout, windows).
  virtual bool uses_event_time() const;
  /// Schema of a side output, where there is one: refused_rows_port, late_rows_port.
  virtual std::optional<schema> side_output(int port) const;
  /// One line for explain(), as in "function: session_update(session_id, events, state)".
  virtual std::string details() const;
};

using operator_ptr = std::shared_ptr<const operator_description>;

}  // namespace weir
