#pragma once

#include <optional>
#include <string>

#include <weir/actors/epoch_run.hpp>
#include <weir/actors/execution_graph.hpp>

namespace weir::actors {

/// Makes progress reports of finished epochs and idle triggers (semantics section 10).
class progress_builder {
public:
  progress_builder(const execution_graph& graph, std::string query_id, std::string run_id);

  std::shared_ptr<const query_progress> of_epoch(const epoch_run& run, timestamp now, std::int64_t falling_behind);
  /// M02: counts zero, state totals kept from the last epoch.
  std::shared_ptr<const query_progress> of_idle(timestamp now);

private:
  void add_nodes(const epoch_run& run, query_progress& progress) const;

  const execution_graph& graph_;
  std::string query_id_;
  std::string run_id_;
  std::optional<timestamp> previous_trigger_;
  std::shared_ptr<const query_progress> last_;
};

}  // namespace weir::actors
