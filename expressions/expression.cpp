#include <weir/expressions/expression.hpp>

#include <weir/columns/text.hpp>
#include <weir/columns/time.hpp>
#include <weir/expressions/expression_node.hpp>
#include <weir/expressions/expression_text.hpp>
#include <weir/expressions/udf.hpp>

namespace weir {

namespace {

using detail::expression_node;
using detail::make_call;
using form = expression_node::form;

expression make(expression_node node) { return expression{std::make_shared<const expression_node>(std::move(node))}; }

const expression_node& unnamed(const expression& e) {
  const auto* node = &e.node();
  while (node->kind == form::alias)
    node = &node->args.front().node();
  return *node;
}

}  // namespace

expression detail::make_call(std::string name, std::vector<expression> args, std::optional<data_type> type) {
  return make({form::call, std::move(name), std::move(args), {}, std::move(type), {}});
}

expression detail::call_user_function(std::shared_ptr<const user_function> function,
                                      std::vector<expression> arguments) {
  auto name = function->name();
  return make({form::call, std::move(name), std::move(arguments), {}, {}, std::move(function)});
}

expression col(std::string name) { return make({form::column, std::move(name), {}, {}, {}, {}}); }

expression::expression(detail::literal_value value)
    : expression{make({form::literal, {}, {}, std::move(value), {}, {}})} {}

expression null_of(const data_type& type) { return expression{detail::literal_value{type, true, 0, 0, {}}}; }

expression interval(std::string_view text) {
  const auto length = parse_interval(text);
  return length.ok() ? lit(*length) : make_call("interval", {lit(text)});
}

expression call_function(std::string name, std::vector<expression> arguments) {
  return make_call(std::move(name), std::move(arguments));
}

expression when(const expression& condition, const expression& value) { return make_call("when", {condition, value}); }

expression expression::when(const expression& condition, const expression& value) const {
  // An even number of arguments: no otherwise() yet. Others are refused by bind(), which knows this name.
  if (node_->kind != form::call || node_->name != "when" || node_->args.size() % 2 != 0)
    return make_call("when() after otherwise()", {*this});
  auto args = node_->args;
  args.push_back(condition);
  args.push_back(value);
  return make_call("when", std::move(args));
}

expression expression::otherwise(const expression& value) const {
  if (node_->kind != form::call || node_->name != "when" || node_->args.size() % 2 != 0)
    return make_call("otherwise() without when()", {*this});
  auto args = node_->args;
  args.push_back(value);
  return make_call("when", std::move(args));
}

expression expression::as(std::string name) const {
  return make({form::alias, std::move(name), {without_alias()}, {}, {}, {}});
}

expression expression::cast(data_type type) const { return make_call("cast", {*this}, std::move(type)); }
expression expression::try_cast(data_type type) const { return make_call("try_cast", {*this}, std::move(type)); }
expression expression::is_null() const { return make_call("is_null", {*this}); }
expression expression::is_not_null() const { return make_call("is_not_null", {*this}); }
expression expression::between(const expression& low, const expression& high) const {
  return *this >= low && *this <= high;
}
expression expression::isin(std::vector<expression> values) const {
  values.insert(values.begin(), *this);
  return make_call("in", std::move(values));
}
expression expression::like(const expression& pattern) const { return make_call("like", {*this, pattern}); }
expression expression::rlike(const expression& pattern) const { return make_call("rlike", {*this, pattern}); }
expression expression::eq_null_safe(const expression& other) const { return make_call("<=>", {*this, other}); }
expression expression::starts_with(const expression& prefix) const { return make_call("starts_with", {*this, prefix}); }
expression expression::ends_with(const expression& suffix) const { return make_call("ends_with", {*this, suffix}); }
expression expression::contains(const expression& part) const { return make_call("contains", {*this, part}); }
expression expression::field(std::string name) const { return make_call("get_field", {*this, lit(name)}); }
expression expression::get_item(const expression& key) const { return make_call("get_item", {*this, key}); }

expression operator+(const expression& a, const expression& b) { return make_call("+", {a, b}); }
expression operator-(const expression& a, const expression& b) { return make_call("-", {a, b}); }
expression operator*(const expression& a, const expression& b) { return make_call("*", {a, b}); }
expression operator/(const expression& a, const expression& b) { return make_call("/", {a, b}); }
expression operator%(const expression& a, const expression& b) { return make_call("%", {a, b}); }
expression operator-(const expression& a) { return make_call("negate", {a}); }
expression operator==(const expression& a, const expression& b) { return make_call("=", {a, b}); }
expression operator!=(const expression& a, const expression& b) { return make_call("!=", {a, b}); }
expression operator<(const expression& a, const expression& b) { return make_call("<", {a, b}); }
expression operator<=(const expression& a, const expression& b) { return make_call("<=", {a, b}); }
expression operator>(const expression& a, const expression& b) { return make_call(">", {a, b}); }
expression operator>=(const expression& a, const expression& b) { return make_call(">=", {a, b}); }
expression operator&&(const expression& a, const expression& b) { return make_call("and", {a, b}); }
expression operator||(const expression& a, const expression& b) { return make_call("or", {a, b}); }
expression operator!(const expression& a) { return make_call("not", {a}); }

std::string expression::to_string() const { return detail::text_of(*this); }

std::string expression::output_name() const {
  if (node_->kind == form::alias)
    return node_->name;
  if (node_->kind == form::column)
    return node_->name.substr(node_->name.rfind('.') + 1);
  if (node_->kind == form::call && node_->name == "get_field" && node_->args.size() == 2)
    return node_->args[1].text_literal().value_or(to_string());
  return to_string();
}

bool expression::is_column(std::string_view name) const {
  const auto& node = unnamed(*this);
  return node.kind == form::column && node.name == name;
}

std::optional<std::string> expression::column_name() const {
  const auto& node = unnamed(*this);
  return node.kind == form::column ? std::optional{node.name} : std::nullopt;
}

std::optional<std::string> expression::text_literal() const {
  const auto& node = unnamed(*this);
  if (node.kind != form::literal || node.value.null || !(node.value.type == utf8))
    return std::nullopt;
  return node.value.text;
}

std::string_view expression::function_name() const {
  const auto& node = unnamed(*this);
  return node.kind == form::call ? std::string_view{node.name} : std::string_view{};
}

const std::vector<expression>& expression::arguments() const {
  static const std::vector<expression> none;
  const auto& node = unnamed(*this);
  return node.kind == form::call ? node.args : none;
}

expression expression::without_alias() const {
  return node_->kind == form::alias ? node_->args.front().without_alias() : *this;
}

}  // namespace weir
