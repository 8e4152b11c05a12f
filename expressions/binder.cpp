#include <algorithm>

#include <arrow/scalar.h>

#include <weir/expressions/bound_expression.hpp>
#include <weir/expressions/cell_column.hpp>
#include <weir/expressions/expression_node.hpp>
#include <weir/expressions/expression_text.hpp>
#include <weir/expressions/near_name.hpp>
#include <weir/expressions/row_evaluator.hpp>
#include <weir/expressions/signature.hpp>
#include <weir/expressions/user_function.hpp>

namespace weir {

namespace {

using namespace detail;  // NOLINT: all of this file is of its making
using form = expression_node::form;
using id = data_type::id;

/// Builds the tree of one expression, from the leaves up.
class binder {
public:
  explicit binder(const schema& input) : input_{input} {}

  result<bound_ptr> bind(const expression& value) {
    const auto& node = value.node();
    switch (node.kind) {
    case form::column: return bind_column(node.name);
    case form::literal: return bind_literal(value);
    case form::alias: return bind(node.args.front());
    case form::call: return bind_call(value);
    }
    return status{errc::internal, "an expression of no kind"};
  }

private:
  result<bound_ptr> bind_column(const std::string& name) {
    // The longest beginning that is a column; what follows names members.
    for (auto end = name.size(); end != std::string::npos && end > 0; end = name.rfind('.', end - 1)) {
      const auto index = input_.index_of(name.substr(0, end));
      if (index < 0)
        continue;
      const auto& column = input_[static_cast<std::size_t>(index)];
      auto made = std::make_shared<bound_node>();
      made->type = column.type;
      made->nullable = column.nullable;
      made->column = index;
      made->text = column.name;
      bound_ptr node = std::move(made);
      while (end < name.size()) {
        const auto next = std::min(name.find('.', end + 1), name.size());
        WEIR_ASSIGN(
            node, call("get_field", {node, text_constant(name.substr(end + 1, next - end - 1))}, name.substr(0, next)));
        end = next;
      }
      return node;
    }
    return unknown_name("unknown column", name, input_.fields());
  }

  static bound_ptr constant(cell value, const data_type& type, std::string text) {
    auto made = std::make_shared<bound_node>();
    auto kept = std::make_shared<kept_cell>();
    kept->value = copy_cell(value, type, *kept->memory);
    kept->scalar = scalar_of(value, type).ok() ? *scalar_of(value, type) : nullptr;
    made->type = type;
    made->nullable = value.is_null();
    made->constant = std::move(kept);
    made->text = std::move(text);
    return made;
  }

  static bound_ptr text_constant(const std::string& text) {
    return constant(cell::of(std::string_view{text}), utf8, "'" + text + "'");
  }

  static result<bound_ptr> bind_literal(const expression& value) {
    const auto& literal = value.node().value;
    if (!literal.type)
      return constant({}, boolean, "null");
    const auto text = literal.null ? "cast(null as " + literal.type->to_string() + ")" : value.to_string();
    switch (literal.null ? id::structure : literal.type->kind()) {
    case id::structure: return constant({}, *literal.type, text);
    case id::utf8: return constant(cell::of(std::string_view{literal.text}), utf8, text);
    case id::float64: return constant(cell::of(literal.real), float64, text);
    default: return constant(cell::of(literal.integer), *literal.type, text);
    }
  }

  result<bound_ptr> bind_call(const expression& value) {
    const auto& node = value.node();
    std::vector<bound_ptr> args;
    for (const auto& arg : node.args) {
      WEIR_ASSIGN(auto bound, bind(arg));
      args.push_back(std::move(bound));
    }
    if (node.function)
      return user_call(node, std::move(args), value.to_string());
    if (node.type)
      return cast(args.front(), *node.type, node.name, value.to_string());
    return call(node.name, std::move(args), value.to_string());
  }

