#include <weir/expressions/expression_text.hpp>

#include <array>

#include <weir/columns/text.hpp>
#include <weir/columns/time.hpp>
#include <weir/expressions/expression_node.hpp>

namespace weir::detail {

namespace {

using form = expression_node::form;
using id = data_type::id;

/// Functions written between their arguments.
bool is_infix(std::string_view name) {
  constexpr std::array<std::string_view, 17> names{
      "+", "-", "*", "/", "%", "=", "!=", "<", "<=", ">", ">=", "and", "or", "<=>", "like", "rlike", "in"};
  for (const auto one : names)
    if (one == name)
      return true;
  return false;
}

std::string list_of_texts(const std::vector<expression>& args, std::size_t from = 0) {
  std::string out;
  for (auto i = from; i < args.size(); ++i)
    out.append(i == from ? "" : ", ").append(text_of(args[i]));
  return out;
}

std::string case_text(const std::vector<expression>& args) {
  std::string out = "case";
  for (std::size_t i = 0; i + 1 < args.size(); i += 2)
    out += " when " + text_of(args[i]) + " then " + text_of(args[i + 1]);
  if (args.size() % 2 != 0)
    out += " else " + text_of(args.back());
  return out + " end";
}

std::string call_text(const expression_node& node) {
  const auto& args = node.args;
  if (node.type)
    return node.name + "(" + list_of_texts(args) + " as " + node.type->to_string() + ")";
  if (node.name == "when")
    return case_text(args);
  if (node.name == "in" && !args.empty())
    return "(" + text_of(args[0]) + " in (" + list_of_texts(args, 1) + "))";
  if (args.size() == 2 && is_infix(node.name))
    return "(" + text_of(args[0]) + " " + node.name + " " + text_of(args[1]) + ")";
  if (args.size() == 2 && node.name == "get_field" && args[1].text_literal())
    return text_of(args[0]) + "." + *args[1].text_literal();
  if (args.size() == 2 && node.name == "get_item")
    return text_of(args[0]) + "[" + text_of(args[1]) + "]";
  if (args.size() == 1 && node.name == "negate")
    return "(- " + text_of(args[0]) + ")";
  if (args.size() == 1 && node.name == "not")
    return "(not " + text_of(args[0]) + ")";
  if (args.size() == 1 && node.name == "is_null")
    return "(" + text_of(args[0]) + " is null)";
  if (args.size() == 1 && node.name == "is_not_null")
    return "(" + text_of(args[0]) + " is not null)";
  return node.name + "(" + list_of_texts(args) + ")";
}

}  // namespace

std::string text_of(const literal_value& value) {
  if (value.null || !value.type)
    return "null";
  switch (value.type->kind()) {
  case id::boolean: return value.integer != 0 ? "true" : "false";
  case id::utf8:
  case id::binary: {
    std::string out = "'";
    for (const auto c : value.text)
      out.append(c == '\'' ? "\\'" : std::string(1, c));
    return out + "'";
  }
  case id::float64: {
    std::string out;
    append_number(value.real, out);
    return out.find_first_not_of("-0123456789") == std::string::npos ? out + ".0" : out;
  }
  case id::timestamp_us: return format_iso(timestamp{std::chrono::microseconds{value.integer}});
  case id::duration_us: return "interval " + format_interval(std::chrono::microseconds{value.integer});
  default: return std::to_string(value.integer);
  }
}

std::string text_of(const expression& value) {
  const auto& node = value.node();
  switch (node.kind) {
  case form::column: return node.name;
  case form::literal: return text_of(node.value);
  case form::alias: return text_of(node.args.front()) + " as " + node.name;
  case form::call: return call_text(node);
  }
  return {};
}

}  // namespace weir::detail
