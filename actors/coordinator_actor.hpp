#pragma once

/// The epoch protocol.
///
///   trigger -> coordinator : tick                     (or a source: data_available, when the trigger is event-driven)
///   coordinator -> sources : poll{start, limit}       sources -> coordinator : polled{latest}
///     nothing new and no operator wants an epoch -> idle; no id is consumed
///   coordinator -> sources : begin_epoch{N, start, end}; epoch time and watermarks travel with the epoch
///   sources -> ... -> sinks: data{N}* under credit, then end_of_epoch{N} on every edge
///   state actors -> log    : log_part{N}              before they pass the end on
///   every actor -> coordinator : finished{N}          counts, timers, event times; a sink's with its token
///   coordinator -> log     : log_epoch{N}             once every actor has finished N
///   log -> coordinator     : durable{N}               one sync for the record, and for commit notes before it
///   coordinator -> sinks   : commit_epoch{N, token}   only when N is durable
///   coordinator -> sources : commit_source{end of N}  as soon as N is durable
///   sinks -> coordinator   : committed{N}             then coordinator -> log : log_commit{sink, N}
///   then progress goes to the listeners
///   nothing left to do, nothing due at its node's watermark -> what is late catches up with the watermark without an
///   epoch; coordinator -> log : log_idle{N}, where that moved something; log -> coordinator : idle_noted{N}
///
/// Epochs overlap: N+1 may be read and run while N runs or becomes durable, as long as records and commits
/// stay in order. Bounds: `max_running` epochs in the graph, `max_uncommitted` with the log and the sinks; small ones
/// up to `max_group`, so that one sync makes durable what came during the last. With a watermark only one runs at a
/// time, since its end decides the watermark of the next.

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/actors/epoch_run.hpp>
#include <weir/actors/execution_graph.hpp>
#include <weir/actors/progress_builder.hpp>
#include <weir/actors/query_monitor.hpp>
#include <weir/actors/watermark_tracker.hpp>

namespace weir::actors {

/// What the coordinator is made of; the actors are known only after it, see `wiring`.
struct coordinator_config {
  std::shared_ptr<const execution_graph> graph;
  std::string query_id;
  std::string run_id;
  std::shared_ptr<query_monitor> monitor;
  recovered_log recovered;
  std::shared_ptr<std::atomic<std::int64_t>> falling_behind;
};

/// The actors of the query.
struct wiring {
  std::map<int, std::vector<caf::actor>> nodes;  ///< by node, an actor a partition
  caf::actor trigger;
  caf::actor log;  ///< null: not durable
};

namespace messages {
/// runtime -> coordinator, before start_query.
struct wire {
  std::shared_ptr<wiring> actors;
};
}  // namespace messages

class coordinator_actor {
public:
  static constexpr std::size_t max_running = 2;
  static constexpr std::size_t max_uncommitted = 2;
  /// Epochs with the log and the sinks when all their rows together are fewer than default_epoch_rows, and the sinks
  /// keep up.
  static constexpr std::size_t max_group = 8;
  /// Rows that an epoch takes from a source when the user sets no limit.
  static constexpr std::int64_t default_epoch_rows = 64 * 1024;
  static constexpr std::chrono::seconds idle_report_interval{10};

  explicit coordinator_actor(coordinator_config config);

  caf::behavior behavior(caf::event_based_actor* self);

private:
  enum class phase : unsigned char { opening, restoring, preparing, active, ending };

  // Starting.
  void start();
  void one_ready();
  void restored();
  void activate();

  // Planning.
  bool room_for_epoch() const;
  void want_epoch();
  void try_plan();
  void one_polled(const messages::polled& answer);
  void planned();
  void begin_epoch(bool has_data);
  bool epoch_due() const;
  bool event_time_due() const;
  void settle_late();
  void idle_noted(epoch_id epoch);
  void answer_waiters();
  void arm_timer();
  void idle();
  read_limit limit_of(int source) const;

  // Finishing.
  void finished(const messages::finished& report);
  void complete(epoch_run& run);
  void hand_to_log();
  bool log_takes(const epoch_run& next) const;
  void durable(epoch_run& run);
  void committed(const messages::committed& answer);
  void epoch_done(epoch_run& run);

  // Ending.
  void stop(const messages::stop_query& request);
  void drain_sources();
  void end(status cause);
  void one_stopped(const std::string& name);

  void set_alarm(std::optional<clock::alarm_id>& alarm, timestamp time);
  void set_status(std::string message, bool data, bool active);
  template <class Message>
  void tell_node(int node, const Message& message);
  epoch_run* find(epoch_id id);

  coordinator_config config_;
  const execution_graph& graph_;
  progress_builder progress_;
  watermark_tracker watermarks_;
  std::shared_ptr<wiring> actors_;
  caf::event_based_actor* self_ = nullptr;
  std::vector<int> sources_;
  std::vector<int> sinks_;
  std::size_t actor_count_ = 0;
  std::size_t state_partitions_ = 0;

  phase phase_ = phase::opening;
  std::size_t awaited_ = 0;  ///< answers that the phase, or the poll, waits for
  std::size_t running_actors_ = 0;
  bool started_ = false;
  bool wanted_ = false;        ///< something may be there to run
  bool tick_pending_ = false;  ///< a tick has not been answered
  bool polling_ = false;
  bool epoch_of_tick_ = false;  ///< the pending tick's epoch has begun
  bool draining_ = false;
  bool single_epoch_ = false;  ///< available-now with a source that cannot freeze its target (T06)
  bool data_epoch_done_ = false;
  std::map<int, offset> planned_;  ///< end of the newest planned epoch, by source
  std::map<int, offset> polled_;
  bool polled_rows_ = false;  ///< some source has rows past what is planned
  timestamp poll_began_{};
  std::int64_t next_epoch_ = 0;
  std::deque<epoch_run> runs_;  ///< planned and not committed, oldest first
  std::map<std::pair<int, int>, wakeup> wakeups_;
  std::optional<clock::alarm_id> timer_;     ///< for the earliest timeout
  std::optional<clock::alarm_id> deadline_;  ///< of a drain
  std::optional<timestamp> drain_until_;     ///< the earliest that was asked for
  std::optional<timestamp> last_begin_;
  std::optional<timestamp> last_idle_report_;
  std::vector<std::shared_ptr<std::promise<void>>> waiters_;
  std::size_t fresh_waiters_ = 0;      ///< waiters that came before the current poll began
  std::optional<epoch_id> idle_note_;  ///< not durable yet
  std::optional<epoch_id> noted_;      ///< the epoch of the last idle note
  status cause_;
};

}  // namespace weir::actors

#if !WEIR_CAF_1
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::actors::messages::wire)
#endif
