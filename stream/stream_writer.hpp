#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include <weir/stream/plan.hpp>
#include <weir/stream/query_options.hpp>
#include <weir/stream/streaming_query.hpp>

namespace weir {

class engine;

/// Where a result goes and how its query runs; made by `write_stream()`, ended by `start()`. A value, as a dataset is:
/// each call gives a changed copy, so one that is kept can start several queries.
///
///     auto query = updates.write_stream().query_name("sessions").output_mode(weir::output_mode::update)
///                      .checkpoint_location("checkpoints/sessions").start(weir::sinks::console{});
class stream_writer {
public:
  stream_writer(plan_ptr plan, engine* on) : plan_{std::move(plan)}, engine_{on} {}

  /// Unique among the engine's active queries.
  [[nodiscard]] stream_writer query_name(std::string name) const;
  /// Default: append.
  [[nodiscard]] stream_writer output_mode(weir::output_mode mode) const;
  /// Default: an epoch as soon as rows are there. `trigger(weir::trigger::processing_time("10 seconds"))`.
  [[nodiscard]] stream_writer trigger(weir::trigger when) const;
  /// The directory that makes the query durable; without it nothing is written and nothing promised.
  [[nodiscard]] stream_writer checkpoint_location(std::string directory) const;
  /// Default: fsync.
  [[nodiscard]] stream_writer durability(weir::durability level) const;
  /// Partitions of keyed state, 1 to 256; default 2.
  [[nodiscard]] stream_writer partitions(int count) const;
  /// An input of the watermark without rows for so long no longer holds it back.
  [[nodiscard]] stream_writer idle_timeout(std::chrono::microseconds timeout) const;
  /// At most one epoch begins in this time; bounds how often the disk is synced.
  [[nodiscard]] stream_writer min_epoch_interval(std::chrono::microseconds interval) const;
  /// The query fails before its keyed state takes more.
  [[nodiscard]] stream_writer max_state_bytes(std::int64_t bytes) const;
  /// All of it at once.
  [[nodiscard]] stream_writer options(query_options all) const;

  /// Starts the query. Throws analysis_error where the plan is refused, query_error where the checkpoint is.
  template <sink_description Sink>
  streaming_query start(Sink target) const {
    return start_any(any_sink::of(std::move(target)));
  }
  streaming_query start_any(any_sink target) const;

  /// The graph as text and for Graphviz, with this sink, without starting it.
  template <sink_description Sink>
  std::string explain(Sink target) const {
    return explain_any(any_sink::of(std::move(target)));
  }
  template <sink_description Sink>
  std::string to_dot(Sink target) const {
    return dot_any(any_sink::of(std::move(target)));
  }

private:
  template <class T>
  stream_writer with(T query_options::*option, T value) const;
  std::string explain_any(any_sink target) const;
  std::string dot_any(any_sink target) const;

  plan_ptr plan_;
  engine* engine_;
  query_options options_;
};

}  // namespace weir
