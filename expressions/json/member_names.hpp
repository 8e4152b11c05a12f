#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

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

struct json_node;

/// A key that documents have.
struct known_key {
  std::string name;
  json_node* node = nullptr;  ///< where its value goes; nullptr: it is not wanted
  known_key* next = nullptr;  ///< the key that came after it the last time
  std::uint64_t object = 0;   ///< the object that had it last
};

/// The wanted members of an object, by name. The keys of documents mostly come in the same order, wanted and unwanted
/// ones: each key remembers which one came next the last time, which is compared first; only a wrong guess is looked
/// up. Unwanted keys are learned up to a bound.
class member_names {
public:
  member_names();
  ~member_names();
  member_names(member_names&&) noexcept;
  member_names& operator=(member_names&&) noexcept;

  void add(std::string_view name, json_node* node);
  /// What stands before an object's first key.
  known_key* start() noexcept { return &keys_.front(); }

  /// The key after `place`, which becomes its own place; nullptr for one that is not wanted and not known.
  known_key* find(std::string_view name, known_key*& place) {
    auto* guess = place->next;
    if (same_text(guess->name, name)) [[likely]] {
      place = guess;
      return guess;
    }
    return look_up(name, place);
  }

private:
  struct index;

  known_key* look_up(std::string_view name, known_key*& place);
  known_key* insert(std::string_view name, json_node* node);

  std::deque<known_key> keys_;  ///< the first one is the start and has a name that no key has
  std::unique_ptr<index> index_;
};

}  // namespace weir::detail
