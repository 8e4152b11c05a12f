#include <array>

#include <arrow/api.h>
#include <arrow/compute/api_scalar.h>

#include <weir/columns/batch.hpp>
#include <weir/expressions/arrow_call.hpp>

namespace weir::detail {

namespace {

/// A pattern as Arrow takes it.
struct pattern : prepared_call {
  std::string text;
  std::string replacement;
  int group = 0;
};

const pattern& pattern_of(const bound_node& call) { return static_cast<const pattern&>(*call.prepared); }

result<std::string> constant_text(const bound_node& call, std::size_t index, std::string_view what) {
  const auto& arg = *call.args[index];
  if (!arg.constant || arg.constant->value.is_null())
    return status{errc::invalid_argument, std::string{what} + " must be a constant; " + arg.text + " is none"};
  return std::string{arg.constant->value.text()};
}

std::array<arrow::Datum, 1> one_text() { return {arrow::Datum{std::make_shared<arrow::StringScalar>("")}}; }

/// RE2 says what is wrong with the expression.
status check_regex(const std::string& regex) {
  const auto tried = call_arrow("match_substring_regex", one_text(), arrow::compute::MatchSubstringOptions{regex});
  return tried.ok() ? status{} : status{errc::invalid_argument, tried.error().message()};
}

status prepare_regex(bound_node& call) {
  auto made = std::make_shared<pattern>();
  WEIR_ASSIGN(made->text, constant_text(call, 1, "a regular expression"));
  WEIR_TRY(check_regex(made->text));
  call.prepared = std::move(made);
  return {};
}

/// Java's replacements ($1, \x for x) as RE2's (\1, \\ for \).
result<std::string> re2_replacement(std::string_view java) {
  std::string out;
  for (std::size_t i = 0; i < java.size(); ++i) {
    const auto escape = [&](char c) { out.append(c == '\\' ? "\\\\" : std::string(1, c)); };
    if (java[i] == '\\' && i + 1 < java.size()) {
      escape(java[++i]);
    } else if (java[i] == '$') {
      if (i + 1 == java.size() || java[i + 1] < '0' || java[i + 1] > '9')
        return status{errc::invalid_argument, "'" + std::string{java} + "': after $ comes the number of a group"};
      out.append(1, '\\').append(1, java[++i]);
    } else {
      escape(java[i]);
    }
  }
  return out;
}

status prepare_replace(bound_node& call) {
  auto made = std::make_shared<pattern>();
  WEIR_ASSIGN(made->text, constant_text(call, 1, "a regular expression"));
  WEIR_ASSIGN(const auto java, constant_text(call, 2, "the replacement"));
  WEIR_ASSIGN(made->replacement, re2_replacement(java));
  WEIR_TRY(check_regex(made->text));
  const auto tried = call_arrow("replace_substring_regex", one_text(),
                                arrow::compute::ReplaceSubstringOptions{made->text, made->replacement});
  if (!tried.ok())
    return {errc::invalid_argument, tried.error().message()};
  call.prepared = std::move(made);
  return {};
}

/// Arrow extracts groups that have names: each capturing group gets one, g1, g2, ..., and the whole is g0.
std::pair<std::string, int> with_named_groups(std::string_view regex) {
  std::string out = "(?P<g0>";
  auto groups = 0;
  auto in_class = false;
  for (std::size_t i = 0; i < regex.size(); ++i) {
    const auto c = regex[i];
    out += c;
    if (c == '\\' && i + 1 < regex.size()) {
      out += regex[++i];
    } else if (c == '[' && !in_class) {
      in_class = true;
      // A ] that comes first is one of the class.
      if (i + 1 < regex.size() && regex[i + 1] == '^')
        out += regex[++i];
      if (i + 1 < regex.size() && regex[i + 1] == ']')
        out += regex[++i];
    } else if (c == ']') {
      in_class = false;
    } else if (c == '(' && !in_class) {
      const auto rest = regex.substr(i + 1);
      const auto named = rest.starts_with("?P<") || (rest.starts_with("?<"));
      if (named)
        i += rest.find('>') + 1;
      if (named || !rest.starts_with('?'))
        out += "?P<g" + std::to_string(++groups) + ">";
    }
  }
  return {out + ")", groups};
}

status prepare_extract(bound_node& call) {
  auto made = std::make_shared<pattern>();
  WEIR_ASSIGN(const auto regex, constant_text(call, 1, "a regular expression"));
  WEIR_TRY(check_regex(regex));
  made->group = 1;
  if (call.args.size() == 3) {
    const auto& group = *call.args[2];
    if (!group.constant || group.constant->value.is_null())
      return {errc::invalid_argument, "the group's number must be a constant"};
    made->group = static_cast<int>(group.constant->value.integer());
  }
  auto [named, groups] = with_named_groups(regex);
  if (made->group < 0 || made->group > groups)
    return {errc::invalid_argument, "'" + regex + "' has " + std::to_string(groups) + " groups; there is no group " +
                                        std::to_string(made->group)};
  made->text = std::move(named);
  call.prepared = std::move(made);
  return {};
}

result<arrow::Datum> rlike_columns(const bound_node& call, const column_scope& /*scope*/,
                                   std::span<const arrow::Datum> args) {
  return call_arrow("match_substring_regex", args.first(1),
                    arrow::compute::MatchSubstringOptions{pattern_of(call).text});
}

result<arrow::Datum> replace_columns(const bound_node& call, const column_scope& /*scope*/,
                                     std::span<const arrow::Datum> args) {
  const auto& prepared = pattern_of(call);
  return call_arrow("replace_substring_regex", args.first(1),
                    arrow::compute::ReplaceSubstringOptions{prepared.text, prepared.replacement});
}

/// Empty where nothing matches.
result<arrow::Datum> extract_columns(const bound_node& call, const column_scope& scope,
                                     std::span<const arrow::Datum> args) {
  auto column = args[0].is_scalar() ? arrow::MakeArrayFromScalar(*args[0].scalar(), scope.rows)
                                    : arrow::Result{args[0].make_array()};
  if (!column.ok())
    return from_arrow(column.status(), call.text);
  const std::array texts{arrow::Datum{*column}};
  WEIR_ASSIGN(const auto groups,
              call_arrow("extract_regex", texts, arrow::compute::ExtractRegexOptions{pattern_of(call).text}));
  const arrow::StructArray all{groups.array()};
  auto member = all.GetFlattenedField(pattern_of(call).group);
  if (!member.ok())
    return from_arrow(member.status(), call.text);
  WEIR_ASSIGN(const auto valid, call_arrow("is_valid", texts));
  WEIR_ASSIGN(const auto found,
              call_arrow("coalesce",
                         std::array{arrow::Datum{*member}, arrow::Datum{std::make_shared<arrow::StringScalar>("")}}));
  return call_arrow("if_else", std::array{valid, found, arrow::Datum{arrow::MakeNullScalar(arrow::utf8())}});
}

result<arrow::Datum> split_columns(const bound_node& call, const column_scope& /*scope*/,
                                   std::span<const arrow::Datum> args) {
  return call_arrow("split_pattern_regex", args.first(1),
                    arrow::compute::SplitPatternOptions{pattern_of(call).text, pattern_of(call).group});
}

result<data_type> split_type(std::span<const bound_ptr> /*args*/, std::vector<data_type>& /*types*/) {
  return list_of({"item", utf8, true});
}

status prepare_split(bound_node& call) {
  auto made = std::make_shared<pattern>();
  WEIR_ASSIGN(made->text, constant_text(call, 1, "a regular expression"));
  WEIR_TRY(check_regex(made->text));
  made->group = -1;
  if (call.args.size() == 3) {
    const auto& limit = *call.args[2];
    if (!limit.constant || limit.constant->value.is_null())
      return {errc::invalid_argument, "the limit must be a constant"};
    // Parts in Spark, cuts in Arrow; not above 0 is any number in both.
    made->group = limit.constant->value.integer() > 0 ? static_cast<int>(limit.constant->value.integer()) - 1 : -1;
  }
  call.prepared = std::move(made);
  return {};
}

status prepare_like(bound_node& call) {
  const auto& arg = *call.args[1];
  if (!arg.constant || arg.constant->value.is_null())
    return {};
  const auto text = arg.constant->value.text();
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\\' && (++i == text.size() || (text[i] != '%' && text[i] != '_' && text[i] != '\\')))
      return {errc::invalid_argument, "'" + std::string{text} + "': after \\ comes %, _ or \\"};
  return {};
}

bool is_continuation(std::string_view text) {
  return !text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0U) == 0x80U;
}

/// Greedy with one place to come back to: the last %.
bool matches_like(std::string_view text, std::string_view like) {
  std::string_view text_back;
  std::string_view like_back;
  auto may_go_back = false;
  while (!text.empty()) {
    const auto escaped = like.starts_with('\\') && like.size() > 1;
    if (like.starts_with('%')) {
      like.remove_prefix(1);
      text_back = text;
      like_back = like;
      may_go_back = true;
    } else if (like.starts_with('_')) {
      like.remove_prefix(1);
      do
        text.remove_prefix(1);
      while (is_continuation(text));
    } else if (!like.empty() && like[escaped ? 1 : 0] == text.front()) {
      like.remove_prefix(escaped ? 2 : 1);
      text.remove_prefix(1);
    } else if (may_go_back) {
      do
        text_back.remove_prefix(1);
      while (is_continuation(text_back));
      text = text_back;
      like = like_back;
    } else {
      return false;
    }
  }
  return like.find_first_not_of('%') == std::string_view::npos;
}

status like_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  out = cell::of(matches_like(args[0].text(), args[1].text()));
  return {};
}

