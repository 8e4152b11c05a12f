#include <weir/expressions/csv/lines.hpp>

#include <limits>

#include <weir/expressions/parsed/values.hpp>

namespace weir::detail {

namespace {

bool same_letters(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size())
    return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((text[i] | 0x20) != lower[i])
      return false;
  return true;
}

}  // namespace

csv_form form_of(const csv_options& options) {
  return {options.separator, options.quote, options.escape, options.trim};
}

status check_form(const csv_options& options) {
  const auto line_end = [](char c) { return c == '\n' || c == '\r'; };
  if (options.separator == options.quote || line_end(options.separator) || line_end(options.quote) ||
      line_end(options.escape) || options.escape == options.separator)
    return {
        errc::invalid_argument,
        "CSV: separator, quote and escape must differ from each other (escape may be the quote) and be no line end"};
  return {};
}

std::size_t passed_over(std::string_view text, bool end, const csv_options& options) {
  std::size_t passed = 0;
  while (passed < text.size()) {
    auto at = passed;
    if (options.comment && text[at] == *options.comment)
      at = text.find('\n', at);
    else
      at = text.find_first_not_of(options.separator == '\t' ? " \r" : options.separator == ' ' ? "\t\r" : " \t\r", at);
    if (at == std::string_view::npos)
      return end ? text.size() : passed;
    if (text[at] != '\n')
      return passed;
    passed = at + 1;
  }
  return passed;
}

bool parse_boolean(std::string_view text, bool& value) {
  value = same_letters(text, "true");
  return value || same_letters(text, "false");
}

std::optional<double> parse_real(std::string_view text) {
  const auto unsigned_text = text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
  if (unsigned_text.empty())
    return std::nullopt;
  const auto first = unsigned_text.front();
  if (first == '.' || (first >= '0' && first <= '9'))
    return parse_double(text.front() == '+' ? unsigned_text : text);
  if (text == "NaN")
    return std::numeric_limits<double>::quiet_NaN();
  if (unsigned_text != "Inf" && unsigned_text != "Infinity")
    return std::nullopt;
  const auto infinity = std::numeric_limits<double>::infinity();
  return text.front() == '-' ? -infinity : infinity;
}

}  // namespace weir::detail
