#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <weir/columns/error.hpp>

namespace weir {

/// "2024-01-31", of days since the Unix epoch; years beyond four digits have a sign: "+12024-01-31", "-0044-03-15".
std::string format_date(std::int32_t days);
/// Days since the Unix epoch of such a text. Errors: invalid_argument with the text.
result<std::int32_t> parse_date(std::string_view text);

}  // namespace weir