  static std::string accepted(const std::vector<const function_entry*>& entries) {
    std::string out;
    for (const auto* entry : entries)
      out.append(out.empty() ? "" : " or ").append(entry->signature.empty() ? "()" : entry->signature);
    return out;
  }

  static status no_fit(const std::string& text, const std::vector<const function_entry*>& entries,
                       const std::vector<bound_ptr>& args) {
    std::string found;
    for (const auto& arg : args)
      found +=
          (found.empty() ? "" : ", ") + arg->text + " is " + (is_untyped_null(*arg) ? "null" : arg->type.to_string());
    return {errc::type_mismatch, text + ": '" + std::string{entries.front()->name} + "' takes " + accepted(entries) +
                                     "; " + (found.empty() ? "no argument was given" : found)};
  }

  result<bound_ptr> call(const std::string& name, std::vector<bound_ptr> args, const std::string& text) {
    const auto entries = find_functions(name);
    if (entries.empty()) {
      const auto near = near_function(name);
      return status{errc::invalid_argument, text + ": there is no function '" + name + "' here" +
                                                (near.empty() ? "" : "; did you mean '" + std::string{near} + "'?")};
    }
    const function_entry* best = nullptr;
    std::optional<call_types> types;
    for (const auto* entry : entries) {
      auto fit = match_signature(*entry, args);
      if (!fit.ok())
        return status{fit.error().code(), text + ": " + fit.error().message()};
      if (*fit && (!types || (*fit)->casts < types->casts)) {
        best = entry;
        types = **fit;
      }
    }
    if (best == nullptr)
      return no_fit(text, entries, args);
    for (std::size_t i = 0; i < args.size(); ++i)
      if (!(args[i]->type == types->args[i])) {
        WEIR_ASSIGN(args[i], cast(args[i], types->args[i], "cast", args[i]->text));
      }
    return finish(best, std::move(args), types->result, text);
  }

  result<bound_ptr> cast(const bound_ptr& arg, const data_type& type, const std::string& name,
                         const std::string& text) {
    if (is_untyped_null(*arg))
      return constant({}, type, text == "null" ? "cast(null as " + type.to_string() + ")" : text);
    if (arg->type == type)
      return arg;
    const auto entries = find_functions(name);
    if (!can_cast(arg->type, type))
      return status{errc::type_mismatch, text + ": " + arg->text + " is " + arg->type.to_string() +
                                             ", which has no cast to " + type.to_string()};
    return finish(entries.front(), {arg}, type, text);
  }

  result<bound_ptr> finish(const function_entry* entry, std::vector<bound_ptr> args, const data_type& type,
                           const std::string& text) {
    auto made = std::make_shared<bound_node>();
    made->type = type;
    made->arrow_type = type.to_arrow();
    made->function = entry;
    made->text = text;
    made->args = std::move(args);
    const auto any_nullable = std::ranges::any_of(made->args, &bound_node::nullable);
    made->nullable = entry->null_rule == nulls::always || entry->null_rule == nulls::partial ||
                     (entry->null_rule != nulls::never && any_nullable);
    made->deterministic = entry->needs != depends::seed && std::ranges::all_of(made->args, &bound_node::deterministic);
    made->by_row =
        (entry->row != nullptr || entry->lazy != nullptr) && std::ranges::all_of(made->args, &bound_node::by_row);
    if (entry->needs == depends::seed)
      made->ordinal = ++seeded_;
    if (entry->prepare != nullptr)
      if (auto prepared = entry->prepare(*made); !prepared.ok())
        return status{prepared.code(), text + ": " + prepared.message()};
    return fold(std::move(made));
  }

