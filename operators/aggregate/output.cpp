#include <weir/operators/aggregate/output.hpp>

#include <cstring>
#include <numeric>

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

namespace weir::detail {

namespace {

array_data time_column(const std::vector<std::int64_t>& times) {
  static const auto type = timestamp_type.to_arrow();
  column_memory bytes;
  const auto size = times.size() * sizeof(std::int64_t);
  bytes.grow(0, size);
  std::memcpy(bytes.data(), times.data(), size);
  return make_column(type, times.size(), nullptr, 0, {bytes.release(size)});
}

}  // namespace

aggregate_output::aggregate_output(std::shared_ptr<const aggregate_plan> plan, const aggregate_state& state)
    : plan_{std::move(plan)}, state_{state}, windowed_{plan_->has_window()}, key_columns_{plan_->keys} {}

status aggregate_output::merge_panes() {
  if (merged_.empty())
    merged_ = make_accumulators(*plan_);
  if (rows_.size() < keys_.size()) {
    rows_.resize(keys_.size());
    std::iota(rows_.begin(), rows_.end(), 0);
    for (const auto& one : merged_)
      one->resize(rows_.size());
  }
  for (std::size_t i = 0; i < merged_.size(); ++i)
    if (const auto failed = merged_[i]->merge(into_, *state_.values()[i], panes_))
      return status{failed->code, "'" + plan_->results[i].name + "': " + failed->message}.at_key(
          state_.printable(slots_[failed->slot]));
  return {};
}

result<batch> aggregate_output::finish() {
  const auto rows = keys_.size();
  constexpr std::size_t ahead = 16;
  for (std::size_t i = 0; i < rows; ++i) {
    if (i + ahead < rows)
      state_.groups().prefetch_key(keys_[i + ahead]);
    key_columns_.append_key(state_.groups().bytes_of(keys_[i]));
  }
  auto columns = key_columns_.finish();
  if (windowed_)
    columns.insert(columns.begin() + static_cast<std::ptrdiff_t>(plan_->options.window_position),
                   make_column(plan_->arrow_output->field(static_cast<int>(plan_->options.window_position))->type(),
                               rows, nullptr, 0, {}, {time_column(starts_), time_column(ends_)}));
  if (merges_)
    WEIR_TRY(merge_panes());
  const auto used = std::span{rows_}.first(merges_ ? rows : 0);
  for (std::size_t i = 0; i < state_.values().size(); ++i) {
    columns.push_back(merges_ ? merged_[i]->values(used) : state_.values()[i]->values(slots_));
    if (merges_)
      merged_[i]->clear(used);
  }
  slots_.clear();
  keys_.clear();
  starts_.clear();
  ends_.clear();
  into_.clear();
  panes_.clear();
  return batch{arrow::RecordBatch::Make(plan_->arrow_output, static_cast<std::int64_t>(rows), std::move(columns))};
}

}  // namespace weir::detail
