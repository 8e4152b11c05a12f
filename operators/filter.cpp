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

}  // namespace

result<batch> take_rows(const batch& rows, const std::vector<std::int64_t>& selection) {
  if (static_cast<std::int64_t>(selection.size()) == rows.num_rows())
    return rows;
  std::vector<std::pair<std::int64_t, std::int64_t>> runs;
  for (const auto row : selection) {
    if (!runs.empty() && runs.back().first + runs.back().second == row)
      ++runs.back().second;
    else
      runs.emplace_back(row, 1);
  }
  if (runs.size() <= 8)
    return join_runs(rows, runs);
  static const auto initialized = arrow::compute::Initialize();
  if (!initialized.ok())
    return from_arrow(initialized, "filter");
  const auto indexes =
      std::make_shared<arrow::Int64Array>(static_cast<std::int64_t>(selection.size()), arrow::Buffer::Wrap(selection));
  auto taken = arrow::compute::Take(arrow::Datum{rows.arrow()}, arrow::Datum{indexes},
                                    arrow::compute::TakeOptions::NoBoundsCheck());
  if (!taken.ok())
    return from_arrow(taken.status(), "filter");
  return batch{taken->record_batch()};
}

}  // namespace weir
