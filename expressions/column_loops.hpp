#pragma once

#include <memory>

#include <arrow/api.h>
#include <arrow/datum.h>
#include <arrow/util/bitmap_ops.h>

#include <weir/columns/batch.hpp>
#include <weir/expressions/bound_node.hpp>

namespace weir::detail {

/// The nulls of `column`, as a new column's; none where it has no nulls.
inline result<std::shared_ptr<arrow::Buffer>> nulls_of(const arrow::ArrayData& column) {
  if (column.GetNullCount() == 0)
    return std::shared_ptr<arrow::Buffer>{};
  auto copy = arrow::internal::CopyBitmap(arrow::default_memory_pool(), column.buffers[0]->data(), column.offset,
                                          column.length);
  if (!copy.ok())
    return from_arrow(copy.status(), "nulls");
  return std::move(copy).ValueUnsafe();
}

/// A column kernel of one fixed-width argument: function(value) for each row, called for the value under a null too. A
/// Datum of kind NONE for what is no column.
template <class In, class Out, class F>
result<arrow::Datum> map_values(const bound_node& call, const arrow::Datum& arg, F function) {
  if (!arg.is_array())
    return arrow::Datum{};
  const auto& column = *arg.array();
  auto buffer = arrow::AllocateBuffer(column.length * static_cast<std::int64_t>(sizeof(Out)));
  if (!buffer.ok())
    return from_arrow(buffer.status(), call.text);
  const auto* from = view_of(column).values_as<In>();
  auto* to = reinterpret_cast<Out*>((*buffer)->mutable_data());
  for (std::int64_t row = 0; row < column.length; ++row)
    to[row] = function(from[row]);
  WEIR_ASSIGN(auto nulls, nulls_of(column));
  return arrow::Datum{arrow::ArrayData::Make(
      call.arrow_type, column.length, {std::move(nulls), std::move(buffer).ValueUnsafe()}, column.GetNullCount())};
}

}  // namespace weir::detail
