#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

/// Event and processing time: microseconds since the Unix epoch, UTC.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// The number of an epoch, from 0. An id is used once.
struct epoch_id {
  std::int64_t value = 0;
  auto operator<=>(const epoch_id&) const = default;
};

/// The number of a partition of keyed state, from 0.
struct partition_id {
  int value = 0;
  auto operator<=>(const partition_id&) const = default;
};

/// A source's position, as JSON text; empty means none yet. Offsets compare by their text (S01).
struct offset {
  std::string json;
  bool empty() const noexcept { return json.empty(); }
  auto operator<=>(const offset&) const = default;
};

/// What of the result goes to the sink: rows final at once (append), rows changed in the epoch
/// (update), or all rows (complete). Semantics section 4.
enum class output_mode : unsigned char { append, update, complete };

std::string_view to_string(output_mode mode) noexcept;

}  // namespace weir
