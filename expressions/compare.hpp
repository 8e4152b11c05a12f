#pragma once

#include <weir/columns/schema.hpp>
#include <weir/expressions/cell.hpp>

namespace weir::detail {

/// Order of two values of one type, neither null: < 0, 0, > 0. NaN is equal to itself and above all numbers, -0.0
/// equals 0.0, texts go by their bytes; items of nested values in turn, null first.
int compare_cells(const cell& a, const cell& b, const data_type& type);
int compare_reals(double a, double b);

}  // namespace weir::detail
