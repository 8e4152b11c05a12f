#pragma once

#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include <weir/columns/decimal.hpp>
#include <weir/operators/aggregate/column_parts.hpp>

namespace weir::detail {

/// How a type that has an order is read from its column. Floating numbers order NaN last (greatest), as Spark does.
template <class T>
struct ordered_type {
  using view = T;
  static view read(const column_view& column, std::int64_t row) {
    if constexpr (std::is_same_v<T, bool>) {
      return bit_at(column, row);
    } else {
      T value;
      std::memcpy(&value, column.values + static_cast<std::size_t>(column.offset + row) * sizeof(T), sizeof(T));
      return value;
    }
  }
  static bool less(view a, view b) {
    if constexpr (std::is_floating_point_v<T>)
      return std::isnan(b) ? !std::isnan(a) : a < b;
    else
      return a < b;
  }
};
template <>
struct ordered_type<std::string> {
  using view = std::string_view;
  static view read(const column_view& column, std::int64_t row) {
    const auto* offsets = column.values_as<std::int32_t>();
    return {column.bytes + offsets[row], static_cast<std::size_t>(offsets[row + 1] - offsets[row])};
  }
  static bool less(view a, view b) { return a < b; }
};

/// A value a slot, or none yet.
template <class T>
class ordered_values {
  using type = ordered_type<T>;

public:
  using view = typename type::view;

  void resize(std::size_t slots) { slots_.resize(slots); }
  void clear(std::uint32_t slot) {
    heap_bytes_ -= heap(slots_[slot].value);
    slots_[slot] = {};
  }
  bool any(std::uint32_t slot) const { return slots_[slot].any; }
  view value(std::uint32_t slot) const { return slots_[slot].value; }
  /// Whether `offered` would take the place of the slot's value: `greatest` or least; one that is equal does where
  /// `equal` says so.
  bool yields(std::uint32_t slot, view offered, bool greatest, bool equal) const {
    const auto& one = slots_[slot];
    if (!one.any)
      return true;
    const auto better = greatest ? type::less(one.value, offered) : type::less(offered, one.value);
    return better || (equal && !(greatest ? type::less(offered, one.value) : type::less(one.value, offered)));
  }
  void set(std::uint32_t slot, view value) {
    auto& one = slots_[slot];
    heap_bytes_ -= heap(one.value);
    one.value = value;
    one.any = true;
    heap_bytes_ += heap(one.value);
  }
  array_data column(const std::shared_ptr<arrow::DataType>& of, std::span<const std::uint32_t> slots) const {
    if constexpr (std::is_same_v<T, std::string>) {
      text_buffer<> texts;
      for (const auto slot : slots)
        texts.push(slots_[slot].value);
      auto [validity, nulls] = nulls_of(slots);
      auto bytes = texts.release_bytes();
      return make_column(of, slots.size(), std::move(validity), nulls, {texts.release_offsets(), std::move(bytes)});
    } else if constexpr (std::is_same_v<T, bool>) {
      bit_buffer bits;
      for (const auto slot : slots)
        bits.push(slots_[slot].value);
      auto [validity, nulls] = nulls_of(slots);
      return make_column(of, slots.size(), std::move(validity), nulls, {bits.release()});
    } else {
      return fixed_column<T>(
          of, slots, [this](std::uint32_t slot) { return slots_[slot].value; },
          [this](std::uint32_t slot) { return slots_[slot].any; });
    }
  }
  void restore(const column_view& column, std::int64_t row, std::uint32_t slot) {
    clear(slot);
    if (column.is_valid(row))
      set(slot, type::read(column, row));
  }
  std::size_t bytes() const { return slots_.capacity() * sizeof(slot_value) + heap_bytes_; }

  static view read(const column_view& column, std::int64_t row) { return type::read(column, row); }

private:
  struct slot_value {
    T value{};
    bool any = false;
  };

  static std::size_t heap(const T& value) {
    if constexpr (std::is_same_v<T, std::string>)
      return value.capacity() > 15 ? value.capacity() + 1 : 0;
    else
      return 0;
  }
  std::pair<std::shared_ptr<arrow::Buffer>, std::size_t> nulls_of(std::span<const std::uint32_t> slots) const {
    bit_buffer validity;
    for (const auto slot : slots)
      validity.push(slots_[slot].any);
    const auto nulls = validity.count_zeros();
    return {nulls > 0 ? validity.release() : nullptr, nulls};
  }

  std::vector<slot_value> slots_;
  std::size_t heap_bytes_ = 0;
};

/// Calls `make.template operator()<T>()` with the type in which values of an ordered column are kept.
template <class Make>
auto with_ordered_type(const data_type& type, Make make) {
  switch (type.to_arrow()->id()) {
  case arrow::Type::BOOL: return make.template operator()<bool>();
  case arrow::Type::INT8: return make.template operator()<std::int8_t>();
  case arrow::Type::INT16: return make.template operator()<std::int16_t>();
  case arrow::Type::INT32:
  case arrow::Type::DATE32: return make.template operator()<std::int32_t>();
  case arrow::Type::FLOAT: return make.template operator()<float>();
  case arrow::Type::DOUBLE: return make.template operator()<double>();
  case arrow::Type::DECIMAL128: return make.template operator()<int128>();
  case arrow::Type::STRING:
  case arrow::Type::BINARY: return make.template operator()<std::string>();
  default: return make.template operator()<std::int64_t>();
  }
}

}  // namespace weir::detail
