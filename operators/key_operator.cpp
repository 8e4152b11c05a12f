#include <weir/operators/key_operator.hpp>

#include <arrow/api.h>

namespace weir::detail {

schema with_key_column(const schema& columns, const data_type& type, bool nullable) {
  auto fields = columns.fields();
  fields.push_back({std::string{key_column_name}, type, nullable});
  return schema{std::move(fields)};
}

batch add_key_column(const batch& rows, std::shared_ptr<arrow::ArrayData> keys, bool nullable) {
  const auto& before = *rows.arrow();
  auto fields = before.schema()->fields();
  fields.push_back(arrow::field(std::string{key_column_name}, keys->type, nullable));
  auto columns = before.column_data();
  columns.push_back(std::move(keys));
  return batch{arrow::RecordBatch::Make(arrow::schema(std::move(fields)), before.num_rows(), std::move(columns)),
               rows.origin()};
}

}  // namespace weir::detail
