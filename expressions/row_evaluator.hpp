#pragma once

#include <weir/columns/error.hpp>
#include <weir/expressions/function_table.hpp>

namespace weir::detail {

/// Computes one row of a bound expression, without Arrow. Errors name the part of the expression that has no value.
status evaluate_row(const bound_node& node, row_scope& scope, cell& out);

/// Whether values of `from` can be cast at all; single values may still fail.
bool can_cast(const data_type& from, const data_type& to);

/// An error of a row as the whole call's: "(a / b): division by zero".
status at_call(const bound_node& call, const status& error);

}  // namespace weir::detail
