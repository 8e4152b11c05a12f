#include <weir/expressions/parsed/values.hpp>

#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace weir::detail {

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_us = 86'400 * second_us;

/// The text from its front on.
class text_cursor {
public:
  explicit text_cursor(std::string_view text) : rest_{text} {}
  bool empty() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c)
      return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word))
      return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  /// A number of `least` to `most` digits, or -1.
  int digits(std::size_t least, std::size_t most) {
    int value = 0;
    std::size_t count = 0;
    for (; count < most && count < rest_.size() && is_digit(rest_[count]); ++count)
      value = value * 10 + (rest_[count] - '0');
    if (count < least || (count < rest_.size() && is_digit(rest_[count])))
      return -1;
    rest_.remove_prefix(count);
    return value;
  }
  /// Digits after the point, in microseconds; -1 for none or more than nine.
  int fraction() {
    int micros = 0;
    std::size_t count = 0;
    for (; count < rest_.size() && is_digit(rest_[count]); ++count)
      if (count < 6)
        micros = micros * 10 + (rest_[count] - '0');
    if (count == 0 || count > 9)
      return -1;
    for (auto i = count; i < 6; ++i)
      micros *= 10;
    rest_.remove_prefix(count);
    return micros;
  }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

private:
  std::string_view rest_;
};

/// Days of a date that is known to be one (Hinnant, chrono-compatible low-level date algorithms).
std::int64_t days_from_civil(int year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const auto era = (year >= 0 ? year : year - 399) / 400;
  const auto of_era = static_cast<unsigned>(year - era * 400);
  const auto of_year =
      (153U * static_cast<unsigned>(month + (month > 2 ? -3 : 9)) + 2U) / 5U + static_cast<unsigned>(day) - 1U;
  const auto day_of_era = of_era * 365U + of_era / 4U - of_era / 100U + of_year;
  return static_cast<std::int64_t>(era) * 146'097 + static_cast<std::int64_t>(day_of_era) - 719'468;
}

/// "yyyy[-[m]m[-[d]d]]" as days.
std::optional<std::int32_t> take_date(text_cursor& text) {
  const auto negative = text.take('-');
  const auto with_sign = negative || text.take('+');
  const auto year = text.digits(4, with_sign ? 6 : 4);
  int month = 1;
  int day = 1;
  if (text.take('-')) {
    month = text.digits(1, 2);
    if (text.take('-'))
      day = text.digits(1, 2);
  }
  // The calendar repeats after 400 years; std::chrono::year ends at 32767.
  const std::chrono::year_month_day date{std::chrono::year{2000 + year % 400},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (year < 0 || month < 0 || day < 0)
    return std::nullopt;
  if (!(negative ? std::chrono::year_month_day{std::chrono::year{2000 - year % 400}, date.month(), date.day()} : date)
           .ok())
    return std::nullopt;
  return static_cast<std::int32_t>(days_from_civil(negative ? -year : year, month, day));
}

/// What a zone adds to UTC, in seconds.
std::optional<int> take_zone(text_cursor& text) {
  if (text.empty() || text.take('Z') || text.take('z'))
    return 0;
  if ((text.take("UTC") || text.take("GMT") || text.take("UT")) && text.empty())
    return 0;
  const auto negative = text.take('-');
  if (!negative && !text.take('+'))
    return std::nullopt;
  // "+5" and "+05", then with minutes and seconds "+05:30", "+0530".
  auto hours = text.digits(1, 2);
  int minutes = 0;
  int seconds = 0;
  if (hours < 0) {
    hours = text.digits(4, 4);
    minutes = hours % 100;
    hours /= 100;
  } else if (text.take(':')) {
    minutes = text.digits(1, 2);
    if (text.take(':'))
      seconds = text.digits(1, 2);
  }
  if (hours < 0 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59)
    return std::nullopt;
  const auto total = hours * 3600 + minutes * 60 + seconds;
  if (total > 18 * 3600)
    return std::nullopt;
  return negative ? -total : total;
}

std::optional<std::int64_t> any_timestamp(std::string_view whole) {
  text_cursor text{whole};
  const auto days = take_date(text);
  if (!days)
    return std::nullopt;
  std::int64_t micros = 0;
  if (__builtin_mul_overflow(std::int64_t{*days}, day_us, &micros))
    return std::nullopt;
  if (text.empty())
    return micros;
  if (!text.take('T') && !text.take(' '))
    return std::nullopt;
  const auto hour = text.digits(1, 2);
  const auto minute = text.take(':') ? text.digits(1, 2) : -1;
  int second = 0;
  int fraction = 0;
  if (text.take(':')) {
    second = text.digits(1, 2);
    if (text.take('.'))
      fraction = text.fraction();
  }
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || fraction < 0)
    return std::nullopt;
  text.take(' ');
  const auto zone = take_zone(text);
  if (!zone || !text.empty())
    return std::nullopt;
  const auto of_day = ((hour * 60 + minute) * 60 + second - *zone) * second_us + fraction;
  return __builtin_add_overflow(micros, of_day, &micros) ? std::nullopt : std::optional{micros};
}

/// Eight characters at once, each a digit where `form` has a '0' and the form's own character elsewhere. Byte i of
/// `pairs` is the number that digits i and i + 1 make.
struct eight_characters {
  std::uint64_t pairs;
  bool fit;

