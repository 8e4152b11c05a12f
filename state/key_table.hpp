#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace weir {

/// A key's bytes inside an entry: up to 12 in place, longer ones in the table's key_arena.
class stored_key {
public:
  static constexpr std::size_t inline_size = 12;

  std::string_view view() const noexcept { return {size_ <= inline_size ? bytes_ : pointer(), size_}; }
  std::size_t size() const noexcept { return size_; }
  /// Takes `key`; `longer` is where a long one's bytes were put.
  void set(std::string_view key, const char* longer) noexcept {
    size_ = static_cast<std::uint32_t>(key.size());
    if (key.size() <= inline_size) {
      std::memset(bytes_, 0, inline_size);
      std::memcpy(bytes_, key.data(), key.size());
    } else {
      std::memcpy(bytes_, &longer, sizeof longer);
      std::memcpy(bytes_ + sizeof longer, key.data(), inline_size - sizeof longer);
    }
  }
  const char* pointer() const noexcept {
    const char* at = nullptr;
    std::memcpy(&at, bytes_, sizeof at);
    return at;
  }
  bool equals(std::string_view key) const noexcept {
    if (key.size() != size_)
      return false;
    if (size_ <= inline_size)
      return short_equal(bytes_, key.data(), key.size());
    return std::memcmp(bytes_ + sizeof(const char*), key.data(), inline_size - sizeof(const char*)) == 0 &&
           std::memcmp(pointer(), key.data(), key.size()) == 0;
  }

private:
  /// Up to 12 bytes by two overlapping loads: a call of memcmp costs more than the comparison.
  static bool short_equal(const char* a, const char* b, std::size_t size) noexcept {
    if (size >= 8)
      return load<std::uint64_t>(a) == load<std::uint64_t>(b) &&
             load<std::uint64_t>(a + size - 8) == load<std::uint64_t>(b + size - 8);
    if (size >= 4)
      return load<std::uint32_t>(a) == load<std::uint32_t>(b) &&
             load<std::uint32_t>(a + size - 4) == load<std::uint32_t>(b + size - 4);
    for (std::size_t i = 0; i < size; ++i)
      if (a[i] != b[i])
        return false;
    return true;
  }
  template <class Word>
  static Word load(const char* at) noexcept {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
  }

  std::uint32_t size_ = 0;
  char bytes_[inline_size] = {};
};
static_assert(sizeof(stored_key) == 16);

/// Bytes of long keys; freed pieces are used again by size.
class key_arena {
public:
  const char* put(std::string_view key);
  void free(const char* at, std::size_t size);
  std::size_t bytes() const noexcept { return bytes_; }

private:
  static constexpr std::size_t chunk_bytes = 64 * 1024;
  static std::size_t rounded(std::size_t size) noexcept { return (size + 7) & ~std::size_t{7}; }

  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
  std::vector<std::vector<char*>> free_;  ///< by rounded size / 8
};

/// Open addressing from a key's hash to the index of its entry. Slots are 8 bytes (a tag and the index),
/// placed by the high hash bits, so the number of slots need not be a power of two; linear probing, and
/// removal closes the gap. Holds no keys: the caller compares.
class key_index {
public:
  static constexpr std::uint32_t none = 0xffff'ffff;

  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return slots_.capacity() * sizeof(slot); }

  void prefetch(std::uint64_t hash) const noexcept {
    if (!slots_.empty())
      __builtin_prefetch(&slots_[home(hash)]);
  }
  /// The first entry whose tag fits; the caller looks no further when it is the key's most of the time.
  std::uint32_t first_candidate(std::uint64_t hash) const noexcept {
    if (slots_.empty())
      return none;
    const auto& first = slots_[home(hash)];
    return first.entry != none && first.tag == tag_of(hash) ? first.entry : none;
  }

  /// The entry for which `same(entry)` holds, or none.
  template <class Same>
  std::uint32_t find(std::uint64_t hash, Same same) const {
    if (slots_.empty())
      return none;
    const auto tag = tag_of(hash);
    for (auto at = home(hash);; at = at + 1 == slots_.size() ? 0 : at + 1) {
      const auto& one = slots_[at];
      if (one.entry == none)
        return none;
      if (one.tag == tag && same(one.entry))
        return one.entry;
    }
  }
  /// Adds an entry that is not there; `hash_of(entry)` gives the hash of those that move when it grows.
  template <class HashOf>
  void insert(std::uint64_t hash, std::uint32_t entry, HashOf hash_of) {
    if ((size_ + 1) * 20 > slots_.size() * 17)
      grow(hash_of);
    put(hash, entry);
    ++size_;
  }
  /// Removes an entry that is there.
  template <class HashOf>
  void erase(std::uint64_t hash, std::uint32_t entry, HashOf hash_of) {
    auto at = home(hash);
    while (slots_[at].entry != entry)
      at = next(at);
    --size_;
    // Backward shift: whoever sits behind the gap and may move into it does.
    for (auto from = next(at);; from = next(from)) {
      const auto& one = slots_[from];
      if (one.entry == none)
        break;
      const auto wanted = home(hash_of(one.entry));
      const auto distance = [this](std::size_t begin, std::size_t end) {
        return end >= begin ? end - begin : end + slots_.size() - begin;
      };
      if (distance(wanted, from) >= distance(at, from)) {
        slots_[at] = one;
        at = from;
      }
    }
    slots_[at] = {};
  }

private:
  __extension__ using wide = unsigned __int128;
  struct slot {
    std::uint32_t tag = 0;
    std::uint32_t entry = none;
  };

  /// Bits that neither the place (the highest) nor the key group (the lowest 8) use much.
  static std::uint32_t tag_of(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash >> 8); }
  /// A partition holds hashes with equal low bits only; the place comes from the high ones.
  std::size_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>((static_cast<wide>(hash) * slots_.size()) >> 64);
  }
  std::size_t next(std::size_t at) const noexcept { return at + 1 == slots_.size() ? 0 : at + 1; }
  void put(std::uint64_t hash, std::uint32_t entry) noexcept {
    auto at = home(hash);
    while (slots_[at].entry != none)
      at = next(at);
    slots_[at] = {tag_of(hash), entry};
  }
  template <class HashOf>
  void grow(HashOf hash_of) {
    const auto count = slots_.empty() ? std::size_t{64} : slots_.size() + slots_.size() / 2;
    std::vector<slot> old(count);
    old.swap(slots_);
    for (const auto& one : old)
      if (one.entry != none)
        put(hash_of(one.entry), one.entry);
  }

  std::vector<slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace weir
