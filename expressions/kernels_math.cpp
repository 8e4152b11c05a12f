#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <arrow/api.h>

#include <weir/expressions/arrow_call.hpp>
#include <weir/expressions/signature.hpp>

namespace weir::detail {

namespace {

/// Half up (away from zero) at `places` after the point, of the shortest decimal text of the number, as BigDecimal
/// does: 1.005 to two places is 1.01.
double round_real(double value, std::int64_t places) {
  if (!std::isfinite(value) || value == 0 || places > 340)
    return value;
  if (places < -310)
    return std::copysign(0.0, value);
  std::array<char, 40> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), std::abs(value), std::chars_format::scientific).ptr;
  std::string digits;
  const auto* at = text.data();
  for (; at != end && *at != 'e'; ++at)
    if (*at != '.')
      digits += *at;
  auto exponent = 0;
  std::from_chars(at[1] == '+' ? at + 2 : at + 1, end, exponent);
  // The number is 0.d1d2d3... * 10^(exponent + 1); so many digits stay.
  const auto kept = exponent + 1 + places;
  if (kept >= static_cast<std::int64_t>(digits.size()))
    return value;
  if (kept < 0)
    return std::copysign(0.0, value);
  const auto up = digits[static_cast<std::size_t>(kept)] >= '5';
  digits.resize(static_cast<std::size_t>(kept));
  digits.insert(digits.begin(), '0');
  if (up) {
    auto digit = digits.rbegin();
    for (; *digit == '9'; ++digit)
      *digit = '0';
    ++*digit;
  }
  const auto decimal = digits + "e" + std::to_string(-places);
  double made = 0;
  std::from_chars(decimal.data(), decimal.data() + decimal.size(), made);
  return std::copysign(made, value);
}

status round_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  const auto places = call.args.size() == 2 ? args[1].integer() : 0;
  if (is_real(call.type)) {
    out = cell::of(round_real(args[0].real(), places));
    return {};
  }
  out = args[0];
  if (places >= 0)
    return {};
  if (places < -18) {
    out = cell::of(std::int64_t{0});
    return {};
  }
  std::int64_t unit = 1;
  for (auto i = places; i < 0; ++i)
    unit *= 10;
  const auto rest = args[0].integer() % unit;
  auto rounded = args[0].integer() - rest;
  const auto away = (rest < 0 ? -rest : rest) >= unit - unit / 2;
  if ((away && __builtin_add_overflow(rounded, rest < 0 ? -unit : unit, &rounded)) ||
      (call.type == int32 && !std::in_range<std::int32_t>(rounded)))
    return {errc::invalid_row,
            "the rounded " + std::to_string(args[0].integer()) + " overflows " + call.type.to_string()};
  out = cell::of(rounded);
  return {};
}

/// A whole double as Java makes a long of it: saturated, 0 of NaN.
std::int64_t saturated(double whole) {
  if (std::isnan(whole))
    return 0;
  if (whole >= 0x1p63)
    return std::numeric_limits<std::int64_t>::max();
  return whole < -0x1p63 ? std::numeric_limits<std::int64_t>::min() : static_cast<std::int64_t>(whole);
}

template <bool Up>
status whole_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  out = cell::of(saturated(Up ? std::ceil(args[0].real()) : std::floor(args[0].real())));
  return {};
}

status same_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  out = args[0];
  return {};
}

status sqrt_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  out = cell::of(std::sqrt(args[0].real()));
  return {};
}
status exp_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  out = cell::of(std::exp(args[0].real()));
  return {};
}
/// Null for what has no logarithm.
status ln_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  out = args[0].real() <= 0 ? cell{} : cell::of(std::log(args[0].real()));
  return {};
}
status power_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  out = cell::of(std::pow(args[0].real(), args[1].real()));
  return {};
}

constexpr std::array entries{
    function_entry{"round", "N, integer? -> N", "half up, at n places after the point (0)", round_row},
    function_entry{"floor", "float64 -> int64", "", whole_row<false>},
    function_entry{"floor", "int64 -> int64", "", same_row},
    function_entry{"ceil", "float64 -> int64", "", whole_row<true>},
    function_entry{"ceil", "int64 -> int64", "", same_row},
    function_entry{"sqrt", "float64 -> float64", "NaN of negative numbers", sqrt_row, arrow_kernel<"sqrt">},
    function_entry{"exp", "float64 -> float64", "", exp_row},
    function_entry{"ln", "float64 -> float64", "null of numbers not above 0", ln_row, nullptr, nulls::partial},
    function_entry{"power", "float64, float64 -> float64", "", power_row},
};

}  // namespace

function_group math_functions() { return {"Mathematics", entries}; }

}  // namespace weir::detail
