#include <weir/operators/group_function/state_rows.hpp>

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <weir/state/checkpoint.hpp>

namespace weir {

schema group_state_schema(const std::vector<field>& key, const schema& state, group_timeout timeout) {
  auto values = state.fields();
  if (timeout != group_timeout::none) {
    values.push_back({"has_value", boolean, false});
    values.push_back({"timeout", timestamp_type, true});
  }
  return make_state_schema(key, values);
}

status check_state_columns(const schema& state) {
  for (const auto& member : state.fields())
    for (const auto* const taken : {"key_group", "present", "key", "has_value", "timeout"})
      if (member.name == taken)
        return {errc::invalid_argument,
                "a state's member may not be named '" + member.name + "': the checkpoint has a column of that name"};
  return {};
}

namespace detail {

batch state_batch(const std::shared_ptr<arrow::Schema>& columns, std::size_t rows,
                  std::vector<std::shared_ptr<arrow::ArrayData>> data) {
  return batch{arrow::RecordBatch::Make(columns, static_cast<std::int64_t>(rows), std::move(data))};
}

std::shared_ptr<arrow::ArrayData> shared_column(const batch& rows, std::string_view name) {
  const auto index = rows.arrow()->schema()->GetFieldIndex(std::string{name});
  return index < 0 ? nullptr : rows.arrow()->column_data(index);
}

}  // namespace detail

std::vector<std::int64_t> rows_of_partition(const detail::column_view& groups, partition_id partition, int partitions) {
  std::vector<std::int64_t> own;
  const auto* values = groups.values_as<std::int32_t>();
  for (std::int64_t row = 0; row < groups.length; ++row)
    if (partition_of_group(values[row], partitions) == partition.value)
      own.push_back(row);
  return own;
}

}  // namespace weir
