#include <weir/expressions/csv/record.hpp>

namespace weir::detail {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string_view without_line_end(std::string_view record) {
  if (record.ends_with('\n'))
    record.remove_suffix(1);
  if (record.ends_with('\r'))
    record.remove_suffix(1);
  return record;
}

csv_record::outcome csv_record::split(std::string_view text, bool end, const csv_form& form) {
  text_ = text;
  fields_.clear();
  copies_.clear();
  std::size_t at = 0;
  for (;;) {
    auto begin = at;
    while (form.trim && begin < text.size() && is_blank(text[begin]))
      ++begin;
    auto reached = stop::text;
    if (begin < text.size() && text[begin] == form.quote) {
      at = begin + 1;
      if (!quoted(at, end, form))
        return end ? outcome::unclosed : outcome::more;
      reached = after_quote(at, form);
    } else {
      at = begin;
      reached = plain(at, form);
    }
    if (reached == stop::separator)
      continue;
    if (reached == stop::text && !end)
      return outcome::more;
    taken_ = at;
    return outcome::whole;
  }
}

csv_record::stop csv_record::plain(std::size_t& at, const csv_form& form) {
  const auto begin = at;
  while (at < text_.size() && text_[at] != form.separator && text_[at] != '\n')
    ++at;
  const auto reached = at == text_.size() ? stop::text : text_[at] == '\n' ? stop::line : stop::separator;
  auto size = at - begin;
  if (reached != stop::separator && size > 0 && text_[begin + size - 1] == '\r')
    --size;
  while (form.trim && size > 0 && is_blank(text_[begin + size - 1]))
    --size;
  fields_.push_back({begin, size, false});
  if (reached != stop::text)
    ++at;
  return reached;
}

bool csv_record::quoted(std::size_t& at, bool end, const csv_form& form) {
  const auto begin = at;
  const auto copies = copies_.size();
  auto run = at;  // what is not copied yet begins here
  const auto copy_run = [&] { copies_.append(text_.substr(run, at - run)); };
  for (; at < text_.size(); ++at) {
    const auto c = text_[at];
    const auto next = at + 1 < text_.size() ? text_[at + 1] : '\0';
    if (c != form.quote && c != form.escape)
      continue;
    if (at + 1 == text_.size() && !end)
      return false;
    if (c == form.escape && at + 1 < text_.size() && (next == form.quote || next == form.escape)) {
      copy_run();
      run = ++at;  // the escaped one stays
      continue;
    }
    if (c != form.quote)
      continue;
    if (next == form.quote && at + 1 < text_.size()) {
      copy_run();
      run = ++at;
      continue;
    }
    auto after = at + 1;
    while (form.trim && after < text_.size() && is_blank(text_[after]))
      ++after;
    if (after < text_.size() && text_[after] == '\r')
      ++after;
    if (after == text_.size() && !end)
      return false;
    // A quote that nothing ends after is part of the text.
    if (after < text_.size() && text_[after] != form.separator && text_[after] != '\n')
      continue;
    if (copies_.size() == copies && run == begin) {
      fields_.push_back({begin, at - begin, false});
    } else {
      copy_run();
      fields_.push_back({copies, copies_.size() - copies, true});
    }
    ++at;
    return true;
  }
  return false;
}

csv_record::stop csv_record::after_quote(std::size_t& at, const csv_form& form) const {
  while (at < text_.size() && text_[at] != form.separator && text_[at] != '\n')
    ++at;  // blanks and '\r', as quoted() saw
  if (at == text_.size())
    return stop::text;
  return text_[at++] == '\n' ? stop::line : stop::separator;
}

}  // namespace weir::detail
