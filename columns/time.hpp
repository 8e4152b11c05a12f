#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <weir/columns/epoch.hpp>
#include <weir/columns/error.hpp>

namespace weir {

/// Spark's interval strings (W02): "10 seconds", "interval 1 second", " 1 year 2 months", "interval '1 2:3:4' day to
/// second"; a month has 31 days, a year 12 months. Errors: invalid_argument with the text.
result<std::chrono::microseconds> parse_interval(std::string_view text);
/// The same for a trigger (T03): months and years are not allowed, a negative total neither; the message says so.
result<std::chrono::microseconds> parse_trigger_interval(std::string_view text);
/// The same, where a negative total is refused: "... should not be negative" (C042).
result<std::chrono::microseconds> parse_delay(std::string_view text);

/// "1970-01-01T00:00:01.000Z": UTC, milliseconds.
std::string format_iso(timestamp time);
/// Exact, in the largest unit of s, ms and us that divides it: "2s", "250ms".
std::string format_interval(std::chrono::microseconds interval);
/// For people, rounded down: "250 us", "1.5 ms", "2 min 3 s", "1 d 4 h".
std::string format_duration(std::chrono::microseconds duration);
/// "1970-01-01T00:00:01[.ffffff]Z", with a blank for T and without Z too. Errors: invalid_argument with the text.
result<timestamp> parse_iso(std::string_view text);

}  // namespace weir
