#include <weir/actors/progress_builder.hpp>

#include <cmath>
#include <limits>

namespace weir::actors {

namespace {

using std::chrono::microseconds;

double rate(std::int64_t rows, microseconds time) {
  if (time.count() <= 0)
    return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(rows) * 1e6 / static_cast<double>(time.count());
}

}  // namespace

void add_metrics(operator_metrics& total, const operator_metrics& part) {
  total.rows_in += part.rows_in;
  total.rows_out += part.rows_out;
  total.rows_skipped += part.rows_skipped;
  total.rows_dead_lettered += part.rows_dead_lettered;
  total.state_rows_total += part.state_rows_total;
  total.state_rows_updated += part.state_rows_updated;
  total.state_rows_removed += part.state_rows_removed;
  total.state_bytes += part.state_bytes;
  total.rows_dropped_by_watermark += part.rows_dropped_by_watermark;
  total.observed.insert(part.observed.begin(), part.observed.end());
  total.event_times.insert(total.event_times.end(), part.event_times.begin(), part.event_times.end());
  if (part.event_time_max) {
    total.event_time_min = part.event_time_min;
    total.event_time_max = part.event_time_max;
    total.event_time_avg = part.event_time_avg;
  }
}

progress_builder::progress_builder(const execution_graph& graph, std::string query_id, std::string run_id)
    : graph_{graph}, query_id_{std::move(query_id)}, run_id_{std::move(run_id)} {}

std::shared_ptr<const query_progress> progress_builder::of_epoch(const epoch_run& run, timestamp now,
                                                                 std::int64_t falling_behind) {
  auto made = std::make_shared<query_progress>();
  auto& progress = *made;
  progress.id = query_id_;
  progress.run_id = run_id_;
  if (!graph_.name.empty())
    progress.name = graph_.name;
  progress.time = run.planned;
  progress.epoch = run.info->id;
  progress.duration = now - run.planned;
  progress.durations = {
      {"latestOffset", run.started - run.planned}, {"addBatch", run.completed - run.started},
      {"walCommit", run.logged - run.completed},   {"commitOffsets", now - run.logged},
      {"queryPlanning", microseconds{0}},          {"triggerExecution", progress.duration},
  };
  progress.falling_behind = falling_behind;
  progress.log_bytes = static_cast<std::int64_t>(run.log_bytes);
  progress.sync_time = run.sync_time;
  const auto between = previous_trigger_ ? run.planned - *previous_trigger_ : microseconds{0};
  previous_trigger_ = run.planned;
  add_nodes(run, progress);
  for (auto& source : progress.sources) {
    progress.num_input_rows += source.num_input_rows;
    source.input_rows_per_second = rate(source.num_input_rows, between);
    source.processed_rows_per_second = rate(source.num_input_rows, progress.duration);
  }
  progress.input_rows_per_second = rate(progress.num_input_rows, between);
  progress.processed_rows_per_second = rate(progress.num_input_rows, progress.duration);
  last_ = made;
  return made;
}

void progress_builder::add_nodes(const epoch_run& run, query_progress& progress) const {
  const auto find = [](const auto& map, int key) {
    const auto found = map.find(key);
    return found == map.end() ? typename std::remove_cvref_t<decltype(map)>::mapped_type{} : found->second;
  };
  for (auto i = static_cast<int>(graph_.nodes.size()) - 1; i >= 0; --i) {
    const auto& node = graph_.nodes[static_cast<std::size_t>(i)];
    const auto metrics = find(run.metrics, i);
    const auto [busy, blocked] = find(run.times, i);
    progress.observed_metrics.insert(metrics.observed.begin(), metrics.observed.end());
    progress.operators.insert(progress.operators.begin(),
                              {node.name, metrics.rows_in, metrics.rows_out, metrics.rows_skipped,
                               metrics.rows_dead_lettered, busy, blocked});
    if (node.part == execution_node::role::source) {
      source_progress one;
      one.name = node.name;
      one.description = node.reader->description();
      if (const auto start = find(run.starts, i); !start.empty())
        one.start_offset = start;
      one.end_offset = find(run.ends, i);
      one.latest_offset = one.end_offset;
      one.num_input_rows = metrics.rows_out;
      one.metrics = find(run.details, i);
      progress.sources.insert(progress.sources.begin(), std::move(one));
    } else if (node.part == execution_node::role::sink) {
      progress.sinks.insert(progress.sinks.begin(),
                            {node.name, node.writer->description(), metrics.rows_in, find(run.details, i)});
    } else if (node.description->state_schema()) {
      progress.state_operators.push_back({node.name, metrics.state_rows_total, metrics.state_rows_updated,
                                          metrics.state_rows_removed, metrics.state_bytes,
                                          metrics.rows_dropped_by_watermark, node.partitions});
    } else if (node.description->watermark_delay()) {
      event_time_progress times;
      times.watermark = run.info->query_watermarks.evict;
      times.held_back_by = run.held_back_by;
      if (progress.event_time && progress.event_time->max)
        times = *progress.event_time;
      if (metrics.event_time_max) {
        times.min = metrics.event_time_min;
        times.max = metrics.event_time_max;
        times.avg = metrics.event_time_avg;
      }
      progress.event_time = times;
    }
  }
}

std::shared_ptr<const query_progress> progress_builder::of_idle(timestamp now) {
  auto made = last_ ? std::make_shared<query_progress>(*last_) : std::make_shared<query_progress>();
  auto& progress = *made;
  progress.id = query_id_;
  progress.run_id = run_id_;
  if (!graph_.name.empty())
    progress.name = graph_.name;
  progress.time = now;
  progress.num_input_rows = 0;
  progress.input_rows_per_second = 0;
  progress.processed_rows_per_second = 0;
  progress.durations.clear();
  progress.observed_metrics.clear();
  progress.duration = {};
  for (auto& one : progress.state_operators) {
    one.num_rows_updated = 0;
    one.num_rows_removed = 0;
    one.num_rows_dropped_by_watermark = 0;
  }
  for (auto& one : progress.sources) {
    one.num_input_rows = 0;
    one.input_rows_per_second = 0;
    one.processed_rows_per_second = 0;
    one.start_offset = one.end_offset;
  }
  for (auto& one : progress.sinks)
    one.num_output_rows = 0;
  for (auto& one : progress.operators)
    one = {one.name, 0, 0, 0, 0, {}, {}};
  return made;
}

}  // namespace weir::actors
