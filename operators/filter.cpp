#include <weir/operators/filter.hpp>

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/initialize.h>

namespace weir {

namespace {

/// Runs of neighbouring rows as slices; fewer than a few, or long ones, need no kernel.
result<batch> join_runs(const batch& rows, const std::vector<std::pair<std::int64_t, std::int64_t>>& runs) {
  if (runs.size() == 1)
    return rows.slice(runs[0].first, runs[0].second);
  std::vector<std::shared_ptr<arrow::RecordBatch>> parts;
  parts.reserve(runs.size());
  for (const auto& [begin, length] : runs)
    parts.push_back(rows.arrow()->Slice(begin, length));
  auto joined = arrow::ConcatenateRecordBatches(parts);
  if (!joined.ok())
    return from_arrow(joined.status(), "filter");
  return batch{std::move(joined).ValueUnsafe()};
}

constexpr std::size_t few_runs = 8;

/// The selection as runs of neighbours; stops once they are more than a few.
std::vector<std::pair<std::int64_t, std::int64_t>> runs_of(const std::vector<std::int64_t>& selection) {
  std::vector<std::pair<std::int64_t, std::int64_t>> runs;
  for (const auto row : selection) {
    if (!runs.empty() && runs.back().first + runs.back().second == row) {
      ++runs.back().second;
      continue;
    }
    runs.emplace_back(row, 1);
    if (runs.size() > few_runs)
      break;
  }
  return runs;
}

template <class T>
void gather(const arrow::ArrayData& from, const std::vector<std::int64_t>& selection, std::uint8_t* to) {
  const auto* values = from.GetValues<T>(1);
  auto* out = reinterpret_cast<T*>(to);
  for (const auto row : selection)
    *out++ = values[row];
}

/// A column of numbers or times without nulls, which most are: cheaper than Arrow's kernel, which knows all kinds.
/// Null: it is another column.
arrow::Result<std::shared_ptr<arrow::ArrayData>> gather_numbers(const arrow::ArrayData& column,
                                                                const std::vector<std::int64_t>& selection) {
  const auto width = arrow::is_fixed_width(column.type->id()) && column.type->id() != arrow::Type::DICTIONARY
                         ? static_cast<const arrow::FixedWidthType&>(*column.type).bit_width()
                         : 0;
  if ((width != 64 && width != 32) || column.GetNullCount() != 0)
    return nullptr;
  const auto size = static_cast<std::int64_t>(selection.size());
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(size * width / 8));
  if (width == 64)
    gather<std::int64_t>(column, selection, buffer->mutable_data());
  else
    gather<std::int32_t>(column, selection, buffer->mutable_data());
  return arrow::ArrayData::Make(column.type, size, {nullptr, std::move(buffer)}, 0);
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> gather_columns(const arrow::RecordBatch& rows,
                                                                  const std::vector<std::int64_t>& selection) {
  std::shared_ptr<arrow::Array> indexes;
  std::vector<std::shared_ptr<arrow::ArrayData>> columns;
  for (const auto& column : rows.column_data()) {
    ARROW_ASSIGN_OR_RAISE(auto made, gather_numbers(*column, selection));
    if (made == nullptr) {
      if (indexes == nullptr)
        indexes = std::make_shared<arrow::Int64Array>(static_cast<std::int64_t>(selection.size()),
                                                      arrow::Buffer::Wrap(selection));
      ARROW_ASSIGN_OR_RAISE(auto taken, arrow::compute::Take(arrow::Datum{column}, arrow::Datum{indexes},
                                                             arrow::compute::TakeOptions::NoBoundsCheck()));
      made = taken.array();
    }
    columns.push_back(std::move(made));
  }
  return arrow::RecordBatch::Make(rows.schema(), static_cast<std::int64_t>(selection.size()), std::move(columns));
}

}  // namespace

result<batch> take_rows(const batch& rows, const std::vector<std::int64_t>& selection) {
  if (static_cast<std::int64_t>(selection.size()) == rows.num_rows())
    return rows;
  if (selection.empty())
    return rows.slice(0, 0);
  if (const auto runs = runs_of(selection); runs.size() <= few_runs)
    return join_runs(rows, runs);
  static const auto initialized = arrow::compute::Initialize();
  if (!initialized.ok())
    return from_arrow(initialized, "filter");
  auto taken = gather_columns(*rows.arrow(), selection);
  if (!taken.ok())
    return from_arrow(taken.status(), "filter");
  return batch{std::move(taken).ValueUnsafe()};
}

}  // namespace weir
