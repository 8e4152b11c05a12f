#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <tuple>
#include <vector>

namespace weir::detail {

/// Slots by the time at which to look at them. Only those of the next stretch of time are kept in order, in a heap; the
/// others lie in a bag a stretch, so that putting one in costs no more than an append.
class due_queue {
public:
  struct item {
    std::int64_t end;
    std::uint32_t slot;
    std::uint32_t generation;  ///< of the slot, when it was put in
  };

  /// Stretches of `width` microseconds.
  explicit due_queue(std::int64_t width) : width_{std::max<std::int64_t>(width, 1)} {}

  bool empty() const noexcept { return heap_.empty() && later_.empty(); }
  std::size_t bytes() const noexcept { return size_ * sizeof(item); }
  const item& first() {
    settle();
    return heap_.front();
  }
  void push(item one) {
    ++size_;
    const auto stretch = one.end / width_;
    if (stretch > first_stretch_) {
      if (last_ == nullptr || last_stretch_ != stretch) {
        last_ = &later_[stretch];
        last_stretch_ = stretch;
      }
      last_->push_back(one);
      return;
    }
    heap_.push_back(one);
    std::ranges::push_heap(heap_, after);
  }
  item pop() {
    settle();
    --size_;
    std::ranges::pop_heap(heap_, after);
    const auto one = heap_.back();
    heap_.pop_back();
    return one;
  }
  void clear() { *this = due_queue{width_}; }

private:
  static bool after(const item& a, const item& b) { return std::tie(a.end, a.slot) > std::tie(b.end, b.slot); }
  void settle() {
    if (!heap_.empty())
      return;
    first_stretch_ = later_.begin()->first;
    heap_ = std::move(later_.begin()->second);
    later_.erase(later_.begin());
    last_ = nullptr;
    std::ranges::make_heap(heap_, after);
  }

  std::int64_t width_;
  std::vector<item> heap_;  ///< of stretches up to first_stretch_
  std::map<std::int64_t, std::vector<item>> later_;
  std::int64_t first_stretch_ = std::numeric_limits<std::int64_t>::min();
  std::vector<item>* last_ = nullptr;  ///< of later_, at last_stretch_
  std::int64_t last_stretch_ = 0;
  std::size_t size_ = 0;
};

}  // namespace weir::detail
