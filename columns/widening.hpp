#pragma once

#include <cstdint>
#include <memory>

#include <weir/columns/column_memory.hpp>
#include <weir/columns/decimal.hpp>
#include <weir/columns/schema.hpp>

namespace weir {

/// True when every value of type `from` is one of type `to` too: the same type, a wider integer, float32 to float64,
/// integers to floating point that holds all of them, a decimal with as many digits on both sides of the point. Of
/// structures, lists and maps only the same.
bool widens_to(const data_type& from, const data_type& to);

namespace detail {

/// A column's values as the wider `Storage`, converted once for the column if they are narrower: `keep` then owns
/// them. Storage is int16, int32, int64, float or double.
template <class Storage>
const Storage* widened_values(const column_view& column, std::shared_ptr<const Storage[]>& keep);

/// The same for decimals: their values at `scale`. Throws std::out_of_range for one with more than `precision` digits.
const decimal_bits* rescaled_values(const column_view& column, int precision, int scale,
                                    std::shared_ptr<const decimal_bits[]>& keep);

}  // namespace detail

}  // namespace weir
