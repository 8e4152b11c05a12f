#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <weir/columns/key_codec.hpp>
#include <weir/state/key_index.hpp>
#include <weir/state/key_table.hpp>

namespace weir::detail {

/// A group of a key: its time (a pane's or session's start, an event time; 0 without), and its slot. Keys' groups stand in
/// order of time.
struct group_ref {
  std::int64_t time;
  std::uint32_t slot;
  std::uint32_t list;  ///< used inside a key's entry only
};

/// One partition's groups: keys, and for each the slots of its groups in order of time. A slot is a number from 1 on
/// under which the accumulators keep a group's values; slot 0 stays empty. A key is kept once, however many groups it
/// has; a row that goes where the key's last row went costs one look-up.
///
/// Groups touched in an epoch are listed in the order of their first touch. Single-threaded.
class group_table {
public:
  static constexpr std::uint32_t none = 0xffff'ffff;

  group_table();

  std::size_t groups() const noexcept { return groups_; }
  /// Slots in use are less than this.
  std::size_t slots() const noexcept { return times_.size(); }
  std::size_t bytes() const noexcept;

  /// The slots of rows' groups: of the keys of `keys` at selection[i], whose hash is hashes[selection[i]], at times[i]
  /// (0 where `times` is empty). Missing ones are made; all are touched.
  void touch_rows(std::span<const std::uint64_t> hashes, std::span<const std::uint32_t> selection, key_encoder& keys,
                  std::span<const std::int64_t> times, std::uint32_t* slots);
  /// The same for rows of one key.
  void touch_times(std::uint32_t key, std::span<const std::int64_t> times, std::uint32_t* slots);
  /// Entries of rows' keys; missing ones are made.
  void find_keys(std::span<const std::uint64_t> hashes, std::span<const std::uint32_t> selection, key_encoder& keys,
                 std::uint32_t* entries);
  std::uint32_t find_or_insert_key(std::string_view key, std::uint64_t hash);
  std::uint32_t find_key(std::string_view key, std::uint64_t hash) const {
    return index_.find(hash, [&](std::uint32_t candidate) { return at(candidate).key.equals(key); });
  }
  /// The slot of the key's group at `time`, or none.
  std::uint32_t find(std::uint32_t key, std::int64_t time) const noexcept;
  /// The slot of a new group of the key, which has none at `time`.
  std::uint32_t insert(std::uint32_t key, std::int64_t time);
  /// The key's groups in order of time; valid until one is inserted, moved or removed.
  std::span<const group_ref> groups_of(std::uint32_t key) const noexcept;
  /// Gives a group another time, which does not change the order of the key's groups.
  void move(std::uint32_t slot, std::int64_t time);
  /// Takes the group from its key, which may then have none; its slot and key() stay until release().
  void unlink(std::uint32_t slot);
  /// Frees the slot of an unlinked group, and its key if no group of it is left. The caller has cleared its values.
  void release(std::uint32_t slot);

  void touch(std::uint32_t slot) {
    if (marks_[slot] == epoch_)
      return;
    marks_[slot] = epoch_;
    touched_.push_back(slot);
  }
  bool is_touched(std::uint32_t slot) const noexcept { return marks_[slot] == epoch_; }
  const std::vector<std::uint32_t>& touched() const noexcept { return touched_; }
  /// No group counts as touched any more.
  void end_epoch();

  bool is_used(std::uint32_t slot) const noexcept { return keys_[slot] != none; }
  std::int64_t time(std::uint32_t slot) const noexcept { return times_[slot]; }
  std::uint32_t key_of(std::uint32_t slot) const noexcept { return keys_[slot]; }
  std::string_view key(std::uint32_t slot) const noexcept { return at(keys_[slot]).key.view(); }

  /// Keeps slots by time from now on, see by_time().
  void order_by_time() {
    ordered_ = true;
    order_is_stale_ = true;
  }
  /// After groups were removed without take_earliest(), as when state is restored.
  void forget_order() noexcept { order_is_stale_ = ordered_; }
  /// All slots by their group's time, for a table that keeps them so; each in the order in which they were made.
  const std::map<std::int64_t, std::vector<std::uint32_t>>& by_time() const {
    if (order_is_stale_)
      order();
    return by_time_;
  }
  /// Takes the slots of the earliest time out of by_time().
  std::vector<std::uint32_t> take_earliest();

private:
  static constexpr std::size_t chunk_size = 1024;

  /// Half a cache line. `recent` is the group that the last row of the key went to.
  struct entry {
    stored_key key;
    group_ref recent{0, none, none};
  };
  static_assert(sizeof(entry) == 32);
  struct alignas(64) chunk {
    entry entries[chunk_size];
  };

  entry& at(std::uint32_t of) noexcept { return chunks_[of / chunk_size]->entries[of % chunk_size]; }
  const entry& at(std::uint32_t of) const noexcept { return chunks_[of / chunk_size]->entries[of % chunk_size]; }
  template <class Visit>
  void each_key(std::span<const std::uint64_t> hashes, std::span<const std::uint32_t> selection, key_encoder& keys,
                Visit visit);
  std::uint32_t find_or_insert_group(std::uint32_t key, std::int64_t time);
  std::uint32_t allocate_key();
  void release_key(std::uint32_t key);
  std::uint32_t allocate_slot();
  void add_to_list(entry& of, group_ref added);
  void order() const;

  key_index index_;
  key_arena arena_;
  std::vector<std::unique_ptr<chunk>> chunks_;
  std::uint32_t used_keys_ = 0;
  std::vector<std::uint32_t> free_keys_;

  std::vector<std::vector<group_ref>> lists_;  ///< of keys with more than one group
  std::vector<std::uint32_t> free_lists_;
  std::size_t list_bytes_ = 0;

  // By slot.
  std::vector<std::int64_t> times_;
  std::vector<std::uint32_t> keys_;
  std::vector<std::uint32_t> marks_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t groups_ = 0;

  std::vector<std::uint32_t> touched_;
  std::uint32_t epoch_ = 1;

  bool ordered_ = false;
  mutable bool order_is_stale_ = false;
  mutable std::map<std::int64_t, std::vector<std::uint32_t>> by_time_;
  mutable std::vector<std::uint32_t>* last_time_slots_ = nullptr;  ///< of by_time_, at last_time_
  std::int64_t last_time_ = 0;
};

}  // namespace weir::detail
