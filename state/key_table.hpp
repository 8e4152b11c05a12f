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
      if (!key.empty())  // the empty key's bytes may be nowhere
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

}  // namespace weir
