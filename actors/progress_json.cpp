// Progress and status as JSON: Spark's field names and order (semantics section 10), then weir's own.
#include <weir/actors/progress.hpp>

#include <array>
#include <cmath>
#include <cstdio>

#include <boost/json.hpp>

#include <weir/columns/text.hpp>
#include <weir/columns/time.hpp>

namespace weir {

namespace {

namespace json = boost::json;

std::int64_t millis(std::chrono::microseconds time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

/// Offsets print as JSON where they parse, as in 123 or {"topic":{"0":5}}, else as a string.
json::value offset_value(const offset& position) {
  boost::system::error_code error;
  auto parsed = json::parse(position.json, error);
  return error ? json::value(position.json) : parsed;
}

/// One decimal, as Spark 4.2 prints rates; left out where there is none.
void add_rate(json::object& to, const char* name, double rate) {
  if (std::isfinite(rate))
    to[name] = std::round(rate * 10) / 10;
}

json::object text_map(const std::map<std::string, std::string>& values) {
  json::object made;
  for (const auto& [name, value] : values)
    made[name] = value;
  return made;
}

json::object source_json(const source_progress& source) {
  json::object made;
  made["description"] = source.description;
  made["startOffset"] = source.start_offset ? offset_value(*source.start_offset) : json::value(nullptr);
  made["endOffset"] = source.end_offset.empty() ? json::value(nullptr) : offset_value(source.end_offset);
  made["latestOffset"] = source.latest_offset.empty() ? json::value(nullptr) : offset_value(source.latest_offset);
  made["numInputRows"] = source.num_input_rows;
  add_rate(made, "inputRowsPerSecond", source.input_rows_per_second);
  add_rate(made, "processedRowsPerSecond", source.processed_rows_per_second);
  if (!source.metrics.empty())
    made["metrics"] = text_map(source.metrics);
  made["name"] = source.name;
  return made;
}

json::object state_json(const state_operator_progress& state) {
  json::object made;
  made["operatorName"] = state.operator_name;
  made["numRowsTotal"] = state.num_rows_total;
  made["numRowsUpdated"] = state.num_rows_updated;
  made["numRowsRemoved"] = state.num_rows_removed;
  made["memoryUsedBytes"] = state.memory_used_bytes;
  made["numRowsDroppedByWatermark"] = state.num_rows_dropped_by_watermark;
  made["numShufflePartitions"] = state.num_partitions;
  made["numStateStoreInstances"] = state.num_partitions;
  return made;
}

json::object sink_json(const sink_progress& sink) {
  json::object made;
  made["description"] = sink.description;
  made["numOutputRows"] = sink.num_output_rows;
  if (!sink.metrics.empty())
    made["metrics"] = text_map(sink.metrics);
  made["name"] = sink.name;
  return made;
}

json::object operator_json(const operator_progress& step) {
  json::object made;
  made["name"] = step.name;
  made["rowsIn"] = step.rows_in;
  made["rowsOut"] = step.rows_out;
  if (step.rows_skipped > 0)
    made["rowsSkipped"] = step.rows_skipped;
  if (step.rows_dead_lettered > 0)
    made["rowsDeadLettered"] = step.rows_dead_lettered;
  made["busyMicros"] = std::chrono::duration_cast<std::chrono::microseconds>(step.busy).count();
  made["blockedMicros"] = std::chrono::duration_cast<std::chrono::microseconds>(step.blocked).count();
  return made;
}

json::object observed_json(const std::map<std::string, batch>& observed) {
  json::object made;
  for (const auto& [name, row] : observed)
    made[name] = json::parse(json_row(*row.arrow(), 0));
  return made;
}

template <class T, class Make>
json::array array_of(const std::vector<T>& values, Make make) {
  json::array made;
  for (const auto& value : values)
    made.push_back(make(value));
  return made;
}

json::object event_time_json(const event_time_progress& times) {
  json::object made;
  if (times.avg)
    made["avg"] = format_iso(*times.avg);
  if (times.max)
    made["max"] = format_iso(*times.max);
  if (times.min)
    made["min"] = format_iso(*times.min);
  made["watermark"] = format_iso(times.watermark);
  if (const auto& holder = times.held_back_by)
    made["heldBackBy"] = json::object{{"watermark", holder->watermark},
                                      {"source", holder->source},
                                      {"partition", holder->partition},
                                      {"since", format_iso(holder->since)}};
  return made;
}

}  // namespace

std::string query_progress::to_json() const {
  json::object made;
  made["id"] = id;
  made["runId"] = run_id;
  made["name"] = name ? json::value(*name) : json::value(nullptr);
  made["timestamp"] = format_iso(time);
  made["batchId"] = epoch.value;
  made["batchDuration"] = millis(duration);
  made["numInputRows"] = num_input_rows;
  add_rate(made, "inputRowsPerSecond", input_rows_per_second);
  add_rate(made, "processedRowsPerSecond", processed_rows_per_second);
  if (!durations.empty()) {
    json::object times;
    for (const auto& [step, took] : durations)
      times[step] = millis(took);
    made["durationMs"] = std::move(times);
  }
  if (event_time)
    made["eventTime"] = event_time_json(*event_time);
  made["stateOperators"] = array_of(state_operators, state_json);
  made["sources"] = array_of(sources, source_json);
  // Spark has one sink a query; the field stays an object there, all of them follow in "sinks".
  if (!sinks.empty())
    made["sink"] = sink_json(sinks.front());
  if (sinks.size() > 1)
    made["sinks"] = array_of(sinks, sink_json);
  if (!observed_metrics.empty())
    made["observedMetrics"] = observed_json(observed_metrics);
  made["operators"] = array_of(operators, operator_json);
  made["logBytes"] = log_bytes;
  made["syncMicros"] = std::chrono::duration_cast<std::chrono::microseconds>(sync_time).count();
  made["fallingBehind"] = falling_behind;
  return json::serialize(made);
}

std::string query_status::to_json() const {
  json::object made;
  made["message"] = message;
  made["isDataAvailable"] = is_data_available;
  made["isTriggerActive"] = is_trigger_active;
  return json::serialize(made);
}

}  // namespace weir
