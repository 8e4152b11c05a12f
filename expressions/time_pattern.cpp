#include <weir/expressions/time_pattern.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>

namespace weir::detail {

namespace {

using namespace std::chrono;  // NOLINT: nothing but times here

constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                  "May",       "June",     "July",     "August",
                                                  "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

struct letter_rule {
  char letter;
  int most;  ///< how many of it in a row
};
constexpr std::array rules{letter_rule{'y', 6}, letter_rule{'M', 4}, letter_rule{'d', 2}, letter_rule{'H', 2},
                           letter_rule{'h', 2}, letter_rule{'m', 2}, letter_rule{'s', 2}, letter_rule{'S', 9},
                           letter_rule{'a', 1}, letter_rule{'E', 4}};

void append_digits(std::int64_t value, int least, std::string& out) {
  const auto digits = std::to_string(value < 0 ? -value : value);
  out.append(value < 0 ? "-" : "");
  out.append(static_cast<std::size_t>(std::max(0, least - static_cast<int>(digits.size()))), '0').append(digits);
}

/// Digits at the front of the text, taken off.
std::optional<std::int64_t> take_digits(std::string_view& text, int least, int most) {
  std::int64_t value = 0;
  auto count = 0;
  for (; count < most && !text.empty() && text.front() >= '0' && text.front() <= '9'; ++count, text.remove_prefix(1))
    value = value * 10 + (text.front() - '0');
  return count < least ? std::nullopt : std::optional{value};
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::ranges::equal(text.substr(0, word.size()), word, [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
         });
}

/// One of the names at the front, whole or its first three letters; taken off. Its number from 0.
template <std::size_t N>
std::optional<int> take_name(std::string_view& text, const std::array<std::string_view, N>& names, bool whole) {
  for (std::size_t i = 0; i < N; ++i) {
    const auto name = whole ? names[i] : names[i].substr(0, 3);
    if (starts_with_word(text, name)) {
      text.remove_prefix(name.size());
      return static_cast<int>(i);
    }
  }
  return std::nullopt;
}

struct broken_time {
  std::int64_t year = 1970;
  std::int64_t month = 1;
  std::int64_t day = 1;
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  std::int64_t micros = 0;
  std::optional<bool> afternoon;
};

bool in_range(std::optional<std::int64_t> value, std::int64_t least, std::int64_t most, std::int64_t& out) {
  if (!value || *value < least || *value > most)
    return false;
  out = *value;
  return true;
}

bool take_fraction(std::string_view& text, int count, std::int64_t& micros) {
  const auto value = take_digits(text, count, count);
  if (!value)
    return false;
  micros = *value;
  for (; count < 6; ++count)
    micros *= 10;
  for (; count > 6; --count)
    micros /= 10;
  return true;
}

bool take_year(std::string_view& text, int count, broken_time& to) {
  if (count == 2) {
    const auto value = take_digits(text, 2, 2);
    to.year = 2000 + value.value_or(0);
    return value.has_value();
  }
  return in_range(take_digits(text, std::max(count, 1), std::max(count, 4) == 4 ? 4 : count), 0, 32'767, to.year);
}

bool take_month(std::string_view& text, int count, broken_time& to) {
  if (count < 3)
    return in_range(take_digits(text, count, 2), 1, 12, to.month);
  const auto name = take_name(text, months, count == 4);
  to.month = name.value_or(0) + 1;
  return name.has_value();
}

bool take_half(std::string_view& text, broken_time& to) {
  to.afternoon = starts_with_word(text, "PM");
  if (!*to.afternoon && !starts_with_word(text, "AM"))
    return false;
  text.remove_prefix(2);
  return true;
}

bool take_part(char letter, int count, std::string_view& text, broken_time& to) {
  switch (letter) {
  case 'y': return take_year(text, count, to);
  case 'M': return take_month(text, count, to);
  case 'd': return in_range(take_digits(text, count, 2), 1, 31, to.day);
  case 'H': return in_range(take_digits(text, count, 2), 0, 23, to.hour);
  case 'h': return in_range(take_digits(text, count, 2), 1, 12, to.hour);
  case 'm': return in_range(take_digits(text, count, 2), 0, 59, to.minute);
  case 's': return in_range(take_digits(text, count, 2), 0, 59, to.second);
  case 'S': return take_fraction(text, count, to.micros);
  case 'a': return take_half(text, to);
  default: return take_name(text, weekdays, count == 4).has_value();
  }
}

}  // namespace

result<time_pattern> time_pattern::parse(std::string_view text) {
  time_pattern made;
  const auto bad = [&](const std::string& why) {
    return status{errc::invalid_argument, "the pattern '" + std::string{text} + "': " + why};
  };
  const auto literal = [&](char c) {
    if (made.parts_.empty() || made.parts_.back().letter != 0)
      made.parts_.push_back({});
    made.parts_.back().text += c;
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto c = text[i];
    if (c == '\'') {
      if (i + 1 < text.size() && text[i + 1] == '\'') {
        literal('\'');
        i += 2;
        continue;
      }
      for (++i;; ++i) {
        if (i >= text.size())
          return bad("a quote is open");
        if (text[i] == '\'' && (i + 1 >= text.size() || text[i + 1] != '\''))
          break;
        i += text[i] == '\'' ? 1 : 0;
        literal(text[i]);
      }
      ++i;
      continue;
    }
    if (std::isalpha(static_cast<unsigned char>(c)) == 0) {
      if (std::string_view{"[]{}#"}.find(c) != std::string_view::npos)
        return bad(std::string{"'"} + c + "' has no meaning here; quote it");
      literal(c);
      ++i;
      continue;
    }
    const auto rule = std::ranges::find(rules, c, &letter_rule::letter);
    if (rule == rules.end())
      return bad(std::string{"'"} + c + "' has no meaning here; there are y M d H h m s S a E, and quoted text");
    auto count = 0;
    for (; i < text.size() && text[i] == c; ++i)
      ++count;
    if (count > rule->most)
      return bad(std::to_string(count) + " of '" + c + "'; at most " + std::to_string(rule->most) + " mean something");
    made.parts_.push_back({c, count, {}});
  }
  return made;
}

void time_pattern::format(std::int64_t micros, std::string& out) const {
  constexpr std::int64_t day_us = 86'400'000'000;
  // By hand: rounding the earliest times down to a day would overflow in microseconds.
  const auto day_number = micros / day_us - (micros % day_us < 0 ? 1 : 0);
  const auto of_day = (micros % day_us + day_us) % day_us;
  const auto days_since = sys_days{days{day_number}};
  const year_month_day date{days_since};
  const auto hour = of_day / 3'600'000'000;
  for (const auto& one : parts_) {
    switch (one.letter) {
    case 0: out += one.text; break;
    case 'y': {
      const auto year = static_cast<std::int64_t>(static_cast<int>(date.year()));
      append_digits(one.count == 2 ? ((year % 100) + 100) % 100 : year, one.count, out);
      break;
    }
    case 'M': {
      const auto month = static_cast<unsigned>(date.month());
      if (one.count < 3)
        append_digits(month, one.count, out);
      else
        out += one.count == 3 ? months[month - 1].substr(0, 3) : months[month - 1];
      break;
    }
    case 'd': append_digits(static_cast<unsigned>(date.day()), one.count, out); break;
    case 'H': append_digits(hour, one.count, out); break;
    case 'h': append_digits(hour % 12 == 0 ? 12 : hour % 12, one.count, out); break;
    case 'm': append_digits(of_day / 60'000'000 % 60, one.count, out); break;
    case 's': append_digits(of_day / 1'000'000 % 60, one.count, out); break;
    case 'S': {
      std::string digits;
      append_digits(of_day % 1'000'000 * 1000, 9, digits);
      out += digits.substr(0, static_cast<std::size_t>(one.count));
      break;
    }
    case 'a': out += hour < 12 ? "AM" : "PM"; break;
    default: {
      const auto name = weekdays[weekday{days_since}.c_encoding()];
      out += one.count == 4 ? name : name.substr(0, 3);
    }
    }
  }
}

std::optional<std::int64_t> time_pattern::read(std::string_view text) const {
  broken_time read;
  auto half_day = false;
  for (const auto& one : parts_) {
    half_day = half_day || one.letter == 'h';
    if (one.letter == 0) {
      if (!text.starts_with(one.text))
        return std::nullopt;
      text.remove_prefix(one.text.size());
    } else if (!take_part(one.letter, one.count, text, read)) {
      return std::nullopt;
    }
  }
  const year_month_day date{year{static_cast<int>(read.year)}, month{static_cast<unsigned>(read.month)},
                            day{static_cast<unsigned>(read.day)}};
  if (!text.empty() || !date.ok())
    return std::nullopt;
  if (half_day)
    read.hour = read.hour % 12 + (read.afternoon.value_or(false) ? 12 : 0);
  const auto time = duration_cast<microseconds>(sys_days{date}.time_since_epoch()) + hours{read.hour} +
                    minutes{read.minute} + seconds{read.second} + microseconds{read.micros};
  return time.count();
}

}  // namespace weir::detail
