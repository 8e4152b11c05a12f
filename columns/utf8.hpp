#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

/// True when all of the text is valid UTF-8. Fast: eight ASCII bytes a step.
bool valid_utf8(std::string_view text) noexcept;

/// The character at the front of a text; `size` is 0 when no valid one stands there.
struct utf8_character {
  std::size_t size = 0;     ///< bytes
  std::uint32_t point = 0;  ///< the code point
};

/// Reads the first character of a text that is not empty; overlong forms and surrogates are not valid.
utf8_character next_utf8(std::string_view text) noexcept;

}  // namespace weir
