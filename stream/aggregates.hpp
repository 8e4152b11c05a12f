#pragma once

#include <chrono>
#include <concepts>
#include <string>
#include <string_view>

#include <weir/expressions/expression.hpp>

/// What `group_by()` and `agg()` take besides plain expressions: aggregates and windows. They have a meaning there
/// only: anywhere else the function is refused by name.
namespace weir {

/// All rows; its column is called "count".
expression count();
/// Rows in which the value is not null.
expression count(const expression& value);
/// int64 of integers (an overflow fails the query, naming the key), float64 of floating numbers; null without values.
expression sum(const expression& value);
expression avg(const expression& value);
expression min(const expression& value);
expression max(const expression& value);
/// In order of arrival (A04).
expression first(const expression& value, bool ignore_nulls = false);
expression last(const expression& value, bool ignore_nulls = false);
expression stddev(const expression& value);
expression stddev_pop(const expression& value);
expression variance(const expression& value);
expression var_pop(const expression& value);
/// Values that are not null, in order of arrival. A group with more than `max_elements` fails the query: its whole list
/// goes into the log with each epoch that changes it.
expression collect_list(const expression& value, std::size_t max_elements = 10'000);
expression collect_set(const expression& value, std::size_t max_elements = 10'000);
/// The value in the row whose `by` is largest, or smallest.
expression max_by(const expression& value, const expression& by);
expression min_by(const expression& value, const expression& by);

/// Windows [start, start + size) of a time, one every `slide` (default: `size`), at `start` after the Unix epoch (V01).
/// The key's column is a struct<start, end> called "window". The time may be a window of an aggregation before, which
/// stands for its window_time().
///
///     clicks.with_watermark("time", "10 minutes").group_by(weir::window(weir::col("time"), "5 minutes"),
///     "user").count()
expression window(const expression& time, std::string_view size, std::string_view slide = {},
                  std::string_view start = {});
expression window(const expression& time, std::chrono::microseconds size,
                  std::chrono::microseconds slide = std::chrono::microseconds{0},
                  std::chrono::microseconds start = std::chrono::microseconds{0});
/// Sessions: a row's is [time, time + gap), and those of a key that touch are one (V03). The gap may be an expression
/// of the row; rows without one, or with one that is not positive, are dropped (V04).
expression session_window(const expression& time, std::string_view gap);
expression session_window(const expression& time, std::chrono::microseconds gap);
namespace detail {
expression session_window_of(const expression& time, const expression& gap);
}
template <std::same_as<expression> Gap>
expression session_window(const expression& time, const Gap& gap) {
  return detail::session_window_of(time, gap);
}
/// The last microsecond of a window: the time by which its rows can be windowed again (V02).
expression window_time(const expression& window);

}  // namespace weir
