#include <weir/columns/time.hpp>

#include <cctype>
#include <charconv>
#include <limits>
#include <optional>
#include <vector>

namespace weir {

namespace {

using std::chrono::microseconds;

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_us = 86'400 * second_us;
constexpr std::int64_t month_us = 31 * day_us;

struct interval {
  std::int64_t months = 0;
  std::int64_t micros = 0;
};

std::string lower(std::string_view text) {
  std::string made{text};
  for (auto& c : made)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return made;
}

/// Words, with a quoted text as one word without its quotes.
std::optional<std::vector<std::string>> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < text.size();) {
    if (std::isspace(static_cast<unsigned char>(text[i])) != 0) {
      ++i;
      continue;
    }
    if (text[i] == '\'') {
      const auto end = text.find('\'', i + 1);
      if (end == std::string_view::npos)
        return std::nullopt;
      words.emplace_back(text.substr(i + 1, end - i - 1));
      i = end + 1;
      continue;
    }
    auto end = i;
    while (end < text.size() && std::isspace(static_cast<unsigned char>(text[end])) == 0 && text[end] != '\'')
      ++end;
    words.emplace_back(text.substr(i, end - i));
    i = end;
  }
  return words;
}

std::optional<std::int64_t> integer(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-'))
      return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty())
    return std::nullopt;
  return value;
}

/// "4", "-4.25": seconds in microseconds.
std::optional<std::int64_t> seconds(std::string_view text) {
  const auto negative = text.starts_with('-');
  if (negative || text.starts_with('+'))
    text.remove_prefix(1);
  const auto dot = text.find('.');
  const auto whole = integer(text.substr(0, dot));
  if (!whole || *whole < 0 || *whole > std::numeric_limits<std::int64_t>::max() / second_us - 1)
    return std::nullopt;
  std::int64_t fraction = 0;
  if (dot != std::string_view::npos) {
    std::string digits{text.substr(dot + 1)};
    if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos)
      return std::nullopt;
    digits.resize(9, '0');
    const auto nanos = integer(digits);
    if (!nanos || *nanos < 0)
      return std::nullopt;
    fraction = *nanos / 1000;
  }
  const auto total = *whole * second_us + fraction;
  return negative ? -total : total;
}

bool add_unit(interval& to, std::string_view count, std::string_view unit_text) {
  auto unit = lower(unit_text);
  if (unit.size() > 1 && unit.ends_with('s'))
    unit.pop_back();
  const auto scaled = [&](std::int64_t& field, std::int64_t scale) {
    const auto value = integer(count);
    std::int64_t product = 0;
    return value && !__builtin_mul_overflow(*value, scale, &product) && !__builtin_add_overflow(field, product, &field);
  };
  if (unit == "year")
    return scaled(to.months, 12);
  if (unit == "month")
    return scaled(to.months, 1);
  if (unit == "week")
    return scaled(to.micros, 7 * day_us);
  if (unit == "day")
    return scaled(to.micros, day_us);
  if (unit == "hour")
    return scaled(to.micros, 3600 * second_us);
  if (unit == "minute")
    return scaled(to.micros, 60 * second_us);
  if (unit == "millisecond")
    return scaled(to.micros, 1000);
  if (unit == "microsecond")
    return scaled(to.micros, 1);
  if (unit != "second")
    return false;
  const auto value = seconds(count);
  return value && !__builtin_add_overflow(to.micros, *value, &to.micros);
}

