#pragma once

#include <map>
#include <string>
#include <vector>

#include <weir/actors/execution_graph.hpp>
#include <weir/state/epoch_log.hpp>

namespace weir::actors {

/// The query's watermarks: each watermark node's largest event time, the global one (W01, W04, W05), and
/// the pair that each stateful operator gets (W08). Every node's own time is recovered after a restart.
class watermark_tracker {
public:
  explicit watermark_tracker(const execution_graph& graph);

  bool defined() const noexcept { return !nodes_.empty(); }
  void recover(const epoch_summary& last);
  /// What a watermark node saw in an epoch.
  void observe(int index, const operator_metrics& seen);
  /// The epoch is over: moves the global watermark for the next.
  void advance();

  /// By node: what an operator of the next epoch gets.
  std::vector<watermark_pair> next() const;
  timestamp current() const noexcept { return current_; }
  void fill(epoch_summary& summary) const;

private:
  struct node {
    int index = 0;
    std::string name;
    std::chrono::microseconds delay{};
    std::optional<timestamp> largest;
  };
  std::vector<node> nodes_;
  std::size_t graph_size_ = 0;
  watermark_policy policy_;
  timestamp previous_{};  ///< used by the last epoch
  timestamp current_{};   ///< for the next epoch
};

}  // namespace weir::actors
