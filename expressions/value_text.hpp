#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <weir/columns/schema.hpp>

namespace weir::detail {

// How Spark's casts read text; blanks around it do not matter. None: it is no such value.

std::optional<std::int64_t> integer_from(std::string_view text);
/// Also NaN, Infinity, inf, and Java's suffixes d and f.
std::optional<double> real_from(std::string_view text);
/// t, true, y, yes, 1 and f, false, n, no, 0, in any case.
std::optional<bool> boolean_from(std::string_view text);
/// Microseconds: "2024", "2024-1-5", "2024-01-05 6:7[:8[.123456]]" with T for the blank, and Z, UTC or +1:30 behind;
/// UTC without.
std::optional<std::int64_t> timestamp_from(std::string_view text);

}  // namespace weir::detail