/// '1-2' year to month.
bool add_year_to_month(interval& to, std::string_view text) {
  const auto negative = text.starts_with('-');
  if (negative)
    text.remove_prefix(1);
  const auto dash = text.find('-');
  if (dash == std::string_view::npos)
    return false;
  const auto years = integer(text.substr(0, dash));
  const auto months = integer(text.substr(dash + 1));
  if (!years || !months || *years < 0 || *years > 100'000 || *months < 0 || *months > 11)
    return false;
  const auto total = *years * 12 + *months;
  to.months += negative ? -total : total;
  return true;
}

/// '1 2:3:4' day to second.
bool add_day_to_second(interval& to, std::string_view text) {
  const auto negative = text.starts_with('-');
  if (negative)
    text.remove_prefix(1);
  const auto blank = text.find(' ');
  const auto first = text.find(':');
  const auto second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (blank == std::string_view::npos || second == std::string_view::npos || blank > first)
    return false;
  const auto days = integer(text.substr(0, blank));
  const auto hours = integer(text.substr(blank + 1, first - blank - 1));
  const auto minutes = integer(text.substr(first + 1, second - first - 1));
  const auto rest = seconds(text.substr(second + 1));
  if (!days || !hours || !minutes || !rest || *days < 0 || *days > 100'000'000 || *hours < 0 || *hours > 23 ||
      *minutes < 0 || *minutes > 59 || *rest < 0 || *rest >= 60 * second_us)
    return false;
  const auto total = *days * day_us + (*hours * 60 + *minutes) * 60 * second_us + *rest;
  to.micros += negative ? -total : total;
  return true;
}

std::optional<interval> parse(std::string_view text) {
  const auto words = words_of(text);
  if (!words || words->empty())
    return std::nullopt;
  std::size_t next = 0;
  if (lower(words->front()) == "interval")
    ++next;
  interval made;
  const auto left = words->size() - next;
  const auto word = [&](std::size_t index) { return lower((*words)[next + index]); };
  if (left == 4 && word(2) == "to") {
    if (word(1) == "year" && word(3) == "month")
      return add_year_to_month(made, (*words)[next]) ? std::optional{made} : std::nullopt;
    if (word(1) == "day" && word(3) == "second")
      return add_day_to_second(made, (*words)[next]) ? std::optional{made} : std::nullopt;
    return std::nullopt;
  }
  if (left == 0 || left % 2 != 0)
    return std::nullopt;
  for (; next < words->size(); next += 2)
    if (!add_unit(made, (*words)[next], (*words)[next + 1]))
      return std::nullopt;
  return made;
}

status bad_interval(std::string_view text) {
  return {errc::invalid_argument, "'" + std::string{text} + "' is no interval; expected as in \"10 seconds\""};
}

std::optional<std::int64_t> total_of(const interval& parsed) {
  std::int64_t total = 0;
  if (__builtin_mul_overflow(parsed.months, month_us, &total) || __builtin_add_overflow(total, parsed.micros, &total))
    return std::nullopt;
  return total;
}

}  // namespace

result<microseconds> parse_interval(std::string_view text) {
  const auto parsed = parse(text);
  const auto total = parsed ? total_of(*parsed) : std::nullopt;
  if (!total)
    return bad_interval(text);
  return microseconds{*total};
}

result<microseconds> parse_delay(std::string_view text) {
  WEIR_ASSIGN(const auto delay, parse_interval(text));
  if (delay.count() < 0)
    return status{errc::invalid_argument, "delay threshold '" + std::string{text} + "' should not be negative"};
  return delay;
}

result<microseconds> parse_trigger_interval(std::string_view text) {
  const auto parsed = parse(text);
  if (!parsed)
    return status{errc::invalid_argument, "trigger: " + bad_interval(text).message()};
  if (parsed->months != 0)
    return status{errc::invalid_argument,
                  "'" + std::string{text} + "': a trigger does not support month or year intervals"};
  if (parsed->micros < 0)
    return status{errc::invalid_argument,
                  "the interval of trigger should not be negative: '" + std::string{text} + "'"};
  return microseconds{parsed->micros};
}

