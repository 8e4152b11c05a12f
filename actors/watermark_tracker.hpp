#pragma once

#include <optional>
#include <string>
#include <vector>

#include <weir/actors/execution_graph.hpp>
#include <weir/state/epoch_log.hpp>

namespace weir::actors {

/// The watermarks of an epoch: the query's two, and from them each node's.
struct epoch_watermarks {
  watermark_pair query;
  std::vector<watermark_pair> nodes;  ///< what the operator gets
};

/// An input that keeps the query's watermark where it is.
struct watermark_holder {
  watermark_input input;
  timestamp since;  ///< epoch time at which its event time last rose, or the query began
};

/// The query's watermarks: each input's largest event time, the global one (W01, W04, W05), and the pair (late, evict)
/// that each operator gets (W08), bottom-up from the global two (W12). An input is a watermark node, a source and a
/// partition of that; each one's own time is recovered after a restart.
///
/// With an idle timeout, an input that brought no rows for so long does not hold the others back (policy min). All
/// idle: the watermark stays. Idleness is not recovered: every input is active for the timeout after a start.
class watermark_tracker {
public:
  watermark_tracker(const execution_graph& graph, timestamp now);

  bool defined() const noexcept { return !nodes_.empty(); }
  void recover(const recovered_log& log);
  /// What a watermark node saw in an epoch of time `now`.
  void observe(int node, const operator_metrics& seen, timestamp now);
  /// The epoch is over: its evict watermark is late for the next, and the global one moves.
  void advance(timestamp now);
  /// Between epochs: moves the global watermark past inputs that have become idle.
  void pass_idle(timestamp now);
  /// What is late is behind the watermark.
  bool lags() const noexcept { return previous_ != current_; }
  /// Nothing is left to do for the watermark: what is late catches up with it.
  void settle() noexcept { previous_ = current_; }

  /// For the next epoch.
  epoch_watermarks next() const;
  /// When pass_idle() may next move something.
  std::optional<timestamp> next_idle(timestamp now) const;
  /// With several inputs under policy min.
  std::optional<watermark_holder> holder(timestamp now) const;
  void fill(epoch_summary& summary) const;

private:
  struct input {
    input_tag tag;
    std::optional<timestamp> largest;
    timestamp last_rows;  ///< epoch time of its last rows
    timestamp rose;       ///< epoch time at which `largest` rose last
  };
  struct node {
    int index = 0;
    std::chrono::microseconds delay{};
    std::vector<input> inputs;
  };
  static timestamp watermark_of(const node& of, const input& one);
  bool idle(const input& one, timestamp now) const;
  input& input_of(node& at, input_tag tag, timestamp now);
  void add_origins(node& at, int from, timestamp now);
  std::optional<timestamp> global(timestamp now) const;
  const std::string& name_of(int index) const;
  template <class Visit>
  void each(Visit visit) const;

  const execution_graph& graph_;
  std::vector<node> nodes_;
  timestamp used_late_{};  ///< by the last epoch
  timestamp previous_{};   ///< late of the next epoch
  timestamp current_{};    ///< evict of the next epoch
};

}  // namespace weir::actors
