#pragma once

#include <cstdint>
#include <limits>
#include <numeric>

namespace weir::detail {

/// a - floorMod(a - b, step): the latest of ..., b - step, b, b + step, ... that is not after a.
constexpr std::int64_t floor_to(std::int64_t a, std::int64_t b, std::int64_t step) noexcept {
  // Unsigned, so that times at the ends of the range wrap instead of being undefined.
  const auto distance = static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b)) % step;
  const auto past = distance < 0 ? distance + step : distance;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(past));
}

constexpr std::int64_t add_saturated(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum))
    return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  return sum;
}

/// Windows of microseconds, and the panes of which they are made: a row belongs to one pane, a pane to all windows that
/// contain it. Tumbling windows are their own panes.
struct window_shape {
  std::int64_t size = 1;
  std::int64_t slide = 1;
  std::int64_t start = 0;
  std::int64_t pane = 1;

  constexpr window_shape() = default;
  constexpr window_shape(std::int64_t size_, std::int64_t slide_, std::int64_t start_)
      : size{size_}, slide{slide_}, start{start_}, pane{std::gcd(size_, slide_)} {}

  constexpr bool tumbling() const noexcept { return size == slide; }
  constexpr std::int64_t pane_of(std::int64_t time) const noexcept { return floor_to(time, start, pane); }
  /// The first and the last window that contain the pane.
  constexpr std::int64_t last_window(std::int64_t pane_start) const noexcept {
    return floor_to(pane_start, start, slide);
  }
  constexpr std::int64_t first_window(std::int64_t pane_start) const noexcept {
    const auto last = last_window(pane_start);
    return last - (size - (pane_start - last) - 1) / slide * slide;
  }
  constexpr std::int64_t end_of(std::int64_t window) const noexcept { return add_saturated(window, size); }
  /// When no window needs the pane any more.
  constexpr std::int64_t last_end(std::int64_t pane_start) const noexcept { return end_of(last_window(pane_start)); }
};

}  // namespace weir::detail
