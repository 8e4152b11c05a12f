#include <weir/columns/utf8.hpp>

#include <array>

#include <arrow/util/utf8.h>

namespace weir {

bool valid_utf8(std::string_view text) noexcept {
  static const bool ready = (arrow::util::InitializeUTF8(), true);
  return ready && arrow::util::ValidateUTF8(text);
}

utf8_character next_utf8(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80)
    return {1, first};
  const auto size = first >= 0xF0 ? 4U : first >= 0xE0 ? 3U : 2U;
  if (first < 0xC2 || first > 0xF4 || text.size() < size)
    return {};
  std::uint32_t point = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U)
      return {};
    point = (point << 6U) | (next & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const auto surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < least[size] || point > 0x10FFFF || surrogate)
    return {};
  return {size, point};
}

}  // namespace weir
