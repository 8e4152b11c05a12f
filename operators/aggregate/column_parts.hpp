#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <arrow/type.h>

#include <weir/operators/aggregate/accumulators.hpp>

/// What the families of accumulators share: reading typed columns, and making one from a slot's value after the other.
namespace weir::detail {

inline bool bit_at(const column_view& column, std::int64_t row) noexcept {
  const auto bit = row + column.offset;
  return ((static_cast<unsigned>(column.values[bit >> 3]) >> (bit & 7)) & 1U) != 0;
}

/// A column of `slots.size()` fixed-width values: `value(slot)`, null where `valid(slot)` is false.
template <class T, class Value, class Valid>
array_data fixed_column(const std::shared_ptr<arrow::DataType>& type, std::span<const std::uint32_t> slots, Value value,
                        Valid valid) {
  value_buffer<T> values;
  values.reserve(slots.size());
  std::size_t nulls = 0;
  for (const auto slot : slots) {
    const auto there = valid(slot);
    nulls += there ? 0 : 1;
    values.push(there ? static_cast<T>(value(slot)) : T{});
  }
  bit_buffer validity;
  if (nulls > 0) {
    validity.reserve(slots.size());
    for (const auto slot : slots)
      validity.push(valid(slot));
  }
  return make_column(type, slots.size(), nulls > 0 ? validity.release() : nullptr, nulls, {values.release()});
}
/// The same, never null.
template <class T, class Value>
array_data fixed_column(const std::shared_ptr<arrow::DataType>& type, std::span<const std::uint32_t> slots,
                        Value value) {
  value_buffer<T> values;
  values.reserve(slots.size());
  for (const auto slot : slots)
    values.push(value(slot));
  return make_column(type, slots.size(), nullptr, 0, {values.release()});
}

template <class Value>
array_data bool_column(std::span<const std::uint32_t> slots, Value value) {
  bit_buffer bits;
  bits.reserve(slots.size());
  for (const auto slot : slots)
    bits.push(value(slot));
  return make_column(arrow::boolean(), slots.size(), nullptr, 0, {bits.release()});
}

/// Calls `visit(row, slot)` for the rows whose value is not null.
template <class Visit>
void each_valid(const column_view& column, std::span<const std::uint32_t> rows, std::span<const std::uint32_t> slots,
                Visit visit) {
  if (column.validity == nullptr) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      visit(rows[i], slots[i]);
    return;
  }
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (column.is_valid(rows[i]))
      visit(rows[i], slots[i]);
}

}  // namespace weir::detail
