#include <weir/expressions/column_evaluator.hpp>

#include <array>

#include <arrow/api.h>
#include <arrow/compute/cast.h>
#include <arrow/datum.h>

#include <weir/expressions/arrow_call.hpp>
#include <weir/expressions/cell_column.hpp>
#include <weir/expressions/row_evaluator.hpp>
#include <weir/expressions/user_function.hpp>

namespace weir::detail {

namespace {

/// Memory of rows is given back after so many, so that a batch of long texts does not need them twice.
constexpr std::int64_t rows_between_releases = 256;

void note_columns(const bound_node& node, const arrow::RecordBatch& rows, std::vector<column_view>& views) {
  if (node.column >= 0)
    views[static_cast<std::size_t>(node.column)] = view_of(*rows.column_data(node.column));
  for (const auto& arg : node.args)
    note_columns(*arg, rows, views);
}

/// One argument of a call whose rows are computed one at a time.
struct argument {
  column_view column;
  cell constant;
  const data_type* type = nullptr;
  std::shared_ptr<arrow::Array> holder;
};

result<argument> argument_of(const bound_node& node, const arrow::Datum& value) {
  argument made;
  made.type = &node.type;
  if (node.constant) {
    made.constant = node.constant->value;
    return made;
  }
  if (value.is_scalar()) {
    auto column = arrow::MakeArrayFromScalar(*value.scalar(), 1);
    if (!column.ok())
      return from_arrow(column.status(), node.text);
    made.holder = std::move(column).ValueUnsafe();
    // A scalar that no constant node stands for, as current_timestamp(): each row reads its column of one.
    made.column = view_of(*made.holder);
    return made;
  }
  made.column = view_of(*value.array());
  return made;
}

result<arrow::Datum> call_rows(const bound_node& node, const column_scope& scope, std::span<const arrow::Datum> args) {
  std::vector<argument> columns;
  for (std::size_t i = 0; i < args.size(); ++i) {
    WEIR_ASSIGN(auto column, argument_of(*node.args[i], args[i]));
    columns.push_back(std::move(column));
  }
  cell_writer writer{node.type, node.arrow_type, scope.rows};
  std::vector<cell> cells(args.size());
  const auto skips = propagates(node.function->null_rule);
  std::array<std::byte, 4096> buffer;
  cell_memory memory{buffer.data(), buffer.size()};
  row_scope row{nullptr, scope.context, memory, 0};
  for (; row.row < scope.rows; ++row.row) {
    auto null = false;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto& from = columns[i];
      cells[i] = from.column.length == 0 ? from.constant
                                         : read_cell(from.column, *from.type, from.holder ? 0 : row.row, memory);
      null = null || cells[i].is_null();
    }
    cell out;
    if (!null || !skips)
      if (auto done = node.function->row(node, row, cells.data(), out); !done.ok())
        return at_call(node, done);
    WEIR_TRY(writer.append(out));
    if (row.row % rows_between_releases == 0)
      memory.release();
  }
  WEIR_ASSIGN(const auto made, writer.finish());
  return arrow::Datum{made};
}

result<arrow::Datum> call_user(const bound_node& node, const column_scope& scope, std::span<const arrow::Datum> args) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (std::size_t i = 0; i < args.size(); ++i) {
    WEIR_ASSIGN(auto column, to_column(args[i], node.args[i]->type, scope.rows));
    columns.push_back(std::move(column));
  }
  auto made = node.user->evaluate(columns, scope.rows);
  if (!made.ok())
    return at_call(node, made.error());
  return arrow::Datum{*made};
}

/// Arrow names some results by another type than weir does, as a count int64.
result<arrow::Datum> as_type(const bound_node& node, arrow::Datum value) {
  if (value.type()->Equals(*node.arrow_type))
    return value;
  return call_arrow("cast", std::array{std::move(value)}, arrow::compute::CastOptions::Safe(node.arrow_type));
}

}  // namespace

result<std::shared_ptr<arrow::Array>> to_column(const arrow::Datum& value, const data_type& type, std::int64_t rows) {
  if (!value.is_scalar())
    return value.make_array();
  auto made = arrow::MakeArrayFromScalar(*value.scalar(), rows);
  if (!made.ok())
    return from_arrow(made.status(), type.to_string());
  return std::move(made).ValueUnsafe();
}

result<arrow::Datum> call_with_columns(const bound_node& node, const column_scope& scope,
                                       std::span<const arrow::Datum> args) {
  if (node.user)
    return call_user(node, scope, args);
  if (node.function->columns != nullptr) {
    auto made = node.function->columns(node, scope, args);
    if (!made.ok())
      return at_call(node, made.error());
    if (made->kind() != arrow::Datum::NONE)
      return as_type(node, std::move(*made));
  }
  return call_rows(node, scope, args);
}

result<arrow::Datum> evaluate_columns(const bound_node& node, const arrow::RecordBatch& rows,
                                      const column_scope& scope) {
  if (node.constant)
    return arrow::Datum{node.constant->scalar};
  if (node.column >= 0)
    return arrow::Datum{rows.column_data(node.column)};
  const auto lazy = node.function != nullptr && node.function->lazy != nullptr;
  const auto all_rows = [&]() -> result<arrow::Datum> {
    WEIR_ASSIGN(const auto made, evaluate_rows(node, rows, scope.context, {}));
    return arrow::Datum{made};
  };
  std::vector<arrow::Datum> args;
  args.reserve(node.args.size());
  for (const auto& arg : node.args) {
    auto value = evaluate_columns(*arg, rows, scope);
    // What failed may be a branch that no row takes.
    if (!value.ok() && lazy)
      return all_rows();
    if (!value.ok())
      return value.error();
    args.push_back(std::move(*value));
  }
  if (!lazy)
    return call_with_columns(node, scope, args);
  WEIR_ASSIGN(auto made, node.function->columns(node, scope, args));
  return made.kind() == arrow::Datum::NONE ? all_rows() : made;
}

result<std::shared_ptr<arrow::Array>>
evaluate_rows(const bound_node& node, const arrow::RecordBatch& rows, const evaluation_context& context,
              const std::function<status(std::int64_t, const status&)>& on_refused) {
  std::vector<column_view> views(static_cast<std::size_t>(rows.num_columns()));
  note_columns(node, rows, views);
  std::array<std::byte, 4096> buffer;
  cell_memory memory{buffer.data(), buffer.size()};
  row_scope scope{views.data(), context, memory, 0};
  cell_writer writer{node.type, node.arrow_type ? node.arrow_type : node.type.to_arrow(), rows.num_rows()};
  for (; scope.row < rows.num_rows(); ++scope.row) {
    cell value;
    if (auto done = evaluate_row(node, scope, value); !done.ok()) {
      if (!on_refused || done.code() == errc::out_of_memory || done.code() == errc::internal)
        return done;
      WEIR_TRY(on_refused(scope.row, done));
      value = {};
    }
    WEIR_TRY(writer.append(value));
    if (scope.row % rows_between_releases == 0)
      memory.release();
  }
  return writer.finish();
}

}  // namespace weir::detail
