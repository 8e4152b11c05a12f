#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

namespace weir::detail {

/// Slots by the time at which to look at them: a heap.
class due_queue {
public:
  struct item {
    std::int64_t end;
    std::uint32_t slot;
    std::uint32_t generation;  ///< of the slot, when it was put in
  };

  bool empty() const noexcept { return items_.empty(); }
  const item& first() const noexcept { return items_.front(); }
  void push(item one) {
    items_.push_back(one);
    std::ranges::push_heap(items_, later);
  }
  item pop() {
    std::ranges::pop_heap(items_, later);
    const auto one = items_.back();
    items_.pop_back();
    return one;
  }
  void clear() noexcept { items_.clear(); }
  std::size_t bytes() const noexcept { return items_.capacity() * sizeof(item); }

private:
  static bool later(const item& a, const item& b) { return std::tie(a.end, a.slot) > std::tie(b.end, b.slot); }

  std::vector<item> items_;
};

}  // namespace weir::detail
