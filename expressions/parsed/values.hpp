#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <weir/columns/decimal.hpp>

/// Values from text, by the rules that JSON and CSV share. Nothing is given where the text is no such value.
namespace weir::detail {

/// A timestamp in microseconds, as Spark reads its default format: "2024-01-02", with "T" or " " a time
/// "03:04[:05[.123456789]]" (finer than microseconds is cut off), and a zone: "Z", "UTC", "+01:00", "-3", "GMT+1";
/// without one it is UTC. Digits of month, day, hour, minute and second may be one or two; month and day may be left
/// out; a year of more digits than four has a sign.
std::optional<std::int64_t> parse_timestamp_text(std::string_view text);

/// Days since 1970-01-01 of the same text's date; what follows the date after "T" or " " is not looked at.
std::optional<std::int32_t> parse_date_text(std::string_view text);

/// All of the text as a number, correctly rounded; too large is infinite, too small is zero.
std::optional<double> parse_double(std::string_view text);
std::optional<float> parse_float(std::string_view text);

/// All of the text as an integer of 64 bits; a leading '+' is taken.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// The unscaled value of a decimal; digits after the point that are too many are rounded half away from zero.
std::optional<int128> parse_decimal_text(std::string_view text, int precision, int scale);

/// "NaN", "Infinity", "+Infinity", "+INF", "-Infinity", "-INF", the names that Spark's JSON reader takes in quotes.
std::optional<double> parse_not_finite(std::string_view text);

/// Base 64 with '=' at the end; appends to `out`.
bool decode_base64(std::string_view text, std::string& out);

}  // namespace weir::detail
