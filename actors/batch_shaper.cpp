#include <weir/actors/batch_shaper.hpp>

#include <algorithm>
#include <utility>

#include <arrow/api.h>

namespace weir::actors {

namespace {

using arrow_batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

result<std::shared_ptr<arrow::RecordBatch>> concatenate(const arrow_batches& parts) {
  auto joined = arrow::ConcatenateRecordBatches(parts);
  if (!joined.ok())
    return from_arrow(joined.status(), "join batches");
  return std::move(joined).ValueUnsafe();
}

/// Row i of the joined origins is row i - begin of the last part that begins at or before i.
result<std::shared_ptr<const batch_origin>> join_origins(const std::vector<batch>& parts) {
  auto joined = std::make_shared<batch_origin>();
  auto starts = std::make_shared<std::vector<std::pair<std::int64_t, std::shared_ptr<const batch_origin>>>>();
  arrow_batches rows;
  std::int64_t begin = 0;
  for (const auto& part : parts) {
    const auto& origin = part.origin();
    if (!origin || (!starts->empty() && origin->source != joined->source))
      return std::shared_ptr<const batch_origin>{};
    joined->source = origin->source;
    rows.push_back(origin->rows);
    starts->emplace_back(begin, origin);
    begin += part.num_rows();
  }
  WEIR_ASSIGN(joined->rows, concatenate(rows));
  joined->offset_of = [starts](std::int64_t row) {
    auto part = std::ranges::upper_bound(*starts, row, {}, [](const auto& start) { return start.first; });
    --part;
    return part->second->offset_of(row - part->first);
  };
  return std::shared_ptr<const batch_origin>{std::move(joined)};
}

}  // namespace

result<std::vector<batch>> batch_shaper::add(batch rows) {
  std::vector<batch> ready;
  const auto count = rows.num_rows();
  if (count == 0)
    return ready;
  const bool large = count >= enough_rows;
  const bool other = !small_.empty() && small_.back().tag() != rows.tag();
  if (!small_.empty() && (large || other || rows_ + count >= enough_rows)) {
    if (!large && !other)
      small_.push_back(std::exchange(rows, {}));
    WEIR_ASSIGN(auto joined, flush());
    ready.push_back(std::move(joined));
  }
  if (!large && rows.num_rows() > 0) {
    rows_ += count;
    small_.push_back(std::move(rows));
  } else if (large)
    ready.push_back(std::move(rows));
  return ready;
}

result<batch> batch_shaper::flush() {
  rows_ = 0;
  auto parts = std::exchange(small_, {});
  if (parts.empty())
    return batch{};
  if (parts.size() == 1)
    return std::move(parts.front());
  arrow_batches rows;
  rows.reserve(parts.size());
  for (const auto& part : parts)
    rows.push_back(part.arrow());
  WEIR_ASSIGN(auto joined, concatenate(rows));
  WEIR_ASSIGN(auto origin, join_origins(parts));
  return batch{std::move(joined), std::move(origin)}.with_tag(parts.front().tag());
}

}  // namespace weir::actors
