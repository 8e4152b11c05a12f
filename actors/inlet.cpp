#include <weir/actors/inlet.hpp>

#include <algorithm>

namespace weir::actors {

void inlet::put(edge_index from, std::shared_ptr<payload> content, caf::actor sender) {
  edges_[from].items.push_back({std::move(content), nullptr, std::move(sender)});
  arrivals_.push_back(from);
}

void inlet::put_end(edge_index from, epoch_ptr epoch) { edges_[from].items.push_back({nullptr, std::move(epoch), {}}); }

std::optional<inlet::step> inlet::take() {
  // A lane whose front is an end marker has ended the current epoch; its later rows wait.
  for (auto arrival = arrivals_.begin(); arrival != arrivals_.end(); ++arrival) {
    auto& from = edges_[*arrival];
    if (from.items.empty() || !from.items.front().content)
      continue;
    auto front = std::move(from.items.front());
    from.items.pop_front();
    step next{*arrival, from.port, std::move(front.content), nullptr, std::move(front.sender)};
    next.epoch = next.content->epoch;
    arrivals_.erase(arrival);
    return next;
  }
  const auto ended = [](const lane& one) { return !one.items.empty() && !one.items.front().content; };
  if (edges_.empty() || !std::ranges::all_of(edges_, ended))
    return std::nullopt;
  step next;
  for (auto& from : edges_) {
    next.epoch = std::move(from.items.front().epoch);
    from.items.pop_front();
  }
  return next;
}

}  // namespace weir::actors
