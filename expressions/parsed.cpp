#include <weir/expressions/parsed.hpp>

#include <algorithm>

#include <weir/columns/utf8.hpp>

namespace weir::detail {

std::string excerpt(std::string_view record) {
  constexpr std::size_t most = 120;
  if (record.size() <= most)
    return std::string{record};
  auto end = most;
  while (end > 0 && (static_cast<unsigned char>(record[end]) & 0xC0U) == 0x80U)
    --end;
  return std::string{record.substr(0, end)} + "...";
}

std::string as_utf8(std::string_view record) {
  if (valid_utf8(record))
    return std::string{record};
  std::string text;
  while (!record.empty()) {
    const auto size = next_utf8(record).size;
    text += size == 0 ? std::string_view{"\xEF\xBF\xBD"} : record.substr(0, size);
    record.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return text;
}

}  // namespace weir::detail
