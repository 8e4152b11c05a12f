#include "interval_option.hpp"

#include <weir/columns/time.hpp>

std::optional<std::chrono::microseconds> parse_interval_option(const std::string& text) {
  const auto unit = text.find_first_not_of("0123456789");
  if (unit != std::string::npos && unit > 0 && unit < 10) {
    const std::chrono::microseconds::rep count = std::stoll(text.substr(0, unit));
    if (text.substr(unit) == "ms")
      return std::chrono::milliseconds{count};
    if (text.substr(unit) == "s")
      return std::chrono::seconds{count};
    if (text.substr(unit) == "m")
      return std::chrono::minutes{count};
  }
  const auto parsed = weir::parse_trigger_interval(text);
  return parsed.ok() ? std::optional{*parsed} : std::nullopt;
}
