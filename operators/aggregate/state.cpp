#include <weir/operators/aggregate/state.hpp>

#include <algorithm>

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <weir/columns/hash.hpp>
#include <weir/columns/value_bytes.hpp>
#include <weir/operators/aggregate/column_parts.hpp>

namespace weir::detail {

key_time::key_time(const column_view& column, const data_type& type)
    : column_{column},
      times_{type == timestamp_type
                 ? column.values_as<std::int64_t>()
                 : column.member(static_cast<std::size_t>(window_end_member(type))).values_as<std::int64_t>()} {}

accumulator_list make_accumulators(const aggregate_plan& plan) {
  accumulator_list made;
  for (const auto& one : plan.aggregates)
    made.push_back(make_accumulators(one));
  return made;
}

aggregate_state::aggregate_state(std::shared_ptr<const aggregate_plan> plan)
    : plan_{std::move(plan)}, values_{make_accumulators(*plan_)} {
  grow();
}

std::size_t aggregate_state::bytes() const noexcept {
  auto total = groups_.bytes() + flags_.capacity() + ends_.capacity() * 20;
  for (const auto& one : values_)
    total += one->bytes();
  return total;
}

void aggregate_state::grow() {
  const auto slots = groups_.slots();
  if (flags_.size() >= slots)
    return;
  const auto room = std::max(slots, flags_.size() + flags_.size() / 2);
  flags_.resize(room);
  if (plan_->session() != nullptr) {
    ends_.resize(room);
    logged_times_.resize(room);
    generations_.resize(room);
  }
  for (const auto& one : values_)
    one->resize(room);
}

status aggregate_state::update(const batch& rows, std::span<const std::uint32_t> selection,
                               std::span<const std::uint32_t> slots) {
  std::vector<column_view> arguments;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    arguments.clear();
    for (const auto column : plan_->options.aggregates[i].arguments)
      arguments.push_back(view_of(*rows.arrow()->column_data(column)));
    if (const auto failed = values_[i]->update(arguments, selection, slots))
      return status{failed->code, "'" + plan_->results[i].name + "': " + failed->message}.at_key(
          printable(failed->slot));
  }
  return {};
}

status aggregate_state::merge(std::uint32_t into, std::uint32_t slot) {
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (const auto failed = values_[i]->merge({&into, 1}, *values_[i], {&slot, 1}))
      return status{failed->code, "'" + plan_->results[i].name + "': " + failed->message}.at_key(printable(into));
  return {};
}

std::string aggregate_state::printable(std::uint32_t slot) const {
  return printable_key(groups_.key(slot), plan_->keys);
}

batch aggregate_state::take_changes() {
  // A removed group's row has the values of the slot that is always empty.
  std::vector<std::uint32_t> keys;
  std::vector<std::int64_t> times;
  std::vector<std::uint32_t> slots;
  const auto sessions = plan_->session() != nullptr;
  const auto remove = [&](std::uint32_t slot) {
    if ((flags_[slot] & logged) == 0)
      return;
    keys.push_back(slot);
    times.push_back(sessions ? logged_times_[slot] : groups_.time(slot));
    slots.push_back(0);
  };
  for (const auto slot : merged_)
    remove(slot);
  for (const auto slot : evicted_)
    remove(slot);
  if (sessions)
    for (const auto slot : groups_.touched())
      if (!is_gone(slot) && logged_times_[slot] != groups_.time(slot))
        remove(slot);
  const auto removed = keys.size();
  for (const auto slot : groups_.touched()) {
    if (is_gone(slot))
      continue;
    keys.push_back(slot);
    times.push_back(groups_.time(slot));
    slots.push_back(slot);
    flags_[slot] |= logged;
    if (sessions)
      logged_times_[slot] = groups_.time(slot);
  }
  if (keys.empty()) {
    end_epoch();
    return {};
  }

  value_buffer<std::int32_t> groups;
  bit_buffer present;
  value_columns key_columns{plan_->keys};
  value_buffer<std::int64_t> ends;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto key = groups_.key(keys[i]);
    groups.push(key_group(hash_bytes(key)));
    present.push(i >= removed);
    key_columns.append_key(key);
    if (sessions)
      ends.push(i >= removed ? ends_[keys[i]] : 0);
  }
  const auto rows = keys.size();
  auto key_data = key_columns.finish();
  if (plan_->has_window()) {
    value_buffer<std::int64_t> starts;
    for (const auto time : times)
      starts.push(time);
    key_data.push_back(make_column(timestamp_type.to_arrow(), rows, nullptr, 0, {starts.release()}));
  }
  const auto& columns = plan_->arrow_state;
  std::vector<array_data> data{make_column(arrow::int32(), rows, nullptr, 0, {groups.release()}),
                               make_column(arrow::boolean(), rows, nullptr, 0, {present.release()}),
                               make_column(columns->field(2)->type(), rows, nullptr, 0, {}, std::move(key_data))};
  if (sessions)
    data.push_back(make_column(timestamp_type.to_arrow(), rows, nullptr, 0, {ends.release()}));
  for (const auto& one : values_)
    for (auto& column : one->state(slots))
      data.push_back(std::move(column));
  end_epoch();
  return batch{arrow::RecordBatch::Make(columns, static_cast<std::int64_t>(rows), std::move(data))};
}

