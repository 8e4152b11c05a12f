#pragma once

#include <bit>
#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include <weir/columns/error.hpp>

namespace weir {

// Not ISO C++, hence the mark; gcc and clang have it wherever weir runs.
__extension__ using int128 = __int128;

/// The most digits of a decimal.
inline constexpr int max_decimal_digits = 38;

/// 10^exponent, for 0 to 38.
int128 power_of_ten(int exponent) noexcept;

/// True when the unscaled value has at most `precision` digits.
bool fits_decimal(int128 unscaled, int precision) noexcept;

/// An unscaled value with its scale, as Spark prints it: (12345, 2) is "123.45", (5, 3) is "0.005".
std::string format_decimal(int128 unscaled, int scale);

/// The unscaled value of "123.45", "-.5", "1e3" at `scale`. Errors: invalid_argument for a text that is no number, for
/// more than `precision` digits, and where digits after the point would be lost.
result<int128> parse_decimal(std::string_view text, int precision, int scale);

/// The unscaled value at another scale; what a smaller scale cuts off is rounded half away from zero. False when the
/// result has more than `precision` digits; `value` is then unchanged.
bool rescale_decimal(int128& value, int from_scale, int precision, int to_scale) noexcept;

/// A decimal as Arrow lays it out: two's complement, the low half first.
struct decimal_bits {
  std::uint64_t low = 0;
  std::int64_t high = 0;

  static constexpr decimal_bits of(int128 value) noexcept {
    return {static_cast<std::uint64_t>(value), static_cast<std::int64_t>(value >> 64)};
  }
  constexpr int128 value() const noexcept {
    return static_cast<int128>((static_cast<unsigned_int128>(static_cast<std::uint64_t>(high)) << 64) | low);
  }

private:
  __extension__ using unsigned_int128 = unsigned __int128;
};
static_assert(std::endian::native == std::endian::little);

namespace detail {

[[noreturn]] void throw_decimal_overflow(int128 unscaled, int precision, int scale);

}  // namespace detail

/// An exact number of at most P digits, S of them after the point; a column decimal(P, S). 16 bytes, no heap.
///
///     const auto price = weir::decimal<10, 2>::parse("19.90");  // a result
///     price->to_string();                                       // "19.90"
///     price->unscaled();                                        // 1990
template <int P, int S>
  requires(P >= 1 && P <= max_decimal_digits && S >= 0 && S <= P)
class decimal {
public:
  static constexpr int precision = P;
  static constexpr int scale = S;

  /// 0.
  constexpr decimal() noexcept = default;
  /// A whole number. Throws std::out_of_range when it has more than P - S digits.
  template <std::integral Int>
  explicit decimal(Int whole) {
    int128 value = whole;
    if (!rescale_decimal(value, 0, P, S))
      detail::throw_decimal_overflow(whole, P - S, 0);
    bits_ = decimal_bits::of(value);
  }

  /// 10^S times the number, as 1990 for 19.90. Throws std::out_of_range for more than P digits.
  static decimal from_unscaled(int128 unscaled) {
    if (!fits_decimal(unscaled, P)) [[unlikely]]
      detail::throw_decimal_overflow(unscaled, P, S);
    decimal made;
    made.bits_ = decimal_bits::of(unscaled);
    return made;
  }
  /// Errors: invalid_argument for a text that is no number, has too many digits, or would lose some.
  static result<decimal> parse(std::string_view text) {
    WEIR_ASSIGN(const auto unscaled, parse_decimal(text, P, S));
    return from_unscaled(unscaled);
  }

  constexpr int128 unscaled() const noexcept { return bits_.value(); }
  /// With all S digits after the point: "19.90".
  std::string to_string() const { return format_decimal(unscaled(), S); }

  friend constexpr bool operator==(const decimal& a, const decimal& b) noexcept { return a.unscaled() == b.unscaled(); }
  friend constexpr std::strong_ordering operator<=>(const decimal& a, const decimal& b) noexcept {
    return a.unscaled() <=> b.unscaled();
  }

private:
  decimal_bits bits_;
};

}  // namespace weir
