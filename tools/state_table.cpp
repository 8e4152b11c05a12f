#include "state_table.hpp"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/compute/initialize.h>

#include <weir/columns/text.hpp>
#include <weir/sinks/console.hpp>
#include <weir/state/checkpoint.hpp>

namespace {

using rows_ptr = std::shared_ptr<arrow::RecordBatch>;

arrow::Result<rows_ptr> batch_of(arrow::FieldVector fields, arrow::ArrayVector columns, std::int64_t rows) {
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows, std::move(columns));
}

/// Key, value and timeout alone; the value null where there is none.
arrow::Result<rows_ptr> without_bookkeeping(const rows_ptr& rows) {
  const auto has_value = rows->GetColumnByName("has_value");
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (int i = 0; i < rows->num_columns(); ++i) {
    const auto& name = rows->column_name(i);
    if (name == weir::key_group_column || name == weir::present_column || name == "has_value")
      continue;
    auto column = rows->column(i);
    if (has_value && name != "key" && name != "timeout") {
      ARROW_ASSIGN_OR_RAISE(const auto shown,
                            arrow::compute::IfElse(has_value, column, arrow::MakeNullScalar(column->type())));
      column = shown.make_array();
    }
    fields.push_back(arrow::field(name, column->type()));
    columns.push_back(std::move(column));
  }
  return batch_of(std::move(fields), std::move(columns), rows->num_rows());
}

/// The key's members as columns of their own.
arrow::Result<rows_ptr> flattened(const rows_ptr& rows) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (int i = 0; i < rows->num_columns(); ++i) {
    if (rows->column_name(i) != "key" || rows->column(i)->type_id() != arrow::Type::STRUCT) {
      fields.push_back(rows->schema()->field(i));
      columns.push_back(rows->column(i));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const auto members, static_cast<const arrow::StructArray&>(*rows->column(i)).Flatten());
    const auto& type = *rows->column(i)->type();
    for (int member = 0; member < type.num_fields(); ++member) {
      fields.push_back(type.field(member));
      columns.push_back(members[static_cast<std::size_t>(member)]);
    }
  }
  return batch_of(std::move(fields), std::move(columns), rows->num_rows());
}

/// By key; as it is where a key's type has no order.
arrow::Result<rows_ptr> ordered(const rows_ptr& rows) {
  const auto key = rows->GetColumnByName("key");
  if (!key || key->type_id() != arrow::Type::STRUCT)
    return rows;
  ARROW_ASSIGN_OR_RAISE(const auto members, static_cast<const arrow::StructArray&>(*key).Flatten());
  ARROW_ASSIGN_OR_RAISE(const auto keys, batch_of(key->type()->fields(), members, rows->num_rows()));
  std::vector<arrow::compute::SortKey> by;
  for (int i = 0; i < keys->num_columns(); ++i)
    by.emplace_back(arrow::FieldRef{i});
  const auto order = arrow::compute::SortIndices(arrow::Datum{keys}, arrow::compute::SortOptions{std::move(by)});
  if (!order.ok())
    return rows;
  ARROW_ASSIGN_OR_RAISE(const auto taken, arrow::compute::Take(arrow::Datum{rows}, arrow::Datum{*order}));
  return taken.record_batch();
}

arrow::Result<rows_ptr> prepared(const rows_ptr& rows, bool json) {
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  ARROW_ASSIGN_OR_RAISE(auto shown, without_bookkeeping(rows));
  ARROW_ASSIGN_OR_RAISE(shown, ordered(shown));
  return json ? shown : flattened(shown);
}

}  // namespace

weir::status print_state(const weir::batch& rows, bool json, std::int64_t limit, std::ostream& out) {
  if (!rows.arrow())
    return {};
  const auto made = prepared(rows.arrow(), json);
  if (!made.ok())
    return weir::from_arrow(made.status(), "show state rows");
  const weir::batch shown{*made};
  if (!json) {
    WEIR_ASSIGN(const auto columns, weir::schema::from_arrow(*shown.arrow()->schema()));
    const weir::batch all[]{shown};
    out << weir::show(columns, all, limit, 0);
    return {};
  }
  const auto format = weir::make_json_formatter();
  format->bind(shown);
  std::string text;
  for (std::int64_t row = 0; row < std::min(limit, shown.num_rows()); ++row) {
    format->append(row, text);
    if (text.size() > std::size_t{1} << 16U) {
      out << text;
      text.clear();
    }
  }
  out << text;
  return {};
}
