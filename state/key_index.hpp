#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace weir {

/// From a key's hash to the index of its entry. A bucket is one cache line of 12 one-byte tags and entries, all
/// tags compared at once (as F14 and Boost's flat map do), so that most look-ups take one guessable branch; a full
/// bucket counts those that went on to the next. Holds no keys: the caller compares. At most 3/4 full, 7 to 11
/// bytes a key.
class key_index {
public:
  static constexpr std::uint32_t none = 0xffff'ffff;

  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return buckets_.capacity() * sizeof(bucket); }

  [[gnu::always_inline]] void prefetch(std::uint64_t hash) const noexcept {
    if (!buckets_.empty())
      __builtin_prefetch(&buckets_[home(hash)]);
  }
  /// The first entry whose tag fits: the key's, most of the time.
  std::uint32_t first_candidate(std::uint64_t hash) const noexcept {
    if (buckets_.empty())
      return none;
    const auto& first = buckets_[home(hash)];
    const auto fitting = first.matches(tag_of(hash));
    return fitting == 0 ? none : first.entries[std::countr_zero(fitting)];
  }

  /// The entry for which `same(entry)` holds, or none.
  template <class Same>
  std::uint32_t find(std::uint64_t hash, Same same) const {
    if (buckets_.empty())
      return none;
    const auto tag = tag_of(hash);
    for (auto at = home(hash);; at = next(at)) {
      const auto& one = buckets_[at];
      for (auto fitting = one.matches(tag); fitting != 0; fitting &= fitting - 1)
        if (const auto entry = one.entries[std::countr_zero(fitting)]; same(entry)) [[likely]]
          return entry;
      if (one.passed == 0) [[likely]]
        return none;
    }
  }
  /// Adds an entry that is not there. `each_there(visit)` calls `visit(hash, entry)` for all that are: it grows by
  /// putting them anew, in whatever order suits the caller's memory.
  template <class EachThere>
  void insert(std::uint64_t hash, std::uint32_t entry, EachThere each_there) {
    if ((size_ + 1) * 4 > buckets_.size() * slots * 3) {
      grow();
      each_there([this](std::uint64_t other_hash, std::uint32_t other) { put(other_hash, other); });
    }
    put(hash, entry);
    ++size_;
  }
  /// Removes an entry that is there.
  void erase(std::uint64_t hash, std::uint32_t entry) {
    const auto tag = tag_of(hash);
    for (auto at = home(hash);; at = next(at)) {
      auto& one = buckets_[at];
      for (auto fitting = one.matches(tag); fitting != 0; fitting &= fitting - 1) {
        const auto slot = std::countr_zero(fitting);
        if (one.entries[slot] != entry)
          continue;
        one.tags[slot] = 0;
        --size_;
        for (auto passed = home(hash); passed != at; passed = next(passed))
          --buckets_[passed].passed;
        return;
      }
    }
  }

private:
  __extension__ using wide = unsigned __int128;
  static constexpr std::size_t slots = 12;

  struct alignas(64) bucket {
    std::uint8_t tags[slots] = {};  ///< 0: free
    std::uint32_t passed = 0;       ///< entries that would be here if it were not full
    std::uint32_t entries[slots] = {};

    /// A bit for each slot whose tag is `tag`.
    unsigned matches(std::uint8_t tag) const noexcept {
#if defined(__SSE2__)
      const auto all = _mm_load_si128(reinterpret_cast<const __m128i*>(tags));  // and `passed`, masked out
      return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(all, _mm_set1_epi8(static_cast<char>(tag))))) &
             0xfffU;
#else
      unsigned found = 0;
      for (std::size_t i = 0; i < slots; ++i)
        found |= static_cast<unsigned>(tags[i] == tag) << i;
      return found;
#endif
    }
  };
  static_assert(sizeof(bucket) == 64);

  /// Bits that neither the place (the highest) nor the key group (the lowest 8) use much; never 0.
  static std::uint8_t tag_of(std::uint64_t hash) noexcept {
    const auto tag = static_cast<std::uint8_t>(hash >> 8);
    return tag == 0 ? std::uint8_t{1} : tag;
  }
  /// A partition holds hashes with few low bits only; the place comes from the high ones.
  std::size_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>((static_cast<wide>(hash) * buckets_.size()) >> 64);
  }
  std::size_t next(std::size_t at) const noexcept { return at + 1 == buckets_.size() ? 0 : at + 1; }
  void put(std::uint64_t hash, std::uint32_t entry) noexcept {
    for (auto at = home(hash);; at = next(at)) {
      auto& one = buckets_[at];
      if (const auto free = one.matches(0); free != 0) {
        const auto slot = std::countr_zero(free);
        one.tags[slot] = tag_of(hash);
        one.entries[slot] = entry;
        return;
      }
      ++one.passed;
    }
  }
  /// Empty buckets, half as many again.
  void grow() {
    const auto buckets = std::max<std::size_t>(4, buckets_.size() + buckets_.size() / 2);
    buckets_.clear();
    buckets_.resize(buckets);
  }

  std::vector<bucket> buckets_;
  std::size_t size_ = 0;
};

}  // namespace weir
