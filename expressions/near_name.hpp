#pragma once

#include <span>
#include <string>
#include <string_view>

#include <weir/columns/error.hpp>
#include <weir/columns/schema.hpp>

namespace weir::detail {

/// The name of `names` that was probably meant: another case, or a third of its letters and one wrong. Empty: none.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> names);

/// unknown_column: "<what> '<name>'", the nearest name, and those that there are.
status unknown_name(std::string_view what, std::string_view name, std::span<const field> fields);

}  // namespace weir::detail
