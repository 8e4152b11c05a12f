#pragma once

#include <string>

#include <weir/expressions/expression.hpp>

namespace weir::detail {

/// See expression::to_string().
std::string text_of(const expression& value);

/// A value of a type as messages show it: 5, 1.5, 'text', 1970-01-01 00:00:01, null.
std::string text_of(const literal_value& value);

}  // namespace weir::detail