result<arrow::Datum> like_columns(const bound_node& call, const column_scope& /*scope*/,
                                  std::span<const arrow::Datum> args) {
  const auto& constant = call.args[1]->constant;
  // Arrow's shortcuts for patterns with one % do not look for escapes.
  if (!constant || constant->value.is_null() || constant->value.text().find('\\') != std::string_view::npos)
    return by_rows();
  return call_arrow("match_like", args.first(1),
                    arrow::compute::MatchSubstringOptions{std::string{constant->value.text()}});
}

constexpr std::array entries{
    function_entry{"like", "utf8, utf8 -> boolean", "% is any text, _ one character, \\ takes the next as it is",
                   like_row, like_columns, nulls::propagate, nullptr, depends::nothing, prepare_like},
    function_entry{"rlike", "utf8, utf8 -> boolean", "a part matches the regular expression (RE2), a constant", nullptr,
                   rlike_columns, nulls::propagate, nullptr, depends::nothing, prepare_regex},
    function_entry{"regexp_replace", "utf8, utf8, utf8 -> utf8",
                   "each match of the regular expression by the third, with $1 for group 1; constants", nullptr,
                   replace_columns, nulls::propagate, nullptr, depends::nothing, prepare_replace},
    function_entry{"regexp_extract", "utf8, utf8, integer? -> utf8",
                   "group n (1) of the first match, empty without one; constants", nullptr, extract_columns,
                   nulls::propagate, nullptr, depends::nothing, prepare_extract},
    function_entry{"split", "utf8, utf8, integer? -> special",
                   "the parts between matches of the regular expression, at most n; constants", nullptr, split_columns,
                   nulls::propagate, nullptr, depends::nothing, prepare_split, split_type},
};

}  // namespace

function_group pattern_functions() { return {"Patterns", entries}; }

}  // namespace weir::detail