  /// A call of constants is a constant. Where it fails it stays: the row that never comes there has no error.
  static bound_ptr fold(std::shared_ptr<bound_node> node) {
    if (node->function->needs != depends::nothing || node->args.empty() ||
        !std::ranges::all_of(node->args, [](const auto& arg) { return arg->constant != nullptr; }))
      return node;
    cell_memory memory;
    const evaluation_context context;
    row_scope scope{nullptr, context, memory, 0};
    cell value;
    if (!evaluate_row(*node, scope, value).ok())
      return node;
    return constant(value, node->type, node->text == "null" ? "" : node->text);
  }

  result<bound_ptr> user_call(const expression_node& node, std::vector<bound_ptr> args, const std::string& text) {
    const auto& wanted = node.function->arguments();
    if (wanted.size() != args.size())
      return status{errc::type_mismatch, text + ": the function takes " + std::to_string(wanted.size()) +
                                             " arguments, " + std::to_string(args.size()) + " were given"};
    auto made = std::make_shared<bound_node>();
    for (std::size_t i = 0; i < args.size(); ++i) {
      if (!(args[i]->type == wanted[i].type) && !may_become(*args[i], wanted[i].type))
        return status{errc::type_mismatch, text + ": argument " + std::to_string(i + 1) + ", " + args[i]->text +
                                               ", is " + args[i]->type.to_string() + "; the function takes " +
                                               wanted[i].type.to_string()};
      WEIR_ASSIGN(args[i], cast(args[i], wanted[i].type, "cast", args[i]->text));
      made->nullable = made->nullable || (args[i]->nullable && !wanted[i].nullable);
    }
    made->type = node.function->returns().type;
    made->arrow_type = made->type.to_arrow();
    made->nullable = node.function->returns().nullable;
    for (std::size_t i = 0; i < args.size(); ++i)
      made->nullable = made->nullable || (args[i]->nullable && !wanted[i].nullable);
    made->deterministic = node.function->deterministic() && std::ranges::all_of(args, &bound_node::deterministic);
    made->by_row = false;
    made->user = node.function;
    made->args = std::move(args);
    made->text = text;
    return made;
  }

  const schema& input_;
  std::uint64_t seeded_ = 0;
};

status untyped(const expression& value) {
  return {errc::type_mismatch, value.to_string() + ": null alone has no type; use null_of(type)"};
}

}  // namespace

result<bound_expression> bind(const expression& value, const schema& input) {
  WEIR_ASSIGN(auto all, bind_all({value}, input));
  return std::move(all.front());
}

result<std::vector<bound_expression>> bind_all(const std::vector<expression>& values, const schema& input) {
  binder all{input};
  std::vector<bound_expression> out;
  for (const auto& value : values) {
    WEIR_ASSIGN(auto node, all.bind(value));
    if (is_untyped_null(*node))
      return untyped(value);
    out.emplace_back(std::move(node));
  }
  return out;
}

result<bound_expression> bind_condition(const expression& condition, const schema& input) {
  WEIR_ASSIGN(auto node, binder{input}.bind(condition));
  if (!(node->type == boolean))
    return status{errc::type_mismatch, "the condition " + condition.to_string() + " is " + node->type.to_string() +
                                           "; a condition is boolean"};
  return bound_expression{std::move(node)};
}

result<std::vector<expression>> expand(const std::vector<expression>& values, const schema& input) {
  std::vector<expression> out;
  for (const auto& value : values) {
    const auto name = value.column_name().value_or("");
    if (name == "*") {
      for (const auto& column : input.fields())
        out.push_back(col(column.name));
      continue;
    }
    if (!name.ends_with(".*") || input.index_of(name) >= 0) {
      out.push_back(value);
      continue;
    }
    const auto owner = name.substr(0, name.size() - 2);
    WEIR_ASSIGN(const auto bound, bind(col(owner), input));
    if (bound.type().kind() != id::structure)
      return status{errc::type_mismatch,
                    name + ": " + owner + " is " + bound.type().to_string() + "; .* takes a struct"};
    for (const auto& member : bound.type().children())
      out.push_back(col(owner + "." + member.name));
  }
  return out;
}

}  // namespace weir
