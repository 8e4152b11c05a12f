#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <weir/columns/hash.hpp>
#include <weir/columns/key_codec.hpp>
#include <weir/state/heap_size.hpp>
#include <weir/state/key_table.hpp>
#include <weir/state/timer_index.hpp>

namespace weir {

/// One partition's live objects by key. Keys that an epoch touches get an ordinal, from 0 in the order of
/// their first touch; what changed is known per touched key, and the others cost nothing. An entry may
/// have a timeout and no value (G06). Entries with neither go at the end of the epoch.
///
/// Single-threaded. Memory: 16 bytes a key (longer than 12: its bytes too), the value, 8 bytes, and about
/// 12 for the index; timeouts cost about 80 bytes where they are set.
template <class V>
class keyed_state {
  static_assert(std::default_initializable<V>, "weir: a state type must be default constructible");

public:
  using entry_index = std::uint32_t;

  std::size_t size() const noexcept { return index_.size(); }
  /// An estimate of the memory that the state takes.
  std::size_t bytes() const noexcept {
    return chunks_.size() * chunk_size * sizeof(entry) + index_.bytes() + arena_.bytes() + timers_.bytes() +
           heap_bytes_ + (touched_.capacity() + free_.capacity()) * sizeof(entry_index);
  }

  /// Looks up the key of each selected row, adding those that are missing, and touches it: `ordinals[i]` is that of
  /// row selection[i]. `key_of(row)` gives a row's key; it may be called more than once a row.
  template <class KeyOf>
  void touch_rows(std::span<const std::uint64_t> hashes, std::span<const std::uint32_t> selection, KeyOf key_of,
                  std::uint32_t* ordinals) {
    constexpr std::size_t ahead = 16;
    const auto far = index_.size() > 50'000;  // smaller tables sit in the caches
    for (std::size_t begin = 0; begin < selection.size(); begin += ahead) {
      const auto end = std::min(begin + ahead, selection.size());
      if (far) {
        for (auto i = begin; i < end; ++i)
          index_.prefetch(hashes[selection[i]]);
        for (auto i = begin; i < end; ++i)
          if (const auto likely = index_.first_candidate(hashes[selection[i]]); likely != key_index::none)
            __builtin_prefetch(&at(likely));
      }
      for (auto i = begin; i < end; ++i) {
        const auto row = selection[i];
        ordinals[i] = touch(find_or_insert(key_of(row), hashes[row]));
      }
    }
  }

  entry_index find_or_insert(std::string_view key, std::uint64_t hash) {
    const auto found = find(key, hash);
    if (found != key_index::none)
      return found;
    const auto made = allocate();
    auto& one = at(made);
    one.key.set(key, key.size() > stored_key::inline_size ? arena_.put(key) : nullptr);
    one.flags = in_use;
    index_.insert(hash, made, [this](entry_index of) { return hash_of(of); });
    return made;
  }
  entry_index find(std::string_view key, std::uint64_t hash) const {
    return index_.find(hash, [&](entry_index candidate) { return at(candidate).key.equals(key); });
  }

  /// Gives the entry its ordinal in this epoch.
  std::uint32_t touch(entry_index of) {
    auto& one = at(of);
    if (one.ordinal == 0) {
      touched_.push_back(of);
      one.ordinal = static_cast<std::uint32_t>(touched_.size());
    }
    return one.ordinal - 1;
  }
  bool is_touched(entry_index of) const noexcept { return at(of).ordinal != 0; }
  /// The touched entries by ordinal.
  const std::vector<entry_index>& touched() const noexcept { return touched_; }

  std::string_view key(entry_index of) const noexcept { return at(of).key.view(); }
  bool has_value(entry_index of) const noexcept { return (at(of).flags & with_value) != 0; }
  const V& value(entry_index of) const noexcept { return at(of).value; }
  /// Entries that carried a value or timeout into this epoch.
  bool is_stored(entry_index of) const noexcept { return (at(of).flags & stored) != 0; }

