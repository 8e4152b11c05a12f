#include "catch.hpp"

#include <map>
#include <random>

#include <weir/state/keyed_state.hpp>

using namespace weir;

namespace {

template <class V, class Visit>
void end_epoch(keyed_state<V>& state, Visit visit) {
  for (const auto entry : state.touched())
    state.settle(entry, visit);
  state.end_epoch();
}

}  // namespace

TEST_CASE("a keyed state is a map, however it grows and shrinks", "[keyed_state]") {
  const auto seed = GENERATE(1U, 2U, 3U);
  INFO("seed " << seed);
  std::mt19937 random{seed};
  keyed_state<std::int64_t> state;
  std::map<std::string, std::int64_t> model;
  for (int epoch = 0; epoch < 200; ++epoch) {
    for (int i = 0; i < 50; ++i) {
      // Short keys in place, long ones in the arena.
      const auto number = random() % 2000;
      const auto key = "k" + std::to_string(number) + (number % 3 == 0 ? std::string(number % 40, 'x') : "");
      const auto entry = state.find_or_insert(key, hash_bytes(key));
      state.touch(entry);
      REQUIRE(state.has_value(entry) == model.contains(key));
      if (model.contains(key))
        REQUIRE(state.value(entry) == model[key]);
      if (random() % 3 == 0) {
        state.remove(entry);
        model.erase(key);
      } else {
        state.set(entry, epoch);
        model[key] = epoch;
      }
    }
    end_epoch(state, [&](std::uint32_t entry, bool present) {
      const std::string key{state.key(entry)};
      REQUIRE(model.contains(key) == present);
    });
    REQUIRE(state.size() == model.size());
  }
  for (const auto& [key, value] : model) {
    const auto entry = state.find(key, hash_bytes(key));
    REQUIRE(entry != key_index::none);
    CHECK(state.value(entry) == value);
  }
}

TEST_CASE("an entry may have a timeout and no value", "[keyed_state]") {
  keyed_state<std::int64_t> state;
  const auto entry = state.find_or_insert("a", hash_bytes("a"));
  state.touch(entry);
  state.set_timeout(entry, timestamp{std::chrono::seconds{5}});
  auto reported = 0;
  end_epoch(state, [&](std::uint32_t, bool present) { reported += present ? 1 : 100; });
  CHECK(reported == 1);
  CHECK(state.size() == 1);
  CHECK_FALSE(state.has_value(entry));
  CHECK(state.timers().before(timestamp{std::chrono::seconds{5}}).empty());  // strictly before
  CHECK(state.timers().before(timestamp{std::chrono::seconds{6}}).size() == 1);
  state.touch(entry);
  state.clear_timeout(entry);
  end_epoch(state, [&](std::uint32_t, bool present) { reported += present ? 1 : 100; });
  CHECK(reported == 101);
  CHECK(state.size() == 0);
}

TEST_CASE("a key and a small value take little memory", "[keyed_state]") {
  keyed_state<double> state;
  constexpr std::size_t keys = 1'000'000;
  for (std::size_t i = 0; i < keys; ++i) {
    auto digits = std::to_string(i);
    const auto key = "sess-" + std::string(7 - digits.size(), '0') + digits;
    const auto entry = state.find_or_insert(key, hash_bytes(key));
    state.touch(entry);
    state.set(entry, 1.0);
    if (i % 65'536 == 0)
      end_epoch(state, [](std::uint32_t, bool) {});
  }
  end_epoch(state, [](std::uint32_t, bool) {});
  const auto bytes_a_key = static_cast<double>(state.bytes()) / keys;
  INFO(bytes_a_key << " bytes a key of 12 bytes and a value of 8");
  CHECK(bytes_a_key <= 2.5 * (12 + 8));
}
