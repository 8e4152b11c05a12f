#include <weir/expressions/row_evaluator.hpp>

#include <array>
#include <vector>

#include <arrow/api.h>
#include <arrow/datum.h>

#include <weir/columns/batch.hpp>
#include <weir/expressions/cell_column.hpp>
#include <weir/expressions/column_evaluator.hpp>
#include <weir/expressions/user_function.hpp>

namespace weir::detail {

namespace {

/// A function that knows columns only gets columns of one row.
status call_columns(const bound_node& node, row_scope& scope, std::span<const cell> args, cell& out) {
  std::vector<arrow::Datum> columns;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (node.args[i]->constant) {
      columns.emplace_back(node.args[i]->constant->scalar);
      continue;
    }
    WEIR_ASSIGN(auto column, column_of(args[i], node.args[i]->type, 1));
    columns.emplace_back(std::move(column));
  }
  WEIR_ASSIGN(const auto made, call_with_columns(node, {scope.context, 1}, columns));
  WEIR_ASSIGN(const auto array, to_column(made, node.type, 1));
  out = copy_cell(read_cell(view_of(*array), node.type, 0, scope.memory), node.type, scope.memory);
  return {};
}

status call_row(const bound_node& node, row_scope& scope, std::span<cell> args, cell& out) {
  auto any_null = false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    WEIR_TRY(evaluate_row(*node.args[i], scope, args[i]));
    any_null = any_null || args[i].is_null();
  }
  if (node.function == nullptr || node.function->row == nullptr)
    return call_columns(node, scope, args, out);
  if (any_null && propagates(node.function->null_rule)) {
    out = {};
    return {};
  }
  if (auto done = node.function->row(node, scope, args.data(), out); !done.ok()) [[unlikely]]
    return at_call(node, done);
  return {};
}

}  // namespace

status at_call(const bound_node& call, const status& error) {
  return {error.code(), call.text + ": " + error.message()};
}

status evaluate_row(const bound_node& node, row_scope& scope, cell& out) {
  if (node.constant) {
    out = node.constant->value;
    return {};
  }
  if (node.column >= 0) {
    out = read_cell(scope.columns[node.column], node.type, scope.row, scope.memory);
    return {};
  }
  if (node.function != nullptr && node.function->lazy != nullptr)
    return node.function->lazy(node, scope, out);
  if (node.args.size() <= 4) {
    std::array<cell, 4> args;
    return call_row(node, scope, std::span{args}.first(node.args.size()), out);
  }
  return call_row(node, scope, make_cells(node.args.size(), scope.memory), out);
}

}  // namespace weir::detail
