#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include <weir/expressions/parsed/values.hpp>

namespace weir::detail {

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

/// parse_timestamp_text() for a column of times: fast for "yyyy-MM-ddTHH:mm:ss.SSSZ", the form that most programs
/// write, and for a day that is the one before, as in a stream.
class timestamp_text {
public:
  std::optional<std::int64_t> parse(std::string_view text) {
    if (std::endian::native != std::endian::little || text.size() != 24)
      return parse_timestamp_text(text);
    const eight_characters head{text.data() + 10, "T00:00:0"};
    const eight_characters tail{text.data() + 16, ":00.000Z"};
    const auto hour = head.pair(1);
    const auto minute = head.pair(4);
    const auto second = tail.pair(1);
    std::uint64_t month;
    std::uint16_t day;
    std::memcpy(&month, text.data(), sizeof month);
    std::memcpy(&day, text.data() + sizeof month, sizeof day);
    if (!head.fit || !tail.fit || hour > 23 || minute > 59 || second > 59 ||
        ((month != month_ || day != day_) && !new_day(text, month, day)))
      return parse_timestamp_text(text);
    const auto millis = tail.pair(4) * 10 + tail.pair(5) % 10;
    return midnight_ + ((hour * 60 + minute) * 60 + second) * std::int64_t{1'000'000} + millis * 1000;
  }

private:
  bool new_day(std::string_view text, std::uint64_t month, std::uint16_t day) {
    const auto date = text.substr(0, 10);
    const auto days = eight_characters{date.data(), "0000-00-"}.fit && date.find_last_not_of("0123456789") == 7
                          ? parse_date_text(date)
                          : std::nullopt;
    if (!days)
      return false;
    month_ = month;
    day_ = day;
    midnight_ = *days * std::int64_t{86'400'000'000};
    return true;
  }

  std::uint64_t month_ = 0;  ///< the text of the last day, "yyyy-MM-" and "dd"
  std::uint16_t day_ = 0;
  std::int64_t midnight_ = 0;
};

}  // namespace weir::detail
