#include <weir/operators/aggregate/group_table.hpp>

#include <algorithm>

#include <weir/columns/hash.hpp>

namespace weir::detail {

namespace {

constexpr std::size_t lists_kept = 8;  ///< groups up to which a freed list keeps its memory

}  // namespace

group_table::group_table() : times_{0}, keys_{none}, marks_{0} {}

std::size_t group_table::bytes() const noexcept {
  const auto slots = times_.capacity() * sizeof(std::int64_t) + (keys_.capacity() + marks_.capacity()) * 4;
  const auto ordered = ordered_ ? by_time_.size() * 96 + groups_ * 4 : 0;
  return chunks_.size() * sizeof(chunk) + index_.bytes() + arena_.bytes() + list_bytes_ +
         lists_.capacity() * sizeof(lists_[0]) + slots + ordered + touched_.capacity() * sizeof(touched_group) +
         (free_slots_.capacity() + free_keys_.capacity() + free_lists_.capacity()) * 4;
}

template <class Visit>
void group_table::each_key(std::span<const std::uint64_t> hashes, std::span<const std::uint32_t> selection,
                           key_encoder& keys, Visit visit) {
  constexpr std::size_t in_caches = 2048;
  const auto rows = selection.size();
  const auto look_up = [&](std::size_t i) {
    visit(i, find_or_insert_key(keys.key(selection[i]), hashes[selection[i]]));
  };
  if (index_.size() <= in_caches) {
    for (std::size_t i = 0; i < rows; ++i)
      look_up(i);
    return;
  }
  // Three steps before a row is looked up, its bucket is fetched; then the likely entry; then the mark of the group
  // that this points to. Each has the time of a step to arrive.
  constexpr std::size_t step = 16;
  std::uint32_t likely[2 * step];
  for (std::size_t i = 0; i < rows + 3 * step; ++i) {
    if (i < rows)
      index_.prefetch(hashes[selection[i]]);
    if (const auto second = i - step; i >= step && second < rows) {
      const auto candidate = index_.first_candidate(hashes[selection[second]]);
      likely[second % (2 * step)] = candidate;
      if (candidate != key_index::none)
        __builtin_prefetch(&at(candidate), 1);
    }
    if (const auto third = i - 2 * step; i >= 2 * step && third < rows)
      if (const auto candidate = likely[third % (2 * step)]; candidate != key_index::none)
        if (const auto slot = at(candidate).recent.slot; slot != none)
          __builtin_prefetch(&marks_[slot], 1);
    if (i >= 3 * step)
      look_up(i - 3 * step);
  }
}

void group_table::touch_rows(std::span<const std::uint64_t> hashes, std::span<const std::uint32_t> selection,
                             key_encoder& keys, std::span<const std::int64_t> times, std::uint32_t* slots) {
  each_key(hashes, selection, keys, [&](std::size_t i, std::uint32_t key) {
    const auto time = times.empty() ? 0 : times[i];
    slots[i] = find_or_insert_group(key, time);
    touch(slots[i], key, time);
  });
}

void group_table::touch_times(std::uint32_t key, std::span<const std::int64_t> times, std::uint32_t* slots) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    slots[i] = find_or_insert_group(key, times[i]);
    touch(slots[i], key, times[i]);
  }
}

void group_table::find_keys(std::span<const std::uint64_t> hashes, std::span<const std::uint32_t> selection,
                            key_encoder& keys, std::uint32_t* entries) {
  each_key(hashes, selection, keys, [&](std::size_t i, std::uint32_t key) { entries[i] = key; });
}

std::uint32_t group_table::find_or_insert_key(std::string_view key, std::uint64_t hash) {
  const auto found = find_key(key, hash);
  if (found != none) [[likely]]
    return found;
  const auto made = allocate_key();
  auto& one = at(made);
  one.key.set(key, key.size() > stored_key::inline_size ? arena_.put(key) : nullptr);
  one.recent = {0, none, none};
  index_.insert(hash, made, [&](auto put) {
    std::vector<bool> free(used_keys_);
    for (const auto of : free_keys_)
      free[of] = true;
    for (std::uint32_t of = 0; of < used_keys_; ++of)
      if (of != made && !free[of])
        put(hash_bytes(at(of).key.view()), of);
  });
  return made;
}

std::uint32_t group_table::find_or_insert_group(std::uint32_t key, std::int64_t time) {
  auto& one = at(key);
  if (one.recent.time == time && one.recent.slot != none) [[likely]]
    return one.recent.slot;
  if (const auto found = find(key, time); found != none) {
    one.recent.time = time;
    one.recent.slot = found;
    return found;
  }
  return insert(key, time);
}

std::uint32_t group_table::find(std::uint32_t key, std::int64_t time) const noexcept {
  const auto all = groups_of(key);
  const auto at_or_after = std::ranges::lower_bound(all, time, {}, &group_ref::time);
  return at_or_after != all.end() && at_or_after->time == time ? at_or_after->slot : none;
}

