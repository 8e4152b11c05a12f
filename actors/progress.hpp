#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <weir/columns/batch.hpp>
#include <weir/columns/epoch.hpp>
#include <weir/columns/error.hpp>

namespace weir {

/// Progress of one source in an epoch.
struct source_progress {
  std::string name;
  std::string description;
  std::optional<offset> start_offset;  ///< none in a new query's first epoch
  offset end_offset;
  offset latest_offset;
  std::int64_t num_input_rows = 0;
  double input_rows_per_second = 0;  ///< NaN where unknown
  double processed_rows_per_second = 0;
  std::map<std::string, std::string> metrics;
};

/// Progress of one stateful operator, all its partitions together.
struct state_operator_progress {
  std::string operator_name;
  std::int64_t num_rows_total = 0;
  std::int64_t num_rows_updated = 0;
  std::int64_t num_rows_removed = 0;
  std::int64_t memory_used_bytes = 0;
  std::int64_t num_rows_dropped_by_watermark = 0;
  int num_partitions = 1;
};

/// What one node of the graph did in an epoch; weir's own addition.
struct operator_progress {
  std::string name;
  std::int64_t rows_in = 0;
  std::int64_t rows_out = 0;
  std::int64_t rows_skipped = 0;
  std::int64_t rows_dead_lettered = 0;
  std::chrono::nanoseconds busy{};     ///< time in the operator's own code
  std::chrono::nanoseconds blocked{};  ///< time without credit to send
};

struct sink_progress {
  std::string name;
  std::string description;
  std::int64_t num_output_rows = 0;
  std::map<std::string, std::string> metrics;
};

/// The input that keeps the watermark where it is, where there are several under policy min.
struct watermark_holder_progress {
  std::string watermark;  ///< the watermark step
  std::string source;     ///< where its rows come from
  int partition = 0;
  timestamp since;  ///< epoch time at which its event time last rose, or the query's start
};

/// Event times of an epoch, where a watermark is defined (W16).
struct event_time_progress {
  std::optional<timestamp> min, max, avg;  ///< none without rows
  timestamp watermark{};                   ///< the one that the epoch used
  std::optional<watermark_holder_progress> held_back_by;
};

/// What an executed epoch, or an idle trigger, did. Semantics section 10.
struct query_progress {
  std::string id;      ///< of the query; persists in the checkpoint
  std::string run_id;  ///< of this start
  std::optional<std::string> name;
  timestamp time;  ///< when the trigger started
  epoch_id epoch;  ///< Spark's batchId
  std::chrono::microseconds duration{};
  std::int64_t num_input_rows = 0;
  double input_rows_per_second = 0;
  double processed_rows_per_second = 0;
  std::map<std::string, std::chrono::microseconds> durations;
  std::optional<event_time_progress> event_time;
  std::vector<state_operator_progress> state_operators;  ///< downstream first
  std::vector<source_progress> sources;
  std::vector<sink_progress> sinks;
  /// By name, one row: what observe steps computed of the epoch's rows (M06); empty for an idle trigger.
  std::map<std::string, batch> observed_metrics;
  std::vector<operator_progress> operators;
  std::int64_t log_bytes = 0;            ///< of the epoch's record
  std::chrono::nanoseconds sync_time{};  ///< of the sync that made it durable
  std::int64_t falling_behind = 0;       ///< ticks that came late since the start

  /// Spark's field names and order, then weir's own; one line.
  std::string to_json() const;
};

/// What a query is doing right now.
struct query_status {
  std::string message;
  bool is_data_available = false;
  bool is_trigger_active = false;

  std::string to_json() const;
};

}  // namespace weir
