#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <weir/columns/batch.hpp>

namespace weir {

/// A cell as Spark's show() prints it: NULL, true, 5.0, 1.0E10, 1970-01-01 00:00:01.5, {1, anna}, [1, NULL],
/// {a -> 1}, dates as 2024-01-31, decimals with all digits of their scale, durations as INTERVAL '0 00:00:01' DAY TO
/// SECOND. For people: each call looks its column up.
std::string display_cell(const batch& rows, int column, std::int64_t row);

/// The number as display_cell() shows it, as Java's Double.toString: 5.0, 0.001, 1.0E10, NaN, with the shortest digits.
void append_display_number(double value, std::string& out);
/// Microseconds since the Unix epoch as display_cell() shows them: 1970-01-01 00:00:01.5.
void append_display_time(std::int64_t micros, std::string& out);
/// Microseconds as display_cell() shows them: INTERVAL '0 00:00:01' DAY TO SECOND.
void append_display_duration(std::int64_t micros, std::string& out);

/// How many columns of a terminal the text takes: East Asian wide characters 2, combining ones 0, an invalid
/// byte 1.
std::size_t display_width(std::string_view text);

}  // namespace weir
