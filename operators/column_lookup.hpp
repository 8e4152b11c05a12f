#pragma once

#include <string_view>

#include <weir/columns/schema.hpp>

namespace weir::detail {

/// The column that a step called `step` names. Errors: unknown_column where there is none, invalid_argument where
/// several have the name.
result<field> named_column(const schema& columns, std::string_view name, std::string_view step);

}  // namespace weir::detail