std::string format_iso(timestamp time) {
  // By hand: rounding the earliest times down to a day would overflow in microseconds.
  const auto micros = time.time_since_epoch().count();
  const auto days = micros / day_us - (micros % day_us < 0 ? 1 : 0);
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  const std::chrono::hh_mm_ss clock{
      std::chrono::floor<std::chrono::milliseconds>(microseconds{(micros % day_us + day_us) % day_us})};
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto digits = [&](std::size_t end, std::size_t count, std::int64_t value) {
    for (; count > 0; --count, value /= 10)
      text[--end] = static_cast<char>('0' + value % 10);
  };
  digits(23, 3, clock.subseconds().count());
  digits(19, 2, clock.seconds().count());
  digits(16, 2, clock.minutes().count());
  digits(13, 2, clock.hours().count());
  digits(10, 2, static_cast<unsigned>(date.day()));
  digits(7, 2, static_cast<unsigned>(date.month()));
  // ISO 8601 wants a sign where four digits do not hold the year.
  const auto year = static_cast<int>(date.year());
  if (year >= 0 && year <= 9999)
    digits(4, 4, year);
  else
    text.replace(0, 4, (year < 0 ? "" : "+") + std::to_string(year));
  return text;
}

std::string format_interval(microseconds interval) {
  const auto micros = interval.count();
  if (micros % 1'000'000 == 0)
    return std::to_string(micros / 1'000'000) + "s";
  if (micros % 1'000 == 0)
    return std::to_string(micros / 1'000) + "ms";
  return std::to_string(micros) + "us";
}

std::string format_duration(microseconds duration) {
  const auto negative = duration.count() < 0;
  // Unsigned, for the one value that has no positive.
  const auto micros = negative ? std::uint64_t{0} - static_cast<std::uint64_t>(duration.count())
                               : static_cast<std::uint64_t>(duration.count());
  const auto with_tenths = [](std::uint64_t value, std::uint64_t unit) {
    const auto tenths = value / (unit / 10);
    return std::to_string(tenths / 10) + (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10));
  };
  const auto pair = [](std::uint64_t large, const char* large_unit, std::uint64_t small, const char* small_unit) {
    return std::to_string(large) + large_unit + (small == 0 ? "" : " " + std::to_string(small) + small_unit);
  };
  std::string text = negative ? "-" : "";
  const auto seconds = micros / 1'000'000;
  if (micros < 1000)
    text += std::to_string(micros) + " us";
  else if (seconds == 0)
    text += with_tenths(micros, 1000) + " ms";
  else if (seconds < 60)
    text += with_tenths(micros, 1'000'000) + " s";
  else if (seconds < 3600)
    text += pair(seconds / 60, " min", seconds % 60, " s");
  else if (seconds < 86'400)
    text += pair(seconds / 3600, " h", seconds / 60 % 60, " min");
  else
    text += pair(seconds / 86'400, " d", seconds / 3600 % 24, " h");
  return text;
}

result<timestamp> parse_iso(std::string_view text) {
  const auto bad = [&] {
    return status{errc::invalid_argument,
                  "'" + std::string{text} + "' is no time; expected as in \"1970-01-01T00:00:01.000Z\""};
  };
  auto rest = text;
  if (rest.ends_with('Z'))
    rest.remove_suffix(1);
  if (rest.size() < 19 || rest[4] != '-' || rest[7] != '-' || (rest[10] != 'T' && rest[10] != ' ') || rest[13] != ':' ||
      rest[16] != ':')
    return bad();
  const auto part = [&](std::size_t begin, std::size_t size) -> std::optional<int> {
    const auto digits = rest.substr(begin, size);
    for (const auto c : digits)
      if (c < '0' || c > '9')
        return std::nullopt;
    return static_cast<int>(*integer(digits));
  };
  const auto year = part(0, 4);
  const auto month = part(5, 2);
  const auto day = part(8, 2);
  const auto hour = part(11, 2);
  const auto minute = part(14, 2);
  const auto whole = seconds(rest.substr(17));
  if (!year || !month || !day || !hour || !minute || !whole || *hour > 23 || *minute > 59 || *whole < 0 ||
      *whole >= 60 * second_us)
    return bad();
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok())
    return bad();
  return timestamp{std::chrono::sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         microseconds{*whole};
}

}  // namespace weir
