#include <weir/expressions/explode.hpp>

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>

#include <weir/columns/batch.hpp>
#include <weir/expressions/arrow_call.hpp>

namespace weir {

result<exploded_list> explode_lists(const arrow::Array& lists, bool outer) {
  if (lists.type_id() != arrow::Type::LIST && lists.type_id() != arrow::Type::MAP)
    return status{errc::type_mismatch, "explode takes a list, not " + lists.type()->ToString()};
  const auto& column = static_cast<const arrow::ListArray&>(lists);
  exploded_list made;
  arrow::Int64Builder places;
  for (std::int64_t row = 0; row < column.length(); ++row) {
    const auto begin = column.value_offset(row);
    const auto end = column.IsNull(row) ? begin : column.value_offset(row + 1);
    made.rows.insert(made.rows.end(), static_cast<std::size_t>(end - begin), row);
    auto added = places.Reserve(end - begin + 1);
    if (!added.ok())
      return from_arrow(added, "explode");
    for (auto place = begin; place < end; ++place)
      places.UnsafeAppend(place);
    if (outer && begin == end) {
      made.rows.push_back(row);
      places.UnsafeAppendNull();
    }
  }
  auto indexes = places.Finish();
  if (!indexes.ok())
    return from_arrow(indexes.status(), "explode");
  const std::array args{arrow::Datum{column.values()}, arrow::Datum{*indexes}};
  WEIR_ASSIGN(const auto values, detail::call_arrow("take", args, arrow::compute::TakeOptions::NoBoundsCheck()));
  made.values = values.make_array();
  return made;
}

}  // namespace weir
