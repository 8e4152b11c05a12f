#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>

namespace weir::detail {

/// Memory of texts and nested values while rows are computed; given back all at once.
using cell_memory = std::pmr::monotonic_buffer_resource;

/// One value of a row, or null; its type is known to whoever has it. Integers of all widths, booleans, times and
/// durations are integers; float32 is a double of float32's precision; texts and nested values are views. Items of a
/// struct are its members, of a list its elements, of a map keys and values in turn.
class cell {
public:
  constexpr cell() noexcept = default;
  static constexpr cell of(std::int64_t value) noexcept {
    cell made{false};
    made.integer_ = value;
    return made;
  }
  static constexpr cell of(bool value) noexcept { return of(std::int64_t{value ? 1 : 0}); }
  static constexpr cell of(double value) noexcept {
    cell made{false};
    made.real_ = value;
    return made;
  }
  static constexpr cell of(std::string_view value) noexcept {
    cell made{false};
    made.text_ = value.data();
    made.size_ = value.size();
    return made;
  }
  static constexpr cell of(std::span<const cell> items) noexcept {
    cell made{false};
    made.items_ = items.data();
    made.size_ = items.size();
    return made;
  }
  /// A decimal's unscaled value.
  static constexpr cell of_decimal(std::int64_t high, std::uint64_t low) noexcept {
    cell made{false};
    made.integer_ = high;
    made.size_ = low;
    return made;
  }
  template <class T>
  static cell of(const T*) = delete;

  constexpr bool is_null() const noexcept { return null_; }
  constexpr std::int64_t integer() const noexcept { return integer_; }
  constexpr bool boolean() const noexcept { return integer_ != 0; }
  constexpr double real() const noexcept { return real_; }
  constexpr std::string_view text() const noexcept { return {text_, size_}; }
  constexpr std::span<const cell> items() const noexcept { return {items_, size_}; }
  constexpr std::int64_t decimal_high() const noexcept { return integer_; }
  constexpr std::uint64_t decimal_low() const noexcept { return size_; }

private:
  constexpr explicit cell(bool null) noexcept : null_{null} {}

  union {
    std::int64_t integer_ = 0;
    double real_;
    const char* text_;
    const cell* items_;
  };
  std::uint64_t size_ = 0;
  bool null_ = true;
};

/// A copy of the text that lives in `memory`.
std::string_view keep(std::string_view text, cell_memory& memory);
/// So many nulls, to be filled.
std::span<cell> make_cells(std::size_t count, cell_memory& memory);

}  // namespace weir::detail