  void set(entry_index of, V value) {
    auto& one = at(of);
    heap_bytes_ += heap_size(value) - heap_size(one.value);
    one.value = std::move(value);
    one.flags |= with_value | changed;
  }
  void remove(entry_index of) {
    auto& one = at(of);
    if ((one.flags & with_value) == 0)
      return;
    heap_bytes_ -= heap_size(one.value);
    one.value = V{};
    one.flags = static_cast<std::uint8_t>((one.flags & ~with_value) | changed);
  }
  void set_timeout(entry_index of, timestamp time) {
    timers_.set(of, time);
    at(of).flags |= with_timeout | changed;
  }
  void clear_timeout(entry_index of) {
    auto& one = at(of);
    if ((one.flags & with_timeout) == 0)
      return;
    timers_.clear(of);
    one.flags = static_cast<std::uint8_t>((one.flags & ~with_timeout) | changed);
  }
  std::optional<timestamp> timeout(entry_index of) const {
    return (at(of).flags & with_timeout) != 0 ? timers_.get(of) : std::nullopt;
  }
  const timer_index& timers() const noexcept { return timers_; }

  /// Ends the epoch: calls `changed_entry(entry, present)` for each touched entry that changed, then lets go of those
  /// that hold nothing. Entries that were made and stayed empty are not reported.
  template <class Visit>
  void end_epoch(Visit changed_entry) {
    for (const auto of : touched_) {
      auto& one = at(of);
      one.ordinal = 0;
      const auto present = (one.flags & (with_value | with_timeout)) != 0;
      if ((one.flags & changed) != 0 && (present || (one.flags & stored) != 0))
        changed_entry(of, present);
      if (present) {
        one.flags = static_cast<std::uint8_t>((one.flags & ~changed) | stored);
        continue;
      }
      release(of);
    }
    touched_.clear();
    if (touched_.capacity() > 1'000'000)
      touched_.shrink_to_fit();
  }

  // Restoring: no epoch runs.
  void restore_value(entry_index of, V value, bool has_value, std::optional<timestamp> timeout) {
    auto& one = at(of);
    heap_bytes_ += heap_size(value) - heap_size(one.value);
    one.value = std::move(value);
    one.flags = static_cast<std::uint8_t>(in_use | stored | (has_value ? with_value : 0));
    timers_.clear(of);
    if (timeout) {
      timers_.set(of, *timeout);
      one.flags |= with_timeout;
    }
  }
  void restore_removed(entry_index of) {
    heap_bytes_ -= heap_size(at(of).value);
    timers_.clear(of);
    release(of);
  }

private:
  static constexpr std::size_t chunk_size = 4096;
  static constexpr std::uint8_t in_use = 1;
  static constexpr std::uint8_t with_value = 2;
  static constexpr std::uint8_t with_timeout = 4;
  static constexpr std::uint8_t changed = 8;  ///< in this epoch
  static constexpr std::uint8_t stored = 16;  ///< was there before this epoch

  struct entry {
    stored_key key;
    V value{};
    std::uint32_t ordinal = 0;  ///< in this epoch, plus 1
    std::uint8_t flags = 0;
  };

  entry& at(entry_index of) noexcept { return chunks_[of / chunk_size][of % chunk_size]; }
  const entry& at(entry_index of) const noexcept { return chunks_[of / chunk_size][of % chunk_size]; }
  std::uint64_t hash_of(entry_index of) const noexcept { return hash_bytes(key(of)); }

  entry_index allocate() {
    if (!free_.empty()) {
      const auto reused = free_.back();
      free_.pop_back();
      return reused;
    }
    if (used_ == chunks_.size() * chunk_size)
      chunks_.push_back(std::make_unique<entry[]>(chunk_size));
    return static_cast<entry_index>(used_++);
  }
  void release(entry_index of) {
    auto& one = at(of);
    index_.erase(hash_of(of), of, [this](entry_index other) { return hash_of(other); });
    if (one.key.size() > stored_key::inline_size)
      arena_.free(one.key.pointer(), one.key.size());
    one.flags = 0;
    one.ordinal = 0;
    one.value = V{};
    free_.push_back(of);
  }

  key_index index_;
  key_arena arena_;
  timer_index timers_;
  std::vector<std::unique_ptr<entry[]>> chunks_;
  std::size_t used_ = 0;
  std::vector<entry_index> free_;
  std::vector<entry_index> touched_;
  std::size_t heap_bytes_ = 0;
};

}  // namespace weir
