#include <algorithm>
#include <array>

#include <arrow/api.h>
#include <arrow/compute/api_scalar.h>

#include <weir/expressions/arrow_call.hpp>
#include <weir/expressions/cell_column.hpp>

namespace weir::detail {

namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Where character `count` of the text begins, or its end.
std::size_t place_of(std::string_view text, std::int64_t count) {
  std::size_t place = 0;
  for (; place < text.size(); ++place)
    if (!is_continuation(text[place]) && count-- == 0)
      break;
  return place;
}

std::int64_t characters(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return !is_continuation(c); });
}

status length_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  out = cell::of(characters(args[0].text()));
  return {};
}

status concat_row(const bound_node& call, row_scope& scope, const cell* args, cell& out) {
  std::string joined;
  for (std::size_t i = 0; i < call.args.size(); ++i)
    joined += args[i].text();
  out = cell::of(keep(joined, scope.memory));
  return {};
}

status concat_ws_row(const bound_node& call, row_scope& scope, const cell* args, cell& out) {
  out = {};
  if (args[0].is_null())
    return {};
  std::string joined;
  auto first = true;
  for (std::size_t i = 1; i < call.args.size(); ++i) {
    if (args[i].is_null())
      continue;
    if (!first)
      joined += args[0].text();
    joined += args[i].text();
    first = false;
  }
  out = cell::of(keep(joined, scope.memory));
  return {};
}

result<arrow::Datum> concat_columns(const bound_node& /*call*/, const column_scope& /*scope*/,
                                    std::span<const arrow::Datum> args) {
  std::vector<arrow::Datum> all{args.begin(), args.end()};
  all.emplace_back(std::make_shared<arrow::StringScalar>(""));
  return call_arrow("binary_join_element_wise", all);
}

result<arrow::Datum> concat_ws_columns(const bound_node& /*call*/, const column_scope& /*scope*/,
                                       std::span<const arrow::Datum> args) {
  std::vector<arrow::Datum> all{args.begin() + 1, args.end()};
  all.push_back(args.front());
  return call_arrow("binary_join_element_wise", all, arrow::compute::JoinOptions{arrow::compute::JoinOptions::SKIP});
}

/// ASCII by hand; other text as Arrow has it.
template <bool Upper>
status case_row(const bound_node& /*call*/, row_scope& scope, const cell* args, cell& out) {
  const auto text = args[0].text();
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    const std::array<arrow::Datum, 1> one{arrow::Datum{std::make_shared<arrow::StringScalar>(std::string{text})}};
    WEIR_ASSIGN(const auto made, call_arrow(Upper ? "utf8_upper" : "utf8_lower", one));
    out = cell::of(keep(made.scalar_as<arrow::StringScalar>().view(), scope.memory));
    return {};
  }
  constexpr auto first = Upper ? 'a' : 'A';
  std::string changed{text};
  for (auto& c : changed)
    if (c >= first && c <= first + 25)
      c = static_cast<char>(c ^ 0x20);
  out = cell::of(keep(changed, scope.memory));
  return {};
}

template <bool Left, bool Right>
status trim_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  auto text = args[0].text();
  while (Left && text.starts_with(' '))
    text.remove_prefix(1);
  while (Right && text.ends_with(' '))
    text.remove_suffix(1);
  out = cell::of(text);
  return {};
}

template <arrow_name Name>
result<arrow::Datum> trim_columns(const bound_node& /*call*/, const column_scope& /*scope*/,
                                  std::span<const arrow::Datum> args) {
  return call_arrow(Name.text, args, arrow::compute::TrimOptions{" "});
}

/// As Spark: from 1, 0 is 1, negative from the end; what lies before the first character counts for the length.
status substring_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  const auto text = args[0].text();
  const auto asked = args[1].integer();
  const auto first = asked > 0 ? asked - 1 : asked < 0 ? characters(text) + asked : 0;
  std::int64_t end = static_cast<std::int64_t>(text.size());
  if (call.args.size() == 3 && __builtin_add_overflow(first, args[2].integer(), &end))
    end = args[2].integer() < 0 ? 0 : static_cast<std::int64_t>(text.size());
  if (end <= first) {
    out = cell::of(std::string_view{""});
    return {};
  }
  const auto from = place_of(text, std::max<std::int64_t>(first, 0));
  const auto to = place_of(text, std::max<std::int64_t>(end, 0));
  out = cell::of(text.substr(from, to - from));
  return {};
}

enum class part : unsigned char { front, back, anywhere };

template <part Part>
status has_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  const auto text = args[0].text();
  const auto wanted = args[1].text();
  out = cell::of(Part == part::front  ? text.starts_with(wanted)
                 : Part == part::back ? text.ends_with(wanted)
                                      : text.find(wanted) != std::string_view::npos);
  return {};
}

template <arrow_name Name>
result<arrow::Datum> has_columns(const bound_node& call, const column_scope& /*scope*/,
                                 std::span<const arrow::Datum> args) {
  const auto& wanted = call.args[1]->constant;
  if (!wanted || wanted->value.is_null())
    return by_rows();
  return call_arrow(Name.text, args.first(1), arrow::compute::MatchSubstringOptions{std::string{wanted->value.text()}});
}

status replace_row(const bound_node& /*call*/, row_scope& scope, const cell* args, cell& out) {
  const auto search = args[1].text();
  auto rest = args[0].text();
  out = args[0];
  if (search.empty())
    return {};
  std::string made;
  for (auto at = rest.find(search); at != std::string_view::npos; at = rest.find(search)) {
    made.append(rest.substr(0, at)).append(args[2].text());
    rest.remove_prefix(at + search.size());
  }
  out = cell::of(keep(made.append(rest), scope.memory));
  return {};
}

constexpr std::array entries{
    function_entry{"concat", "utf8, utf8... -> utf8", "null if one is null", concat_row, concat_columns},
    function_entry{"concat_ws", "utf8, utf8... -> utf8", "joined by the first argument; nulls are left out",
                   concat_ws_row, concat_ws_columns, nulls::some},
    function_entry{"lower", "utf8 -> utf8", "", case_row<false>, arrow_kernel<"utf8_lower">},
    function_entry{"upper", "utf8 -> utf8", "", case_row<true>, arrow_kernel<"utf8_upper">},
    function_entry{"trim", "utf8 -> utf8", "without blanks at both ends", trim_row<true, true>,
                   trim_columns<"ascii_trim">},
    function_entry{"ltrim", "utf8 -> utf8", "without blanks at the front", trim_row<true, false>,
                   trim_columns<"ascii_ltrim">},
    function_entry{"rtrim", "utf8 -> utf8", "without blanks at the end", trim_row<false, true>,
                   trim_columns<"ascii_rtrim">},
    function_entry{"substring", "utf8, integer, integer? -> utf8",
                   "from character n (from 1; negative: from the end), of a length", substring_row},
    function_entry{"length", "utf8 -> int32", "characters", length_row, arrow_kernel<"utf8_length">},
    function_entry{"starts_with", "utf8, utf8 -> boolean", "", has_row<part::front>, has_columns<"starts_with">},
    function_entry{"ends_with", "utf8, utf8 -> boolean", "", has_row<part::back>, has_columns<"ends_with">},
    function_entry{"contains", "utf8, utf8 -> boolean", "", has_row<part::anywhere>, has_columns<"match_substring">},
    function_entry{"replace", "utf8, utf8, utf8 -> utf8", "each place of the second by the third", replace_row},
};

}  // namespace

function_group text_functions() { return {"Text", entries}; }

}  // namespace weir::detail
