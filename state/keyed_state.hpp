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
#include <weir/state/key_index.hpp>
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
    return chunks_.size() * sizeof(chunk) + index_.bytes() + arena_.bytes() + timers_.bytes() + heap_bytes_ +
           (touched_.capacity() + free_.capacity() + empty_.capacity()) * sizeof(entry_index);
  }

  /// Looks up the key of each selected row, adding those that are missing, and touches it: `ordinals[i]` is that of
  /// row selection[i]. `key_of(row)` gives a row's key; it may be called more than once a row.
  template <class KeyOf>
  void touch_rows(std::span<const std::uint64_t> hashes, std::span<const std::uint32_t> selection, KeyOf key_of,
                  std::uint32_t* ordinals) {
    each_entry(
        selection.size(), [=](std::size_t i) { return hashes[selection[i]]; },
        [&](std::size_t i) { return key_of(selection[i]); },
        [&](std::size_t i, entry_index of) { ordinals[i] = touch(of); });
  }

  /// Calls `visit(i, entry)` for i from 0 to `count`, with the entry of key_of(i), whose hash is hash_of(i); missing
  /// ones are added. Faster than one find_or_insert after the other once the table leaves the caches.
  template <class HashOf, class KeyOf, class Visit>
  void each_entry(std::size_t count, HashOf hash_of, KeyOf key_of, Visit visit) {
    constexpr std::size_t ahead = 16;
    constexpr std::size_t in_caches = 4096;
    const auto far = index_.size() > in_caches;
    for (std::size_t begin = 0; begin < count; begin += ahead) {
      const auto end = std::min(begin + ahead, count);
      if (far) {
        for (auto i = begin; i < end; ++i)
          index_.prefetch(hash_of(i));
        for (auto i = begin; i < end; ++i)
          if (const auto likely = index_.first_candidate(hash_of(i)); likely != key_index::none)
            fetch(at(likely));
      }
      for (auto i = begin; i < end; ++i)
        visit(i, find_or_insert(key_of(i), hash_of(i)));
    }
  }

  entry_index find_or_insert(std::string_view key, std::uint64_t hash) {
    const auto found = find(key, hash);
    if (found != key_index::none)
      return found;
    const auto made = allocate();
    auto& one = at(made);
    one.key.set(key, key.size() > stored_key::inline_size ? arena_.put(key) : nullptr);
    one.group = static_cast<std::uint8_t>(key_group(hash));
    index_.insert(hash, made, [this](auto put) { this->each_in_use(put); });
    one.flags = in_use;
    return made;
  }
  entry_index find(std::string_view key, std::uint64_t hash) const {
    return index_.find(hash, [&](entry_index candidate) { return at(candidate).key.equals(key); });
  }

  /// Gives the entry its ordinal in this epoch.
  std::uint32_t touch(entry_index of) {
    auto& one = at(of);
    if (one.touched < first_) {
      one.touched = first_ + static_cast<std::uint32_t>(touched_.size());
      touched_.push_back(of);
    }
    return one.touched - first_;
  }
  bool is_touched(entry_index of) const noexcept { return at(of).touched >= first_; }
  /// Brings a touched entry into the caches, for a caller that walks the ordinals. (Inlined always: gcc 12 takes a
  /// function that only prefetches for one without effect, and drops the call.)
  [[gnu::always_inline]] void prefetch(std::size_t ordinal) const noexcept {
    if (ordinal < touched_.size())
      fetch(at(touched_[ordinal]));
  }
  /// The touched entries by ordinal.
  const std::vector<entry_index>& touched() const noexcept { return touched_; }

  std::string_view key(entry_index of) const noexcept { return at(of).key.view(); }
  int group(entry_index of) const noexcept { return at(of).group; }
  bool has_value(entry_index of) const noexcept { return (at(of).flags & with_value) != 0; }
  const V& value(entry_index of) const noexcept { return at(of).value; }

  /// For a table that holds more than state: neither counted nor marked as changed.
  V& slot(entry_index of) noexcept { return at(of).value; }
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

  /// Ends a touched entry's part in the epoch: calls `changed_entry(entry, present)` if it changed; entries that were
  /// made and stayed empty are not reported. Nothing is done to the entry from here to end_epoch().
  template <class Visit>
  void settle(entry_index of, Visit changed_entry) {
    auto& one = at(of);
    const auto present = (one.flags & (with_value | with_timeout)) != 0;
    if ((one.flags & changed) != 0 && (present || (one.flags & stored) != 0))
      changed_entry(of, present);
    if (present)
      one.flags = static_cast<std::uint8_t>((one.flags & ~changed) | stored);
    else
      empty_.push_back(of);
  }
  /// Ends the epoch, in which every touched entry was settled: lets go of those that hold nothing.
  void end_epoch() {
    for (const auto of : empty_)
      release(of);
    empty_.clear();
    next_ordinals();
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
    std::uint32_t touched = 0;  ///< its ordinal in this epoch, plus first_; less than first_: not touched
    std::uint8_t flags = 0;
    std::uint8_t group = 0;  ///< key group
  };

  /// Begins at a cache line, so that entries of 32 or 64 bytes never lie across two.
  struct alignas(64) chunk {
    entry entries[chunk_size];
  };

  entry& at(entry_index of) noexcept { return chunks_[of / chunk_size]->entries[of % chunk_size]; }
  const entry& at(entry_index of) const noexcept { return chunks_[of / chunk_size]->entries[of % chunk_size]; }
  [[gnu::always_inline]] static void fetch(const entry& one) noexcept {
    __builtin_prefetch(&one, 1);
    if constexpr (64 % sizeof(entry) != 0)
      __builtin_prefetch(reinterpret_cast<const char*>(&one + 1) - 1, 1);
  }
  std::uint64_t hash_of(entry_index of) const noexcept { return hash_bytes(key(of)); }

  /// In the order of memory.
  template <class Visit>
  void each_in_use(Visit visit) const {
    for (entry_index of = 0; of < used_; ++of)
      if ((at(of).flags & in_use) != 0)
        visit(hash_of(of), of);
  }
  entry_index allocate() {
    if (!free_.empty()) {
      const auto reused = free_.back();
      free_.pop_back();
      return reused;
    }
    if (used_ == chunks_.size() * chunk_size)
      chunks_.push_back(std::make_unique<chunk>());
    return static_cast<entry_index>(used_++);
  }
  /// No entry counts as touched any more, without a visit to each.
  void next_ordinals() {
    constexpr std::uint32_t last = 0xffff'ffff;
    const auto count = static_cast<std::uint32_t>(touched_.size());
    if (count < (last - first_) / 2) {
      first_ += count;
      return;
    }
    for (auto& one : chunks_)
      for (auto& each : one->entries)
        each.touched = 0;
    first_ = 1;
  }
  void release(entry_index of) {
    auto& one = at(of);
    index_.erase(hash_of(of), of);
    if (one.key.size() > stored_key::inline_size)
      arena_.free(one.key.pointer(), one.key.size());
    one.flags = 0;
    one.touched = 0;
    one.value = V{};
    free_.push_back(of);
  }

  key_index index_;
  key_arena arena_;
  timer_index timers_;
  std::vector<std::unique_ptr<chunk>> chunks_;
  std::size_t used_ = 0;
  std::vector<entry_index> free_;
  std::vector<entry_index> touched_;
  std::vector<entry_index> empty_;  ///< settled and to be released
  std::uint32_t first_ = 1;         ///< the touched mark of ordinal 0
  std::size_t heap_bytes_ = 0;
};

}  // namespace weir
