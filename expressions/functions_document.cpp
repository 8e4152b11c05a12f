#include <weir/expressions/function_table.hpp>

namespace weir::detail {

namespace {

std::string_view rule_text(nulls rule) {
  switch (rule) {
  case nulls::propagate: return "null of null";
  case nulls::partial: return "null of null, and where said";
  case nulls::never: return "never null";
  case nulls::some: return "as said";
  case nulls::always: return "as said";
  }
  return {};
}

/// For a cell of a Markdown table.
std::string escaped(std::string_view text) {
  std::string out;
  for (const auto c : text) {
    if (c == '|' || c == '<' || c == '*' || c == '\\')
      out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string functions_document() {
  std::string out =
      "# Functions of expressions\n\n"
      "Written by the table that binds and runs them; a test compares. Operators of C++ stand for those with their "
      "sign; the others\nare functions of `<weir/expressions/functions.hpp>`, methods of `weir::expression`, or "
      "`weir::call_function(name, {...})`.\n\n"
      "Types: `T` is any type, the same for all arguments called so (numbers become the widest, constant texts what "
      "the others\nare); `N` the same of numbers; `integer` and `number` any of them; `any` anything; `?` may be left "
      "out; `...` any number of them.\nNull: what a null argument makes.\n";
  for (const auto& group : function_groups()) {
    out.append("\n## ").append(group.title).append("\n\n| function | types | null | |\n|---|---|---|---|\n");
    for (const auto& entry : group.entries) {
      out.append("| `").append(entry.name).append("` | ");
      out.append(escaped(entry.signature.starts_with(' ') ? entry.signature.substr(1) : entry.signature));
      out.append(" | ").append(rule_text(entry.null_rule)).append(" | ").append(escaped(entry.note)).append(" |\n");
    }
  }
  return out;
}

}  // namespace weir::detail
