#include <weir/columns/decimal.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace weir {

namespace {

__extension__ using unsigned_int128 = unsigned __int128;

constexpr auto powers = [] {
  std::array<int128, max_decimal_digits + 1> made{};
  made[0] = 1;
  for (std::size_t i = 1; i < made.size(); ++i)
    made[i] = made[i - 1] * 10;
  return made;
}();

/// Unsigned, for the one value that has no positive.
unsigned_int128 size_of(int128 value) {
  return value < 0 ? unsigned_int128{0} - static_cast<unsigned_int128>(value) : static_cast<unsigned_int128>(value);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string type_name(int precision, int scale) {
  return "decimal(" + std::to_string(precision) + ", " + std::to_string(scale) + ")";
}

/// A number's text, taken apart: digits, and how many of them stand after the point.
struct number_text {
  bool negative = false;
  std::string digits;
  std::int64_t after_point = 0;
};

bool take_apart(std::string_view text, number_text& out) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    out.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  std::size_t seen = 0;
  bool point = false;
  while (!text.empty() && (is_digit(text.front()) || (text.front() == '.' && !point))) {
    if (text.front() == '.') {
      point = true;
    } else {
      ++seen;
      out.after_point += point ? 1 : 0;
      if (!out.digits.empty() || text.front() != '0')
        out.digits += text.front();
    }
    text.remove_prefix(1);
  }
  if (seen == 0)
    return false;
  if (text.empty())
    return true;
  if (text.front() != 'e' && text.front() != 'E')
    return false;
  text.remove_prefix(1);
  if (text.size() > 1 && text.front() == '+' && is_digit(text[1]))
    text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  out.after_point -= exponent;
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

int128 power_of_ten(int exponent) noexcept { return powers[static_cast<std::size_t>(exponent)]; }

bool fits_decimal(int128 unscaled, int precision) noexcept {
  return unscaled < power_of_ten(precision) && unscaled > -power_of_ten(precision);
}

std::string format_decimal(int128 unscaled, int scale) {
  std::array<char, 48> text{};
  auto* const end = text.data() + text.size();
  auto* at = end;
  auto rest = size_of(unscaled);
  for (int i = 0; rest != 0 || i <= scale; ++i) {
    if (i == scale && i > 0)
      *--at = '.';
    *--at = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (unscaled < 0)
    *--at = '-';
  return {at, end};
}

result<int128> parse_decimal(std::string_view text, int precision, int scale) {
  const auto bad = [&](std::string_view why) {
    return status{errc::invalid_argument,
                  "'" + std::string{text} + "' " + std::string{why} + " " + type_name(precision, scale)};
  };
  number_text number;
  if (!take_apart(text, number))
    return bad("is no number of type");
  auto& digits = number.digits;
  while (number.after_point > scale && !digits.empty() && digits.back() == '0') {
    digits.pop_back();
    --number.after_point;
  }
  if (digits.empty())
    return int128{0};
  if (number.after_point > scale)
    return bad("has more digits after the point than");
  const auto zeros = scale - number.after_point;
  if (static_cast<std::int64_t>(digits.size()) + zeros > precision)
    return bad("has too many digits for");
  digits.append(static_cast<std::size_t>(zeros), '0');
  int128 value = 0;
  for (const auto c : digits)
    value = value * 10 + (c - '0');
  return number.negative ? -value : value;
}

bool rescale_decimal(int128& value, int from_scale, int precision, int to_scale) noexcept {
  auto scaled = value;
  if (to_scale > from_scale) {
    if (__builtin_mul_overflow(value, power_of_ten(std::min(to_scale - from_scale, max_decimal_digits)), &scaled))
      return false;
  } else if (to_scale < from_scale) {
    const auto unit = power_of_ten(from_scale - to_scale);
    scaled = value / unit;
    const auto left = size_of(value % unit);
    if (left >= size_of(unit) - left)
      scaled += value < 0 ? -1 : 1;
  }
  if (!fits_decimal(scaled, precision))
    return false;
  value = scaled;
  return true;
}

void detail::throw_decimal_overflow(int128 unscaled, int precision, int scale) {
  throw std::out_of_range{"the value " + format_decimal(unscaled, scale) + " does not fit " +
                          type_name(precision, scale)};
}

}  // namespace weir
