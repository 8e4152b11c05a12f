#include <algorithm>

#include <boost/unordered/unordered_flat_map.hpp>

#include <arrow/record_batch.h>

#include <weir/operators/aggregate/due_queue.hpp>
#include <weir/operators/aggregate/instance.hpp>

namespace weir::detail {

namespace {

/// A group is a session: its time is the start, which earlier rows may move; sessions of a key never touch.
class session_instance : public aggregate_instance {
public:
  using aggregate_instance::aggregate_instance;

protected:
  status find_groups(rows_in& in) override;
  void begin_output() override;
  bool add_rows() override;
  void evict() override;
  void restored() override { due_is_stale_ = true; }
  std::optional<std::int64_t> first_due() const override;

private:
  void choose_rows(rows_in& in);
  std::uint32_t place(std::uint32_t key, std::int64_t start, std::int64_t end);
  std::uint32_t insert(std::uint32_t key, std::int64_t start, std::int64_t end);
  std::uint32_t join(std::uint32_t key, std::int64_t start, std::int64_t end);
  status merge_joined();
  std::span<const std::uint32_t> slots_out() const noexcept {
    return mode() == output_mode::append ? due_slots_ : groups().touched();
  }
  void add(std::uint32_t slot) { output_.add(slot, groups().time(slot), state_.end_of(slot)); }
  void refill_due() const;
  bool is_stale(const due_queue::item& one) const noexcept {
    return state_.generation(one.slot) != one.generation || state_.is_gone(one.slot);
  }

  // Of the batch, by row that is left.
  std::vector<std::int64_t> starts_, ends_;
  std::vector<std::uint32_t> keys_of_rows_;
  /// Sessions that the batch's rows joined: the second into the first, in this order.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> joined_;

