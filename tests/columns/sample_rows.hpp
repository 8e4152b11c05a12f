#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/describe.hpp>

#include <weir/columns/decimal.hpp>
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
  std::uint8_t byte = 0;
  std::int16_t small = 0;
  std::uint16_t port = 0;
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
  weir::decimal<10, 2> price;
  std::optional<weir::decimal<38, 9>> exact;
  std::chrono::sys_days day;
  std::optional<std::chrono::year_month_day> maybe_day;
  std::map<std::string, std::optional<std::int64_t>> counters;
  std::optional<std::unordered_map<std::int32_t, place>> places;
  bool operator==(const everything&) const = default;
};
BOOST_DESCRIBE_STRUCT(everything, (base),
                      (flag, maybe_flag, tiny, byte, small, port, count, amount, ratio, text, maybe_text, time, took,
                       home, work, visited, scores, bits, price, exact, day, maybe_day, counters, places))

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
    row.byte = static_cast<std::uint8_t>(integer());
    row.small = static_cast<std::int16_t>(integer());
    row.port = static_cast<std::uint16_t>(integer());
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
    row.price = weir::decimal<10, 2>::from_unscaled(integer() % 10'000'000'000);
    row.exact = maybe(weir::decimal<38, 9>::from_unscaled(weir::int128{integer()} * integer() / 4));
    row.day = std::chrono::sys_days{std::chrono::days{integer() % 4'000'000}};
    row.maybe_day = maybe(std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{integer() % 40'000}}});
    for (auto n = below(4); n > 0; --n)
      row.counters[text()] = maybe(integer());
    std::unordered_map<std::int32_t, place> around;
    for (auto n = below(4); n > 0; --n)
      around[static_cast<std::int32_t>(below(100))] = make_place();
    row.places = maybe(around);
    return row;
  }

private:
  std::mt19937_64 random_;
};

}  // namespace sample
