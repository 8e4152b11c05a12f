#include <weir/expressions/json/lines.hpp>

namespace weir {

result<json_lines_reader> json_lines_reader::make(const schema& wanted, json_options options) {
  WEIR_ASSIGN(auto reader, json_reader::make(wanted, std::move(options), json_shape::rows));
  return json_lines_reader{std::move(reader)};
}

result<std::size_t> json_lines_reader::append(std::string_view text, bool end) {
  std::size_t taken = 0;
  while (taken < text.size() && !full()) {
    const auto feed = text.find('\n', taken);
    if (feed == std::string_view::npos && !end)
      break;
    auto line = text.substr(taken, feed == std::string_view::npos ? feed : feed - taken);
    taken = feed == std::string_view::npos ? text.size() : feed + 1;
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos)
      WEIR_TRY(reader_.append(line));
  }
  return taken;
}

}  // namespace weir
