#pragma once

#include <cstdint>
#include <vector>

#include <weir/expressions/bound_expression.hpp>

namespace weir {

/// The rows for which a condition is true (null is not), ascending; `selection` is emptied first. Comparisons of a
/// column with a constant, and conjunctions of these, take a few cycles a row and make no column. Errors: as
/// evaluate().
///
///     WEIR_TRY(weir::select_rows(condition, rows, context, selection));
///     WEIR_ASSIGN(auto kept, weir::take_rows(rows, selection));
status select_rows(const bound_expression& condition, const batch& rows, const evaluation_context& context,
                   std::vector<std::int64_t>& selection);

}  // namespace weir
