#include <weir/actors/watermark_tracker.hpp>

#include <algorithm>

namespace weir::actors {

watermark_tracker::watermark_tracker(const execution_graph& graph)
    : graph_size_{graph.nodes.size()}, policy_{graph.policy} {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto& one = graph.nodes[i];
    if (!one.description)
      continue;
    if (const auto delay = one.description->watermark_delay())
      nodes_.push_back({static_cast<int>(i), one.name, *delay, {}});
  }
}

void watermark_tracker::recover(const epoch_summary& last) {
  for (auto& one : nodes_)
    if (const auto found = last.input_watermarks.find(one.name); found != last.input_watermarks.end())
      one.largest = found->second;
  current_ = last.watermark;
  previous_ = last.late_watermark;
}

void watermark_tracker::observe(int index, const operator_metrics& seen) {
  if (!seen.event_time_max)
    return;
  for (auto& one : nodes_)
    if (one.index == index)
      one.largest = one.largest ? std::max(*one.largest, *seen.event_time_max) : *seen.event_time_max;
}

void watermark_tracker::advance() {
  previous_ = current_;
  std::optional<timestamp> global;
  for (const auto& one : nodes_) {
    auto own = timestamp{};
    if (one.largest)
      own = std::max(timestamp{}, timestamp{std::chrono::floor<std::chrono::milliseconds>(*one.largest - one.delay)});
    if (!global)
      global = own;
    else
      global = policy_ == watermark_policy::min ? std::min(*global, own) : std::max(*global, own);
  }
  if (global)
    current_ = std::max(current_, *global);
}

std::vector<watermark_pair> watermark_tracker::next() const {
  return std::vector<watermark_pair>(graph_size_, watermark_pair{previous_, current_});
}

void watermark_tracker::fill(epoch_summary& summary) const {
  for (const auto& one : nodes_)
    if (one.largest)
      summary.input_watermarks[one.name] = *one.largest;
  summary.watermark = current_;
  summary.late_watermark = previous_;
}

}  // namespace weir::actors