std::span<const group_ref> group_table::groups_of(std::uint32_t key) const noexcept {
  const auto& one = at(key);
  if (one.recent.list != none)
    return lists_[one.recent.list];
  return {&one.recent, one.recent.slot == none ? std::size_t{0} : std::size_t{1}};
}

std::uint32_t group_table::insert(std::uint32_t key, std::int64_t time) {
  const auto slot = allocate_slot();
  times_[slot] = time;
  keys_[slot] = key;
  marks_[slot] = 0;
  ++groups_;
  auto& one = at(key);
  if (one.recent.slot != none)
    add_to_list(one, {time, slot, none});
  one.recent.time = time;
  one.recent.slot = slot;
  if (ordered_ && !order_is_stale_) {
    if (last_time_slots_ == nullptr || last_time_ != time) {
      last_time_slots_ = &by_time_[time];
      last_time_ = time;
    }
    last_time_slots_->push_back(slot);
  }
  return slot;
}

void group_table::add_to_list(entry& of, group_ref added) {
  if (of.recent.list == none) {
    if (free_lists_.empty()) {
      free_lists_.push_back(static_cast<std::uint32_t>(lists_.size()));
      lists_.emplace_back();
    }
    const auto list = free_lists_.back();
    free_lists_.pop_back();
    lists_[list].push_back({of.recent.time, of.recent.slot, none});
    of.recent.list = list;
  }
  auto& list = lists_[of.recent.list];
  list_bytes_ -= list.capacity() * sizeof(group_ref);
  list.insert(std::ranges::upper_bound(list, added.time, {}, &group_ref::time), added);
  list_bytes_ += list.capacity() * sizeof(group_ref);
}

void group_table::move(std::uint32_t slot, std::int64_t time) {
  auto& one = at(keys_[slot]);
  if (one.recent.list != none)
    std::ranges::lower_bound(lists_[one.recent.list], times_[slot], {}, &group_ref::time)->time = time;
  if (one.recent.slot == slot)
    one.recent.time = time;
  times_[slot] = time;
}

void group_table::unlink(std::uint32_t slot) {
  --groups_;
  auto& one = at(keys_[slot]);
  if (one.recent.list == none) {
    one.recent.slot = none;
    return;
  }
  auto& list = lists_[one.recent.list];
  list.erase(std::ranges::lower_bound(list, times_[slot], {}, &group_ref::time));
  one.recent.time = list.back().time;
  one.recent.slot = list.back().slot;
  if (list.size() > 1)
    return;
  list.clear();
  if (list.capacity() > lists_kept) {
    list_bytes_ -= list.capacity() * sizeof(group_ref);
    list = {};
  }
  free_lists_.push_back(one.recent.list);
  one.recent.list = none;
}

void group_table::release(std::uint32_t slot) {
  const auto key = keys_[slot];
  keys_[slot] = none;
  free_slots_.push_back(slot);
  // Another released group of the same key may have taken it along, or a group made since may keep it.
  if (at(key).recent.slot == none)
    release_key(key);
}

void group_table::release_key(std::uint32_t key) {
  auto& one = at(key);
  index_.erase(hash_bytes(one.key.view()), key);
  if (one.key.size() > stored_key::inline_size)
    arena_.free(one.key.pointer(), one.key.size());
  free_keys_.push_back(key);
}

std::uint32_t group_table::allocate_key() {
  if (!free_keys_.empty()) {
    const auto reused = free_keys_.back();
    free_keys_.pop_back();
    return reused;
  }
  if (used_keys_ == chunks_.size() * chunk_size)
    chunks_.push_back(std::make_unique<chunk>());
  return used_keys_++;
}

std::uint32_t group_table::allocate_slot() {
  if (!free_slots_.empty()) {
    const auto reused = free_slots_.back();
    free_slots_.pop_back();
    return reused;
  }
  times_.push_back(0);
  keys_.push_back(none);
  marks_.push_back(0);
  return static_cast<std::uint32_t>(times_.size() - 1);
}

void group_table::end_epoch() {
  touched_.clear();
  if (touched_.capacity() > 1'000'000)
    touched_.shrink_to_fit();
  if (++epoch_ == 0) {
    std::ranges::fill(marks_, 0);
    epoch_ = 1;
  }
}

void group_table::order() const {
  by_time_.clear();
  for (std::uint32_t slot = 1; slot < times_.size(); ++slot)
    if (is_used(slot))
      by_time_[times_[slot]].push_back(slot);
  last_time_slots_ = nullptr;
  order_is_stale_ = false;
}

std::vector<std::uint32_t> group_table::take_earliest() {
  auto taken = std::move(by_time_.begin()->second);
  by_time_.erase(by_time_.begin());
  last_time_slots_ = nullptr;
  return taken;
}

}  // namespace weir::detail
