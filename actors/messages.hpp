#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/actors/caf.hpp>
#include <weir/columns/epoch.hpp>
#include <weir/operators/operator.hpp>
#include <weir/sinks/sink.hpp>
#include <weir/sources/source.hpp>
#include <weir/state/epoch_log.hpp>

namespace weir::actors {

/// Index of a node in the execution graph; with the partition it names one actor.
using node_index = int;
/// Index of an input edge of the actor that receives it.
using edge_index = std::uint32_t;

/// What every actor of the graph knows of an epoch; shared by all its messages.
struct epoch_info {
  epoch_id id;
  timestamp time;
  bool has_data = true;
  watermark_pair query_watermarks;
  std::vector<watermark_pair> watermarks;  ///< by node
};
using epoch_ptr = std::shared_ptr<const epoch_info>;

/// Rows of an epoch on an edge: plain, or keyed where `rows.hashes` is set.
struct payload {
  epoch_ptr epoch;
  keyed_rows rows;
  std::int64_t row_count = 0;
  std::int64_t byte_count = 0;
};

namespace messages {

// trigger -> coordinator
/// Time for an epoch.
struct tick {};

// coordinator -> trigger
/// The epoch that the tick asked for has been committed, or there was none to run.
struct tick_done {};

// source thread -> coordinator
struct data_available {
  node_index source;
};

// coordinator -> source
struct poll {
  offset start;
  read_limit limit;
};
struct begin_epoch {
  epoch_ptr epoch;
  offset start;
  offset end;
};
struct commit_source {
  offset end;
};
struct drain_source {};
struct prepare_available_now {};

// source -> coordinator
struct polled {
  node_index source;
  offset latest;
  bool has_rows;  ///< `latest` is past the start, which for a new query is the source's initial offset
};
struct available_now_prepared {
  node_index source;
  bool supported;
};

// source, operator, state -> operator, state, sink
struct data {
  edge_index edge;
  std::shared_ptr<payload> content;
};
/// No more rows of this epoch on this edge.
struct end_of_epoch {
  edge_index edge;
  epoch_ptr epoch;
};
/// Receiver of an edge -> its sender: so much was taken in.
struct grant {
  edge_index edge;
  std::int64_t rows;
  std::int64_t bytes;
};

// source, operator, state, sink -> coordinator
/// What one actor did in an epoch; a sink's says that it has staged.
struct finished {
  node_index node;
  partition_id partition;
  epoch_id epoch;
  std::shared_ptr<operator_metrics> metrics;
  wakeup next;
  std::optional<token> staged;
  std::chrono::nanoseconds busy{};
  std::chrono::nanoseconds blocked{};
  std::map<std::string, std::string> details;
};
/// The actor has opened what it runs and may be given an epoch.
struct ready {
  node_index node;
};
/// A failure that ends the query.
struct failed {
  status cause;
};
/// The actor has ended; sent when it exits, whatever the reason.
struct stopped {
  std::string name;
};
/// When a state actor wants an epoch, after its state was restored.
struct wakeup_report {
  node_index node;
  partition_id partition;
  wakeup next;
};

// state -> log
struct log_part {
  epoch_id epoch;
  state_part part;
};

// coordinator -> log
struct log_epoch {
  std::shared_ptr<const epoch_summary> summary;
  std::size_t parts;
};
struct log_commit {
  std::string sink;
  epoch_id epoch;
};
/// Nothing was left to do after epoch N (see watermark_tracker::settle): synced as commit notes are.
struct log_idle {
  epoch_id epoch;
};
struct log_flush {};
/// Syncs the notes that wait now, not with what comes later.
struct log_notes_now {};
/// Sends the state in the log to the state actors, then `ready`.
struct restore_all {};

// log -> state
struct restore {
  batch rows;
};

// log -> coordinator
/// The idle note of the epoch is durable.
struct idle_noted {
  epoch_id epoch;
};
struct durable {
  epoch_id epoch;
  std::chrono::nanoseconds sync_time;
  std::uint64_t log_bytes;
};

// coordinator -> state
struct report_wakeup {};

// coordinator -> sink
struct commit_epoch {
  epoch_id epoch;
  std::shared_ptr<const token> staged;
};
// sink -> coordinator
struct committed {
  node_index sink;
  epoch_id epoch;
  std::chrono::nanoseconds took;
};

// runtime -> coordinator
struct start_query {};
struct stop_query {
  bool drain = false;
  std::optional<timestamp> deadline;
};
/// The wait for `stopped` is over: go without those that hang.
struct abandon {};
struct await_idle {
  std::shared_ptr<std::promise<void>> done;
};
/// An alarm of the coordinator's has fired.
struct alarm {
  std::uint64_t id;
};

// coordinator -> all
struct shutdown {
  status cause;  ///< why the query ends; ok: it was stopped, or is done
};

// an actor's own thread -> the actor
struct proceed {
  std::function<void()> step;
};

}  // namespace messages
}  // namespace weir::actors

#if !WEIR_CAF_1
#define WEIR_MESSAGE(name) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::actors::messages::name)
WEIR_MESSAGE(tick)
WEIR_MESSAGE(tick_done)
WEIR_MESSAGE(data_available)
WEIR_MESSAGE(poll)
WEIR_MESSAGE(begin_epoch)
WEIR_MESSAGE(commit_source)
WEIR_MESSAGE(drain_source)
WEIR_MESSAGE(prepare_available_now)
WEIR_MESSAGE(polled)
WEIR_MESSAGE(available_now_prepared)
WEIR_MESSAGE(data)
WEIR_MESSAGE(end_of_epoch)
WEIR_MESSAGE(grant)
WEIR_MESSAGE(finished)
WEIR_MESSAGE(ready)
WEIR_MESSAGE(failed)
WEIR_MESSAGE(stopped)
WEIR_MESSAGE(wakeup_report)
WEIR_MESSAGE(report_wakeup)
WEIR_MESSAGE(log_part)
WEIR_MESSAGE(log_epoch)
WEIR_MESSAGE(log_commit)
WEIR_MESSAGE(log_idle)
WEIR_MESSAGE(idle_noted)
WEIR_MESSAGE(log_notes_now)
WEIR_MESSAGE(log_flush)
WEIR_MESSAGE(restore_all)
WEIR_MESSAGE(restore)
WEIR_MESSAGE(durable)
WEIR_MESSAGE(commit_epoch)
WEIR_MESSAGE(committed)
WEIR_MESSAGE(start_query)
WEIR_MESSAGE(stop_query)
WEIR_MESSAGE(abandon)
WEIR_MESSAGE(await_idle)
WEIR_MESSAGE(alarm)
WEIR_MESSAGE(shutdown)
WEIR_MESSAGE(proceed)
#undef WEIR_MESSAGE
#endif
