#include <weir/expressions/explode.hpp>

#include <algorithm>

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
  arrow::Int64Builder builder;
  for (std::int64_t row = 0; row < column.length(); ++row) {
    const auto begin = column.value_offset(row);
    const auto end = column.IsNull(row) ? begin : column.value_offset(row + 1);
    const auto count = std::max<std::int64_t>(end - begin, outer ? 1 : 0);
    made.rows.insert(made.rows.end(), static_cast<std::size_t>(count), row);
    if (const auto room = builder.Reserve(count); !room.ok())
      return from_arrow(room, "explode");
    for (auto place = begin; place < end; ++place)
      builder.UnsafeAppend(place);
    if (begin == end && outer)
      builder.UnsafeAppendNull();
  }
  std::shared_ptr<arrow::Int64Array> places;
  if (const auto finished = builder.Finish(&places); !finished.ok())
    return from_arrow(finished, "explode");
  // They ascend; only what null lists hide is passed over.
  const auto count = places->length();
  if (places->null_count() == 0 && (count == 0 || places->Value(count - 1) - places->Value(0) + 1 == count)) {
    made.values = column.values()->Slice(count == 0 ? 0 : places->Value(0), count);
    return made;
  }
  const std::array args{arrow::Datum{column.values()}, arrow::Datum{places}};
  WEIR_ASSIGN(const auto values, detail::call_arrow("take", args, arrow::compute::TakeOptions::NoBoundsCheck()));
  made.values = values.make_array();
  return made;
}

}  // namespace weir
