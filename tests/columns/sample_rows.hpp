#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include <weir/columns/epoch.hpp>

/// Rows that use every kind of column, and a seeded source of them.
namespace sample {

struct place {
  std::int32_t id = 0;
  std::optional<std::string> name;
  bool operator==(const place&) const = default;
};
BOOST_DESCRIBE_STRUCT(place, (), (id, name))

struct base {
  std::int64_t id = 0;
  bool operator==(const base&) const = default;
};
BOOST_DESCRIBE_STRUCT(base, (), (id))

struct everything : base {
  bool flag = false;
  std::optional<bool> maybe_flag;
  std::int8_t tiny = 0;
  std::uint32_t count = 0;
  double amount = 0;
  float ratio = 0;
  std::string text;
  std::optional<std::string> maybe_text;
  weir::timestamp time;
  std::optional<std::chrono::milliseconds> took;
  place home;
  std::optional<place> work;
  std::vector<place> visited;
  std::vector<std::optional<std::int64_t>> scores;
  std::optional<std::vector<bool>> bits;
  bool operator==(const everything&) const = default;
};
BOOST_DESCRIBE_STRUCT(everything, (base),
                      (flag, maybe_flag, tiny, count, amount, ratio, text, maybe_text, time, took, home, work, visited,
                       scores, bits))

class generator {
public:
  explicit generator(std::uint64_t seed) : random_{seed} {}

  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random_); }
  std::int64_t integer() { return static_cast<std::int64_t>(random_()) >> below(64); }
  bool coin() { return below(2) == 0; }
  std::string text() {
    std::string made(below(4) == 0 ? below(40) : below(12), ' ');
    for (auto& c : made)
      c = static_cast<char>('a' + below(26));
    return made;
  }
  place make_place() { return {static_cast<std::int32_t>(integer()), maybe(text())}; }
  template <class T>
  std::optional<T> maybe(T value) {
    return below(3) == 0 ? std::nullopt : std::optional<T>{std::move(value)};
  }
  everything make_row() {
    everything row;
    row.id = integer();
    row.flag = coin();
    row.maybe_flag = maybe(coin());
    row.tiny = static_cast<std::int8_t>(integer());
    row.count = static_cast<std::uint32_t>(integer());
    row.amount = static_cast<double>(integer()) / 7;
    row.ratio = static_cast<float>(integer() % 1000);
    row.text = text();
    row.maybe_text = maybe(text());
    row.time = weir::timestamp{std::chrono::microseconds{integer()}};
    row.took = maybe(std::chrono::milliseconds{integer() / 2000});
    row.home = make_place();
    row.work = maybe(make_place());
    for (auto n = below(4); n > 0; --n)
      row.visited.push_back(make_place());
    for (auto n = below(4); n > 0; --n)
      row.scores.push_back(maybe(integer()));
    std::vector<bool> flags;
    for (auto n = below(20); n > 0; --n)
      flags.push_back(coin());
    row.bits = maybe(flags);
    return row;
  }

private:
  std::mt19937_64 random_;
};

}  // namespace sample