void aggregate_state::end_epoch() {
  if (!merged_.empty() || !evicted_.empty()) {
    for (const auto& one : values_) {
      one->clear(merged_);
      one->clear(evicted_);
    }
    const auto free = [this](std::uint32_t slot) {
      flags_[slot] = 0;
      if (!generations_.empty())
        ++generations_[slot];
      groups_.release(slot);
    };
    // Merged ones first: their keys have the group that they went to.
    for (const auto slot : merged_)
      free(slot);
    for (const auto slot : evicted_) {
      groups_.unlink(slot);
      free(slot);
    }
    merged_.clear();
    evicted_.clear();
  }
  groups_.end_epoch();
}

void aggregate_state::drop(std::uint32_t slot) {
  for (const auto& one : values_)
    one->clear({&slot, 1});
  flags_[slot] = 0;
  groups_.unlink(slot);
  groups_.release(slot);
}

status aggregate_state::restore(const batch& changes, const operator_context& context) {
  const auto& rows = *changes.arrow();
  const auto expected = plan_->state.size();
  if (static_cast<std::size_t>(rows.num_columns()) != expected)
    return {errc::corrupt_checkpoint, "state rows of " + std::to_string(rows.num_columns()) + " columns, expected " +
                                          std::to_string(expected)};
  std::vector<column_view> columns;
  for (int i = 0; i < rows.num_columns(); ++i)
    columns.push_back(view_of(*rows.column_data(i)));
  const auto* groups = columns[0].values_as<std::int32_t>();
  auto encoder = key_encoder::of_structure(plan_->keys);
  encoder.bind(*rows.column(2));
  const auto has_window = plan_->has_window();
  const auto sessions = plan_->session() != nullptr;
  const auto* starts = has_window ? columns[2].member(plan_->keys.size()).values_as<std::int64_t>() : nullptr;
  std::optional<key_time> time_key;
  if (const auto* of = plan_->time_key())
    time_key.emplace(columns[2].member(of->key), plan_->keys[of->key].type);

  std::vector<std::int64_t> from;
  std::vector<std::uint32_t> slots;
  // A slot's values are read when its row is the newest so far; one that a later row of the batch removes or replaces is
  // simply read before.
  const auto read = [&] {
    grow();
    std::size_t next = sessions ? 4 : 3;
    for (const auto& one : values_) {
      const auto parts = one->state_fields().size();
      one->restore(std::span{columns}.subspan(next, parts), from, slots);
      next += parts;
    }
    from.clear();
    slots.clear();
  };
  for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
    if (partition_of_group(groups[row], context.partitions) != context.partition.value)
      continue;
    const auto key_bytes = encoder.key(row);
    const auto hash = hash_bytes(key_bytes);
    const auto time = has_window ? starts[row] : time_key ? time_key->at(row) : 0;
    if (!bit_at(columns[1], row)) {
      const auto key = groups_.find_key(key_bytes, hash);
      const auto slot = key == group_table::none ? group_table::none : groups_.find(key, time);
      if (slot != group_table::none) {
        read();
        drop(slot);
      }
      continue;
    }
    const auto key = groups_.find_or_insert_key(key_bytes, hash);
    auto slot = groups_.find(key, time);
    if (slot == group_table::none)
      slot = groups_.insert(key, time);
    grow();
    flags_[slot] |= logged;
    if (sessions) {
      ends_[slot] = columns[3].values_as<std::int64_t>()[row];
      logged_times_[slot] = time;
    }
    from.push_back(row);
    slots.push_back(slot);
  }
  read();
  groups_.forget_order();
  return {};
}

}  // namespace weir::detail
