#include <weir/columns/date.hpp>

#include <utility>

namespace weir {

// Both by hand: int32 days go beyond the years that std::chrono has. The algorithms are Howard Hinnant's
// (chrono-compatible low-level date algorithms): years begin in March, so that a leap day is the last.
std::string format_date(std::int32_t days) {
  const auto shifted = std::int64_t{days} + 719'468;
  const auto era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const auto day_of_era = shifted - era * 146'097;
  const auto year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const auto day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto month_from_march = (5 * day_of_year + 2) / 153;
  const auto day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const auto month = month_from_march + (month_from_march < 10 ? 3 : -9);
  const auto year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const auto padded = [](std::int64_t value, std::size_t width) {
    auto digits = std::to_string(value);
    return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
  };
  return (year < 0      ? "-"
          : year > 9999 ? "+"
                        : "") +
         padded(year < 0 ? -year : year, 4) + '-' + padded(month, 2) + '-' + padded(day, 2);
}

result<std::int32_t> parse_date(std::string_view text) {
  const auto bad = [&] {
    return status{errc::invalid_argument, "'" + std::string{text} + "' is no date; expected as in \"2024-01-31\""};
  };
  auto rest = text;
  const auto negative = rest.starts_with('-');
  if (negative || rest.starts_with('+'))
    rest.remove_prefix(1);
  const auto dash = rest.find('-');
  if (dash == std::string_view::npos || dash < 4 || dash > 7 || rest.size() != dash + 6 || rest[dash + 3] != '-')
    return bad();
  const auto number = [&](std::size_t begin, std::size_t size) -> std::int64_t {
    std::int64_t value = 0;
    for (const auto c : rest.substr(begin, size)) {
      if (c < '0' || c > '9')
        return -1;
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const auto written = number(0, dash);
  const auto month = number(dash + 1, 2);
  const auto day = number(dash + 4, 2);
  if (written < 0 || month < 1 || month > 12 || day < 1)
    return bad();
  const auto year = negative ? -written : written;
  const auto leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  constexpr int month_days[]{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (day > month_days[month - 1] + (month == 2 && leap ? 1 : 0))
    return bad();
  const auto from_march = year - (month <= 2 ? 1 : 0);
  const auto era = (from_march >= 0 ? from_march : from_march - 399) / 400;
  const auto year_of_era = from_march - era * 400;
  const auto day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const auto days = era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
  if (!std::in_range<std::int32_t>(days))
    return bad();
  return static_cast<std::int32_t>(days);
}

}  // namespace weir
