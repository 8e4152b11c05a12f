#pragma once

#include <weir/columns/decimal.hpp>
#include <weir/expressions/cell.hpp>

namespace weir::detail {

/// A decimal's unscaled value.
inline int128 unscaled_of(const cell& value) { return decimal_bits{value.decimal_low(), value.decimal_high()}.value(); }
inline cell decimal_cell(int128 unscaled) {
  const auto bits = decimal_bits::of(unscaled);
  return cell::of_decimal(bits.high, bits.low);
}

}  // namespace weir::detail
