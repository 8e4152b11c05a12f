#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_traits.h>

#include <weir/columns/value_bytes.hpp>
#include <weir/operators/aggregate/column_parts.hpp>

namespace weir::detail {

/// A value a slot of any type, null among them; or none yet. Fixed-width ones lie in one array, others are kept as
/// bytes.
class any_values {
public:
  explicit any_values(const data_type& type)
      : type_{"value", type, true}, arrow_type_{type.to_arrow()},
        width_{arrow_type_->id() != arrow::Type::BOOL && arrow::is_fixed_width(arrow_type_->id())
                   ? static_cast<std::size_t>(arrow_type_->byte_width())
                   : 0} {}

  void resize(std::size_t slots) {
    states_.resize(slots);
    if (width_ > 0)
      fixed_.resize(slots * width_);
    else
      texts_.resize(slots);
  }
  void clear(std::uint32_t slot) {
    states_[slot] = state::none;
    set_bytes(slot, {});
  }
  bool any(std::uint32_t slot) const { return states_[slot] != state::none; }
  void set(std::uint32_t slot, const column_view& column, std::int64_t row) {
    states_[slot] = column.is_valid(row) ? state::value : state::null;
    if (states_[slot] == state::null) {
      set_bytes(slot, {});
    } else if (width_ > 0) {
      std::memcpy(&fixed_[slot * width_], column.values + static_cast<std::size_t>(column.offset + row) * width_,
                  width_);
    } else {
      scratch_.clear();
      append_value_bytes(scratch_, column, type_, row);
      set_bytes(slot, scratch_);
    }
  }
  void copy(std::uint32_t slot, const any_values& from, std::uint32_t other) {
    states_[slot] = from.states_[other];
    if (width_ > 0)
      std::memcpy(&fixed_[slot * width_], &from.fixed_[other * width_], width_);
    else
      set_bytes(slot, from.texts_[other]);
  }
  array_data column(std::span<const std::uint32_t> slots) const {
    if (width_ == 0) {
      value_columns made{{type_}};
      for (const auto slot : slots)
        if (states_[slot] == state::value)
          made.append(texts_[slot]);
        else
          made.append_default();
      return made.finish().front();
    }
    column_memory bytes;
    bytes.grow(0, std::max<std::size_t>(slots.size() * width_, 1));
    bit_buffer validity;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      std::memcpy(bytes.data() + i * width_, &fixed_[slots[i] * width_], width_);
      validity.push(states_[slots[i]] == state::value);
    }
    const auto nulls = validity.count_zeros();
    return make_column(arrow_type_, slots.size(), nulls > 0 ? validity.release() : nullptr, nulls,
                       {bytes.release(slots.size() * width_)});
  }
  array_data any_column(std::span<const std::uint32_t> slots) const {
    return bool_column(slots, [this](std::uint32_t slot) { return any(slot); });
  }
  std::size_t bytes() const {
    return states_.capacity() + fixed_.capacity() + texts_.capacity() * sizeof(std::string) + heap_bytes_;
  }

private:
  enum class state : unsigned char { none, null, value };

  void set_bytes(std::uint32_t slot, std::string_view bytes) {
    if (width_ > 0)
      return;
    auto& one = texts_[slot];
    heap_bytes_ -= heap(one);
    if (bytes.empty())
      one = {};
    else
      one.assign(bytes);
    heap_bytes_ += heap(one);
  }
  static std::size_t heap(const std::string& value) { return value.capacity() > 15 ? value.capacity() + 1 : 0; }

  field type_;
  std::shared_ptr<arrow::DataType> arrow_type_;
  std::size_t width_;
  std::vector<state> states_;
  std::vector<std::byte> fixed_;
  std::vector<std::string> texts_;
  std::string scratch_;
  std::size_t heap_bytes_ = 0;
};

}  // namespace weir::detail
