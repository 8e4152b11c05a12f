#include <weir/actors/watermark_tracker.hpp>

#include <algorithm>

namespace weir::actors {

watermark_tracker::watermark_tracker(const execution_graph& graph, timestamp now) : graph_{graph} {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto& one = graph.nodes[i];
    if (!one.description)
      continue;
    if (const auto delay = one.description->watermark_delay()) {
      nodes_.push_back({static_cast<int>(i), *delay, {}});
      add_origins(nodes_.back(), static_cast<int>(i), now);
    }
  }
}

/// Every source, and every operator that mixes its inputs, that rows can come from is an input from the start: under
/// `min` one without rows holds the watermark at 0 (W04).
void watermark_tracker::add_origins(node& at, int from, timestamp now) {
  for (const auto& edge : graph_.nodes[static_cast<std::size_t>(from)].inputs) {
    const auto& one = graph_.nodes[static_cast<std::size_t>(edge.from)];
    if (one.part == execution_node::role::source || (one.description && one.description->mixes_inputs()))
      (void)input_of(at, {edge.from, 0}, now);
    else
      add_origins(at, edge.from, now);
  }
}

watermark_tracker::input& watermark_tracker::input_of(node& at, input_tag tag, timestamp now) {
  const auto known = std::ranges::find(at.inputs, tag, &input::tag);
  if (known != at.inputs.end())
    return *known;
  // Partition 0 stands for a source as long as nothing is known of its partitions.
  const auto stand_in = std::ranges::find(at.inputs, input_tag{tag.node, 0}, &input::tag);
  if (stand_in != at.inputs.end() && !stand_in->largest) {
    stand_in->tag = tag;
    return *stand_in;
  }
  return at.inputs.emplace_back(input{tag, {}, now, now});
}

const std::string& watermark_tracker::name_of(int index) const {
  static const std::string unknown;
  return index < 0 ? unknown : graph_.nodes[static_cast<std::size_t>(index)].name;
}

template <class Visit>
void watermark_tracker::each(Visit visit) const {
  for (const auto& at : nodes_)
    for (const auto& one : at.inputs)
      visit(at, one);
}

void watermark_tracker::recover(const recovered_log& log) {
  const auto& last = *log.last;
  for (const auto& [place, time] : last.input_watermarks) {
    const auto at = std::ranges::find_if(nodes_, [&](const node& one) { return name_of(one.index) == place.node; });
    const auto from = std::ranges::find(graph_.nodes, place.source, &execution_node::name);
    if (at == nodes_.end() || from == graph_.nodes.end())
      continue;
    const auto index = static_cast<std::int32_t>(from - graph_.nodes.begin());
    input_of(*at, {index, place.partition}, timestamp{}).largest = time;
  }
  current_ = last.watermark;
  previous_ = log.idle_after_last ? last.watermark : last.late_watermark;
  used_late_ = last.used_late_watermark;
}

void watermark_tracker::observe(int index, const operator_metrics& seen, timestamp now) {
  for (auto& at : nodes_) {
    if (at.index != index)
      continue;
    for (const auto& rows : seen.event_times) {
      auto& one = input_of(at, rows.input, now);
      one.last_rows = now;
      if (one.largest && rows.largest <= *one.largest)
        continue;
      one.largest = rows.largest;
      one.rose = now;
    }
  }
}

timestamp watermark_tracker::watermark_of(const node& of, const input& one) {
  if (!one.largest)
    return {};
  return std::max(timestamp{}, timestamp{std::chrono::floor<std::chrono::milliseconds>(*one.largest - of.delay)});
}

bool watermark_tracker::idle(const input& one, timestamp now) const {
  return graph_.idle_timeout && now >= one.last_rows + *graph_.idle_timeout;
}

std::optional<timestamp> watermark_tracker::global(timestamp now) const {
  std::optional<timestamp> global;
  each([&](const node& at, const input& one) {
    if (graph_.policy == watermark_policy::min && idle(one, now))
      return;
    const auto own = watermark_of(at, one);
    if (!global)
      global = own;
    else
      global = graph_.policy == watermark_policy::min ? std::min(*global, own) : std::max(*global, own);
  });
  return global;
}

void watermark_tracker::advance(timestamp now) {
  used_late_ = previous_;
  previous_ = current_;
  pass_idle(now);
}

void watermark_tracker::pass_idle(timestamp now) {
  if (const auto moved = global(now))
    current_ = std::max(current_, *moved);
}

epoch_watermarks watermark_tracker::next() const {
  epoch_watermarks made;
  if (graph_.bounded) {
    // -1 ms as in Spark's batch queries (G11), and nothing is at or before the late one.
    made.query = {timestamp::min(), timestamp{std::chrono::milliseconds{-1}}};
    made.nodes.assign(graph_.nodes.size(), made.query);
    return made;
  }
  made.query = {previous_, current_};
  const auto late = input_watermarks(graph_, previous_);
  const auto evict = input_watermarks(graph_, current_);
  for (std::size_t i = 0; i < late.size(); ++i)
    made.nodes.push_back({late[i].value_or(timestamp{}), evict[i].value_or(timestamp{})});
  return made;
}

std::optional<timestamp> watermark_tracker::next_idle(timestamp now) const {
  std::optional<timestamp> earliest;
  if (!graph_.idle_timeout || graph_.policy != watermark_policy::min)
    return earliest;
  each([&](const node& /*at*/, const input& one) {
    if (!idle(one, now) && (!earliest || one.last_rows + *graph_.idle_timeout < *earliest))
      earliest = one.last_rows + *graph_.idle_timeout;
  });
  return earliest;
}

std::optional<watermark_holder> watermark_tracker::holder(timestamp now) const {
  std::optional<watermark_holder> found;
  std::size_t inputs = 0;
  timestamp least{};
  each([&](const node& at, const input& one) {
    ++inputs;
    if (idle(one, now) || (found && watermark_of(at, one) >= least))
      return;
    least = watermark_of(at, one);
    found = watermark_holder{{name_of(at.index), name_of(one.tag.node), one.tag.partition}, one.rose};
  });
  return inputs > 1 && graph_.policy == watermark_policy::min ? found : std::nullopt;
}

void watermark_tracker::fill(epoch_summary& summary) const {
  each([&](const node& at, const input& one) {
    if (one.largest)
      summary.input_watermarks[{name_of(at.index), name_of(one.tag.node), one.tag.partition}] = *one.largest;
  });
  summary.watermark = current_;
  summary.late_watermark = previous_;
  summary.used_late_watermark = used_late_;
}

}  // namespace weir::actors
