#include <weir/operators/group_function/rows.hpp>

#include <arrow/record_batch.h>

namespace weir {

std::span<std::uint32_t> group_rows::add(const batch& rows, std::vector<std::uint32_t> selection) {
  auto& added = parts_.emplace_back();
  added.rows = rows;
  added.selection = std::move(selection);
  added.ordinals.resize(added.selection.size());
  count_ += added.selection.size();
  return added.ordinals;
}

void group_rows::count(std::size_t groups) {
  begins_.assign(groups + 1, 0);
  for (const auto& one : parts_)
    for (const auto ordinal : one.ordinals)
      ++begins_[ordinal + 1];
  for (std::size_t i = 1; i < begins_.size(); ++i)
    begins_[i] += begins_[i - 1];
}

void group_rows::arrange() {
  positions_.resize(count_);
  each_place([this](std::uint32_t place) { __builtin_prefetch(&positions_[place], 1); },
             [this](position at, std::uint32_t place) { positions_[place] = at; });
}

void group_rows::clear() {
  parts_.clear();
  positions_.clear();
  count_ = 0;
}

std::int64_t drop_late_rows(const batch& rows, int event_time_column, timestamp late,
                            std::vector<std::uint32_t>& selection) {
  const auto times = detail::view_of(*rows.arrow()->column_data(event_time_column));
  const auto* values = times.values_as<std::int64_t>();
  const auto limit = late.time_since_epoch().count();
  return static_cast<std::int64_t>(
      std::erase_if(selection, [&](std::uint32_t row) { return (times.is_valid(row) ? values[row] : 0) <= limit; }));
}

}  // namespace weir
