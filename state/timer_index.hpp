#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include <weir/columns/epoch.hpp>

namespace weir {

/// At most one time an entry, in order of time: who is due is found without a look at the others.
class timer_index {
public:
  void set(std::uint32_t entry, timestamp time) {
    clear(entry);
    times_.emplace(entry, time);
    order_.emplace(time, entry);
  }
  void clear(std::uint32_t entry) {
    const auto found = times_.find(entry);
    if (found == times_.end())
      return;
    order_.erase({found->second, entry});
    times_.erase(found);
  }
  std::optional<timestamp> get(std::uint32_t entry) const {
    const auto found = times_.find(entry);
    return found == times_.end() ? std::nullopt : std::optional{found->second};
  }
  /// The earliest time.
  std::optional<timestamp> first() const {
    return order_.empty() ? std::nullopt : std::optional{order_.begin()->first};
  }
  /// The entries whose time is before `threshold`, earliest first (strictly: G04).
  std::vector<std::uint32_t> before(timestamp threshold) const {
    std::vector<std::uint32_t> due;
    for (const auto& [time, entry] : order_) {
      if (time >= threshold)
        break;
      due.push_back(entry);
    }
    return due;
  }
  std::size_t size() const noexcept { return times_.size(); }
  /// An estimate.
  std::size_t bytes() const noexcept { return times_.size() * 80; }

private:
  boost::unordered_flat_map<std::uint32_t, timestamp> times_;
  std::set<std::pair<timestamp, std::uint32_t>> order_;
};

}  // namespace weir
