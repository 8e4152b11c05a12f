#include <weir/expressions/json/raw_json.hpp>

namespace weir::detail {

char raw_json::next_bracket() {
  for (;;) {
    at_ = document_.find_first_of("\"{}[]", at_);
    if (at_ == std::string_view::npos) {
      at_ = document_.size();
      return 0;
    }
    const auto c = document_[at_++];
    if (c != '"')
      return c;
    while (at_ < document_.size() && document_[at_] != '"')
      at_ += document_[at_] == '\\' ? 2 : 1;
    ++at_;
  }
}

std::string_view raw_json::find(std::size_t ordinal) {
  while (opened_ < ordinal) {
    const auto c = next_bracket();
    if (c == 0)
      return {};
    if (c == '{' || c == '[')
      ++opened_;
  }
  const auto begin = at_ - 1;
  for (std::size_t open = 1; open > 0;) {
    const auto c = next_bracket();
    if (c == 0)
      return {};
    if (c == '{' || c == '[') {
      ++open;
      ++opened_;
    } else {
      --open;
    }
  }
  return document_.substr(begin, at_ - begin);
}

}  // namespace weir::detail
