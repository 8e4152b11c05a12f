#include <algorithm>

#include <weir/expressions/expression.hpp>
#include <weir/expressions/expression_node.hpp>
#include <weir/expressions/function_table.hpp>
#include <weir/expressions/user_function.hpp>

/// What a plan asks of expressions: the columns they read, their parts, and themselves with other columns.
namespace weir {

namespace {

using detail::expression_node;
using form = expression_node::form;

void gather_columns(const expression& e, std::set<std::string>& names) {
  if (e.node().kind == form::column)
    names.insert(e.node().name);
  for (const auto& arg : e.node().args)
    gather_columns(arg, names);
}

expression with_args(const expression_node& node, std::vector<expression> args) {
  auto changed = node;
  changed.args = std::move(args);
  return expression{std::make_shared<const expression_node>(std::move(changed))};
}

/// The replacement of the longest beginning of "a.b.c" that has one, and members of it.
std::optional<expression> replacement(const std::string& name, const std::map<std::string, expression>& columns) {
  for (auto end = name.size();; end = name.rfind('.', end - 1)) {
    const auto found = columns.find(name.substr(0, end));
    if (found != columns.end()) {
      auto made = found->second.without_alias();
      while (end < name.size()) {
        const auto next = std::min(name.find('.', end + 1), name.size());
        made = made.field(name.substr(end + 1, next - end - 1));
        end = next;
      }
      return made;
    }
    if (name.rfind('.', end - 1) == std::string::npos || end == 0)
      return std::nullopt;
  }
}

bool same_literal(const detail::literal_value& a, const detail::literal_value& b) {
  // Bits, so that NaN is itself and -0.0 is not 0.0.
  return a.type == b.type && a.null == b.null && a.integer == b.integer && a.text == b.text &&
         std::bit_cast<std::uint64_t>(a.real) == std::bit_cast<std::uint64_t>(b.real);
}

}  // namespace

std::set<std::string> expression::columns_used() const {
  std::set<std::string> names;
  gather_columns(*this, names);
  return names;
}

std::set<std::string> expression::columns_used(const schema& input) const {
  std::set<std::string> roots;
  for (const auto& name : columns_used()) {
    if (name == "*") {
      for (const auto& column : input.fields())
        roots.insert(column.name);
      continue;
    }
    for (auto end = name.size(); end != std::string::npos && end > 0; end = name.rfind('.', end - 1)) {
      if (input.index_of(name.substr(0, end)) >= 0) {
        roots.insert(name.substr(0, end));
        break;
      }
    }
  }
  return roots;
}

bool expression::deterministic() const {
  if (node_->kind == form::call &&
      (node_->function ? !node_->function->deterministic() : !detail::is_deterministic(node_->name)))
    return false;
  return std::ranges::all_of(node_->args, [](const expression& arg) { return arg.deterministic(); });
}

expression expression::substitute(const std::map<std::string, expression>& columns) const {
  if (node_->kind == form::column) {
    auto found = replacement(node_->name, columns);
    return found ? *found : *this;
  }
  if (node_->args.empty())
    return *this;
  std::vector<expression> args;
  auto changed = false;
  for (const auto& arg : node_->args) {
    args.push_back(arg.substitute(columns));
    changed = changed || args.back().node_ != arg.node_;
  }
  return changed ? with_args(*node_, std::move(args)) : *this;
}

std::vector<expression> split_conjunction(const expression& condition) {
  const auto plain = condition.without_alias();
  if (plain.function_name() != "and")
    return {plain};
  std::vector<expression> parts;
  for (const auto& side : plain.arguments())
    std::ranges::copy(split_conjunction(side), std::back_inserter(parts));
  return parts;
}

expression conjunction(const std::vector<expression>& parts) {
  if (parts.empty())
    return lit(true);
  auto all = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i)
    all = all && parts[i];
  return all;
}

bool same(const expression& a, const expression& b) {
  const auto& left = a.node();
  const auto& right = b.node();
  return &left == &right ||
         (left.kind == right.kind && left.name == right.name && left.type == right.type &&
          left.function == right.function && same_literal(left.value, right.value) &&
          std::ranges::equal(left.args, right.args, [](const auto& x, const auto& y) { return same(x, y); }));
}

}  // namespace weir