  /// Each session once, at an end that it had: one that grew since is put back when that is passed.
  mutable due_queue due_;
  mutable bool due_is_stale_ = false;
  std::vector<std::uint32_t> due_slots_;  ///< of the epoch
  std::size_t next_ = 0;
};

status session_instance::find_groups(rows_in& in) {
  choose_rows(in);
  const auto rows = in.selection.size();
  keys_of_rows_.resize(rows);
  slots_.resize(rows);
  groups().find_keys(in.hashes, in.selection, keys_, keys_of_rows_.data());
  if (evicts() && due_is_stale_)
    refill_due();
  for (std::size_t i = 0; i < rows; ++i) {
    slots_[i] = place(keys_of_rows_[i], starts_[i], ends_[i]);
    groups().touch(slots_[i]);
  }
  return joined_.empty() ? status{} : merge_joined();
}

void session_instance::choose_rows(rows_in& in) {
  const auto& by = *plan().session();
  const auto column = view_of(*in.rows.arrow()->column_data(by.column));
  const auto* times = column.values_as<std::int64_t>();
  column_view gap_column;
  if (by.gap_column)
    gap_column = view_of(*in.rows.arrow()->column_data(*by.gap_column));
  const auto* gaps = gap_column.values_as<std::int64_t>();
  starts_.resize(in.selection.size());
  ends_.resize(in.selection.size());
  std::size_t kept = 0;
  for (const auto row : in.selection) {
    if (!column.is_valid(row) || (by.gap_column && !gap_column.is_valid(row)))
      continue;
    const auto gap = by.gap_column ? gaps[row] : by.gap.count();
    if (gap <= 0)
      continue;
    const auto end = add_saturated(times[row], gap);
    if (end <= late_until_) {
      late_.push_back(row);
      continue;
    }
    in.selection[kept] = row;
    starts_[kept] = times[row];
    ends_[kept++] = end;
  }
  in.selection.resize(kept);
  starts_.resize(kept);
  ends_.resize(kept);
}

std::uint32_t session_instance::place(std::uint32_t key, std::int64_t start, std::int64_t end) {
  const auto all = groups().groups_of(key);
  if (all.empty())
    return insert(key, start, end);
  // Most rows belong to the key's newest session, or begin a newer one.
  const auto newest = all.back();
  const auto newest_end = state_.end_of(newest.slot);
  if (start > newest_end)
    return insert(key, start, end);
  if (start >= newest.time) {
    if (end > newest_end)
      state_.set_end(newest.slot, end);
    return newest.slot;
  }
  return join(key, start, end);
}

std::uint32_t session_instance::insert(std::uint32_t key, std::int64_t start, std::int64_t end) {
  const auto slot = groups().insert(key, start);
  state_.grow();
  state_.set_end(slot, end);
  if (evicts())
    due_.push({end, slot, state_.generation(slot)});
  return slot;
}

std::uint32_t session_instance::join(std::uint32_t key, std::int64_t start, std::int64_t end) {
  const auto all = groups().groups_of(key);
  const auto first = std::ranges::partition_point(
      all, [&](const group_ref& one) { return state_.end_of(one.slot) < start; });
  if (first == all.end() || first->time > end)
    return insert(key, start, end);
  // The earliest takes the others: their rows count as later ones.
  const auto into = *first;
  end = std::max(end, state_.end_of(into.slot));
  std::vector<std::uint32_t> others;
  for (auto other = std::next(first); other != all.end() && other->time <= end; ++other)
    others.push_back(other->slot);
  for (const auto other : others) {
    end = std::max(end, state_.end_of(other));
    groups().unlink(other);
    state_.merged_away(other);
    joined_.emplace_back(into.slot, other);
  }
  if (start < into.time)
    groups().move(into.slot, start);
  state_.set_end(into.slot, end);
  return into.slot;
}

/// Joined sessions' values are merged before the batch's rows are taken in, so that new rows stay the newest (A04).
status session_instance::merge_joined() {
  boost::unordered_flat_map<std::uint32_t, std::uint32_t> to;
  for (const auto& [into, slot] : joined_) {
    WEIR_TRY(state_.merge(into, slot));
    to[slot] = into;
  }
  joined_.clear();
  for (auto& slot : slots_)
    for (auto found = to.find(slot); found != to.end(); found = to.find(slot))
      slot = found->second;
  return {};
}

void session_instance::begin_output() {
  next_ = mode() == output_mode::complete ? 1 : 0;
  due_slots_.clear();
  if (!evicts())
    return;
  if (due_is_stale_)
    refill_due();
  while (!due_.empty() && due_.first().end <= evict_until_) {
    auto one = due_.pop();
    if (is_stale(one))
      continue;
    if (const auto end = state_.end_of(one.slot); end > one.end) {
      one.end = end;
      due_.push(one);
    } else {
      due_slots_.push_back(one.slot);
    }
  }
}

bool session_instance::add_rows() {
  const auto complete = mode() == output_mode::complete;
  const auto count = complete ? groups().slots() : slots_out().size();
  while (next_ < count) {
    if (output_.full())
      return false;
    const auto slot = complete ? static_cast<std::uint32_t>(next_) : slots_out()[next_];
    ++next_;
    if (groups().is_used(slot) && !state_.is_gone(slot))
      add(slot);
  }
  return true;
}

void session_instance::evict() {
  for (const auto slot : due_slots_)
    state_.evict(slot);
}

std::optional<std::int64_t> session_instance::first_due() const {
  if (due_is_stale_)
    refill_due();
  while (!due_.empty()) {
    auto one = due_.first();
    const auto stale = is_stale(one);
    if (!stale && state_.end_of(one.slot) <= one.end)
      return one.end;
    due_.pop();
    if (!stale) {
      one.end = state_.end_of(one.slot);
      due_.push(one);
    }
  }
  return {};
}

void session_instance::refill_due() const {
  due_.clear();
  for (std::uint32_t slot = 1; slot < groups().slots(); ++slot)
    if (groups().is_used(slot) && !state_.is_gone(slot))
      due_.push({state_.end_of(slot), slot, state_.generation(slot)});
  due_is_stale_ = false;
}

}  // namespace

std::unique_ptr<operator_instance> make_session_instance(std::shared_ptr<const aggregate_plan> plan) {
  return std::make_unique<session_instance>(std::move(plan));
}

}  // namespace weir::detail
