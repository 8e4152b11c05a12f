#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <weir/columns/error.hpp>

namespace weir::detail {

/// A pattern of a date and time, as Spark's: y M d H h m s S a E, quoted text, and other signs as they are; UTC.
///
///     yyyy-MM-dd'T'HH:mm:ss.SSS    2024-01-05T06:07:08.500
class time_pattern {
public:
  /// Errors: invalid_argument for letters that are none of these, and for more of one than mean something.
  static result<time_pattern> parse(std::string_view text);

  /// Appends the time, microseconds since the Unix epoch.
  void format(std::int64_t micros, std::string& out) const;
  /// The time that a text says: what the pattern leaves out is 1970-01-01 00:00:00. None: the text does not fit.
  std::optional<std::int64_t> read(std::string_view text) const;

private:
  struct part {
    char letter = 0;  ///< 0: `text` as it is
    int count = 0;
    std::string text;
  };
  std::vector<part> parts_;
};

}  // namespace weir::detail
