#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <weir/columns/schema.hpp>

namespace weir::detail {

/// Compares short texts without a call.
inline bool same_text(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size())
    return false;
  const auto* x = a.data();
  const auto* y = b.data();
  const auto size = a.size();
  if (size > 16)
    return std::memcmp(x, y, size) == 0;
  if (size >= 8) {
    std::uint64_t x1, x2, y1, y2;
    std::memcpy(&x1, x, 8);
    std::memcpy(&x2, x + size - 8, 8);
    std::memcpy(&y1, y, 8);
    std::memcpy(&y2, y + size - 8, 8);
    return ((x1 ^ y1) | (x2 ^ y2)) == 0;
  }
  if (size >= 4) {
    std::uint32_t x1, x2, y1, y2;
    std::memcpy(&x1, x, 4);
    std::memcpy(&x2, x + size - 4, 4);
    std::memcpy(&y1, y, 4);
    std::memcpy(&y2, y + size - 4, 4);
    return ((x1 ^ y1) | (x2 ^ y2)) == 0;
  }
  for (std::size_t i = 0; i < size; ++i)
    if (x[i] != y[i])
      return false;
  return true;
}

/// The wanted members of an object, by name. The keys of documents mostly come in the same order, wanted and unwanted
/// ones: after each key stands which one came next the last time, which is compared first; only a wrong guess is
/// looked up. Unwanted keys are learned up to a bound.
class member_names {
public:
  explicit member_names(const std::vector<field>& members);
  ~member_names();
  member_names(member_names&&) noexcept;
  member_names& operator=(member_names&&) noexcept;

  /// No key finds this member.
  void hide(int member) noexcept;

  static constexpr std::uint32_t start = 0;  ///< stands before an object's first key

  /// The member's index, or -1; `place` is where the key before it stood, and becomes where this one stands.
  int find(std::string_view key, std::uint32_t& place) {
    const auto guess = known_[place].next;
    const auto& guessed = known_[guess];
    if (same_text(guessed.name, key)) [[likely]] {
      place = guess;
      return guessed.member;
    }
    return look_up(key, place);
  }

private:
  struct entry {
    std::string name;
    int member = -1;
    std::uint32_t next = start;
  };
  struct index;

  int look_up(std::string_view key, std::uint32_t& place);
  std::uint32_t add(std::string_view name, int member);

  std::vector<entry> known_;  ///< [0] stands before the first key and has a name that no key has
  std::unique_ptr<index> index_;
};

}  // namespace weir::detail
