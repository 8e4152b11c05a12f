#include <weir/expressions/value_text.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <limits>
#include <string>

namespace weir::detail {

namespace {

std::string_view trimmed(std::string_view text) {
  // As Java's trim(): what is not above a blank goes.
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ')
    text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ')
    text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// Takes what it reads off the front of a text.
class reader {
public:
  explicit reader(std::string_view text) : rest_{text} {}

  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c))
      return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_any(std::string_view set) {
    if (rest_.empty() || set.find(rest_.front()) == std::string_view::npos)
      return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    if (!rest_.starts_with(word))
      return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  /// A number of `least` to `most` digits.
  std::optional<int> digits(std::size_t least, std::size_t most) {
    std::size_t count = 0;
    auto value = 0;
    while (count < rest_.size() && count < most && rest_[count] >= '0' && rest_[count] <= '9')
      value = value * 10 + (rest_[count++] - '0');
    if (count < least)
      return std::nullopt;
    rest_.remove_prefix(count);
    return value;
  }
  /// Digits after a point, as microseconds; more than six are cut.
  std::optional<int> fraction() {
    auto value = 0;
    auto count = 0;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; ++count, rest_.remove_prefix(1))
      if (count < 6)
        value = value * 10 + (rest_.front() - '0');
    for (auto i = count; i < 6; ++i)
      value *= 10;
    return count > 9 ? std::nullopt : std::optional{value};
  }

private:
  std::string_view rest_;
};

/// Minutes east of UTC.
std::optional<int> zone_from(reader& text) {
  if (text.at_end() || text.take_word("Z") || text.take_word("UTC") || text.take_word("GMT"))
    return text.at_end() ? std::optional{0} : std::nullopt;
  const auto west = text.take('-');
  if (!west && !text.take('+'))
    return std::nullopt;
  const auto hours = text.digits(1, 2);
  const auto minutes = text.take(':') ? text.digits(1, 2) : std::optional{0};
  if (!hours || !minutes || !text.at_end() || *hours > 18 || *minutes > 59)
    return std::nullopt;
  return (*hours * 60 + *minutes) * (west ? -1 : 1);
}

}  // namespace

std::optional<std::int64_t> integer_from(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+') && !text.starts_with("+-"))
    text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<double> real_from(std::string_view text) {
  text = trimmed(text);
  const auto word = lower(text);
  const auto unsigned_word = std::string_view{word}.substr(word.starts_with('+') || word.starts_with('-') ? 1 : 0);
  if (word == "nan")
    return std::numeric_limits<double>::quiet_NaN();
  if (unsigned_word == "inf" || unsigned_word == "infinity")
    return (word.starts_with('-') ? -1 : 1) * std::numeric_limits<double>::infinity();
  if (text.starts_with('+') && !text.starts_with("+-"))
    text.remove_prefix(1);
  if (text.size() > 1 && std::string_view{"dDfF"}.find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  // from_chars reads these words too, in places where Spark does not.
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos)
    return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size())
    return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Too large is infinite and too small is zero, as Java reads it: the exponent's sign tells which.
    const auto exponent = text.find_first_of("eE");
    const auto small = exponent != std::string_view::npos && text.substr(exponent + 1).starts_with('-');
    return (text.starts_with('-') ? -1 : 1) * (small ? 0.0 : std::numeric_limits<double>::infinity());
  }
  return error == std::errc{} ? std::optional{value} : std::nullopt;
}

std::optional<bool> boolean_from(std::string_view text) {
  const auto word = lower(trimmed(text));
  if (word == "t" || word == "true" || word == "y" || word == "yes" || word == "1")
    return true;
  if (word == "f" || word == "false" || word == "n" || word == "no" || word == "0")
    return false;
  return std::nullopt;
}

std::optional<std::int64_t> timestamp_from(std::string_view text) {
  using namespace std::chrono;  // NOLINT: nothing but times here
  reader in{trimmed(text)};
  const auto year_number = in.digits(4, 6);
  const auto month_number = in.take('-') ? in.digits(1, 2) : std::optional{1};
  const auto day_number = month_number && in.take('-') ? in.digits(1, 2) : std::optional{1};
  if (!year_number || !month_number || !day_number)
    return std::nullopt;
  const year_month_day date{year{*year_number}, month{static_cast<unsigned>(*month_number)},
                            day{static_cast<unsigned>(*day_number)}};
  // std::chrono's years end at 32767; microseconds end far later.
  if (*year_number > 32'767 || !date.ok())
    return std::nullopt;
  auto time = duration_cast<microseconds>(sys_days{date}.time_since_epoch());
  if (in.at_end())
    return time.count();
  if (!in.take_any(" T"))
    return std::nullopt;
  if (in.at_end())
    return time.count();
  const auto hour_number = in.digits(1, 2);
  const auto minute_number = in.take(':') ? in.digits(1, 2) : std::nullopt;
  const auto second_number = in.take(':') ? in.digits(1, 2) : std::optional{0};
  const auto micros = in.take('.') ? in.fraction() : std::optional{0};
  if (!hour_number || !minute_number || !second_number || !micros || *hour_number > 23 || *minute_number > 59 ||
      *second_number > 59)
    return std::nullopt;
  in.take(' ');
  const auto zone = zone_from(in);
  if (!zone)
    return std::nullopt;
  time += hours{*hour_number} + minutes{*minute_number - *zone} + seconds{*second_number} + microseconds{*micros};
  return time.count();
}

}  // namespace weir::detail
