#include <weir/operators/sort/row_order.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/initialize.h>

namespace weir::detail {

namespace {

/// Integers in the order of floating numbers: NaN last, the zeros equal.
template <class Float, class Integer>
std::shared_ptr<arrow::Array> ordered_floats(const arrow::ArrayData& column,
                                             const std::shared_ptr<arrow::DataType>& type) {
  const auto* values = column.GetValues<Float>(1);
  const auto length = static_cast<std::size_t>(column.length);
  std::vector<Integer> ordered(length);
  for (std::size_t i = 0; i < length; ++i) {
    const auto value = values[i];
    // The bits of a negative number grow as it falls; a NaN of any sign counts as the greatest one.
    const auto bits = std::bit_cast<Integer>(value == 0 ? Float{0} : value);
    if (std::isnan(value))
      ordered[i] = std::numeric_limits<Integer>::max();
    else
      ordered[i] = bits < 0 ? static_cast<Integer>(bits ^ std::numeric_limits<Integer>::max()) : bits;
  }
  auto validity = column.buffers[0];
  if (validity != nullptr && column.offset != 0)
    validity = arrow::internal::CopyBitmap(arrow::default_memory_pool(), validity->data(), column.offset, column.length)
                   .ValueOrDie();
  return arrow::MakeArray(arrow::ArrayData::Make(type, column.length,
                                                 {std::move(validity), arrow::Buffer::FromVector(std::move(ordered))}));
}

/// The columns that Arrow sorts by: more than there are keys, since it knows no order of structures, puts NaN beside
/// the nulls and, before version 25, the nulls of all keys on one side.
class key_columns {
public:
  status add(const std::shared_ptr<arrow::Array>& column, bool ascending, bool nulls_first) {
    if (column->null_count() > 0) {
      const auto& data = *column->data();
      add(std::make_shared<arrow::BooleanArray>(data.length, data.buffers[0], nullptr, 0, data.offset), nulls_first);
    }
    switch (column->type_id()) {
    case arrow::Type::FLOAT:
      add(ordered_floats<float, std::int32_t>(*column->data(), arrow::int32()), ascending);
      break;
    case arrow::Type::DOUBLE:
      add(ordered_floats<double, std::int64_t>(*column->data(), arrow::int64()), ascending);
      break;
    case arrow::Type::STRUCT: {
      // A member of a null structure counts as null, so that all null structures are equal.
      auto members = static_cast<const arrow::StructArray&>(*column).Flatten();
      if (!members.ok())
        return from_arrow(members.status(), "sort");
      for (const auto& member : *members)
        WEIR_TRY(add(member, ascending, ascending));
      break;
    }
    default: add(column, ascending); break;
    }
    return {};
  }

  result<std::shared_ptr<arrow::Array>> order(std::int64_t rows) {
    const auto keys = arrow::RecordBatch::Make(arrow::schema(std::move(fields_)), rows, std::move(columns_));
    auto sorted = arrow::compute::SortIndices(arrow::Datum{keys}, arrow::compute::SortOptions{std::move(keys_)});
    if (!sorted.ok())
      return from_arrow(sorted.status(), "sort");
    return std::move(sorted).ValueUnsafe();
  }

private:
  void add(std::shared_ptr<arrow::Array> column, bool ascending) {
    keys_.emplace_back(arrow::FieldRef{static_cast<int>(fields_.size())},
                       ascending ? arrow::compute::SortOrder::Ascending : arrow::compute::SortOrder::Descending);
    fields_.push_back(arrow::field(std::to_string(fields_.size()), column->type()));
    columns_.push_back(std::move(column));
  }

  arrow::FieldVector fields_;
  arrow::ArrayVector columns_;
  std::vector<arrow::compute::SortKey> keys_;
};

}  // namespace

bool has_order(const data_type& type) {
  if (type.kind() == data_type::id::list || type.kind() == data_type::id::map)
    return false;
  return std::ranges::all_of(type.children(), [](const field& one) { return has_order(one.type); });
}

bool nulls_first(const sort_key& key) { return key.nulls_first.value_or(key.ascending); }

result<std::shared_ptr<arrow::Array>> row_order(const arrow::RecordBatch& rows, const std::vector<sort_key>& keys) {
  static const auto initialized = arrow::compute::Initialize();
  if (!initialized.ok())
    return from_arrow(initialized, "sort");
  key_columns columns;
  for (const auto& key : keys)
    WEIR_TRY(columns.add(rows.GetColumnByName(key.column), key.ascending, nulls_first(key)));
  return columns.order(rows.num_rows());
}

}  // namespace weir::detail