  eight_characters(const char* at, const char* form) {
    std::uint64_t text, pattern;
    std::memcpy(&text, at, 8);
    std::memcpy(&pattern, form, 8);
    constexpr std::uint64_t ones = 0x0101010101010101;
    const auto digits = text ^ pattern;
    // Where the form has a digit, 0 to 9 stays below 0x80 with 0x76 added; elsewhere only 0 does, with 0x7f.
    const auto zeros = pattern ^ (ones * '0');
    const auto other = ((zeros + ones * 0x7f) >> 7U) & ones;
    const auto passed = digits + ones * 0x76 + other * 9;
    fit = ((digits | passed) & (ones * 0x80)) == 0;
    pairs = digits * 10 + (digits >> 8U);
  }
  int pair(unsigned at) const { return static_cast<int>((pairs >> (8 * at)) & 0xFFU); }
};

/// "yyyy-MM-ddTHH:mm:ss.SSSZ", the form that most programs write; nothing for any other, valid or not, and for the days
/// that not all months have.
std::optional<std::int64_t> usual_timestamp(const char* at) {
  if constexpr (std::endian::native != std::endian::little)
    return std::nullopt;
  const eight_characters first{at, "0000-00-"};
  const eight_characters second{at + 8, "00T00:00"};
  const eight_characters third{at + 16, ":00.000Z"};
  if (!first.fit || !second.fit || !third.fit)
    return std::nullopt;
  const auto year = first.pair(0) * 100 + first.pair(2);
  const auto month = first.pair(5);
  const auto day = second.pair(0);
  const auto hour = second.pair(3);
  const auto minute = second.pair(6);
  const auto seconds = third.pair(1);
  const auto millis = third.pair(4) * 10 + third.pair(5) % 10;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || seconds > 59)
    return std::nullopt;
  return days_from_civil(year, month, day) * day_us + ((hour * 60 + minute) * 60 + seconds) * second_us + millis * 1000;
}

template <class T>
std::optional<T> parse_floating(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument || text.empty())
    return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // from_chars leaves open which end was passed.
    const std::string copy{text};
    if constexpr (sizeof(T) == sizeof(double))
      value = std::strtod(copy.c_str(), nullptr);
    else
      value = std::strtof(copy.c_str(), nullptr);
  }
  return value;
}

}  // namespace

std::optional<std::int64_t> parse_timestamp_text(std::string_view text) {
  if (text.size() == 24)
    if (const auto micros = usual_timestamp(text.data()))
      return micros;
  return any_timestamp(text);
}

std::optional<std::int32_t> parse_date_text(std::string_view text) {
  text_cursor cursor{text};
  const auto days = take_date(cursor);
  if (!days || cursor.empty() || cursor.take('T') || cursor.take(' '))
    return days;
  return std::nullopt;
}

std::optional<double> parse_double(std::string_view text) { return parse_floating<double>(text); }
std::optional<float> parse_float(std::string_view text) { return parse_floating<float>(text); }

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (text.size() > 1 && text.front() == '+' && text_cursor::is_digit(text[1]))
    text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<int128> parse_decimal_text(std::string_view text, int precision, int scale) {
  const auto point = text.find('.');
  const auto exponent = text.find_first_of("eE");
  const auto places = static_cast<std::size_t>(scale);
  if (point == std::string_view::npos || text.size() - point - 1 <= places) {
    const auto exact = parse_decimal(text, precision, scale);
    if (exact.ok())
      return *exact;
  }
  if (exponent != std::string_view::npos) {
    // Rare: as many places as 38 digits allow, and from there.
    for (auto more = max_decimal_digits; more > scale; --more) {
      auto fine = parse_decimal(text, max_decimal_digits, more);
      if (fine.ok() && rescale_decimal(*fine, more, precision, scale))
        return *fine;
    }
    return std::nullopt;
  }
  if (point == std::string_view::npos || text.size() - point - 1 <= places)
    return std::nullopt;
  // The first place too many decides.
  const auto rest = text.substr(point + 1 + places);
  if (rest.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  const auto cut = parse_decimal(text.substr(0, point + (places == 0 ? 0 : 1 + places)), precision, scale);
  if (!cut.ok())
    return std::nullopt;
  const auto rounded = *cut + (rest.front() < '5' ? 0 : text.front() == '-' ? -1 : 1);
  return fits_decimal(rounded, precision) ? std::optional{rounded} : std::nullopt;
}

std::optional<double> parse_not_finite(std::string_view text) {
  if (text == "NaN")
    return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity" || text == "+Infinity" || text == "+INF")
    return std::numeric_limits<double>::infinity();
  if (text == "-Infinity" || text == "-INF")
    return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

bool decode_base64(std::string_view text, std::string& out) {
  static const auto values = [] {
    std::array<std::int8_t, 256> made{};
    made.fill(-1);
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < digits.size(); ++i)
      made[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
    return made;
  }();
  if (text.size() % 4 != 0)
    return false;
  const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  text.remove_suffix(padding);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const auto c : text) {
    const auto value = values[static_cast<unsigned char>(c)];
    if (value < 0)
      return false;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 0xFFU);
    }
  }
  return true;
}

}  // namespace weir::detail
