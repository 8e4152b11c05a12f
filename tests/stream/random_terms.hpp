#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <weir/expressions/expression.hpp>
#include <weir/expressions/functions.hpp>

namespace weir_test {

class chance {
public:
  explicit chance(std::uint64_t seed) : engine_{seed} {}
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>{low, high}(engine_);
  }
  bool once_in(std::int64_t times) { return number(1, times) == 1; }

private:
  std::mt19937_64 engine_;
};

/// A row as models keep it: null, an integer (a time in microseconds), or a text, by column.
using cell = std::variant<std::monostate, std::int64_t, std::string>;
using cells = std::map<std::string, cell>;

/// An expression, and what it is worth in a row.
template <class T>
struct term {
  weir::expression of;
  std::function<std::optional<T>(const cells&)> value;
};

/// Random expressions over the columns that there are, each beside its meaning.
class random_terms {
public:
  explicit random_terms(chance& of) : of_{of} {}

  std::vector<std::string> integers{"id", "number"};
  std::vector<std::string> texts{"user", "label"};

  term<std::int64_t> integer(int depth = 2) {
    using weir::lit;
    const auto constant = of_.number(-3, 9);
    switch (depth == 0 ? of_.number(0, 2) : of_.number(0, 9)) {
    case 0: return {lit(constant), [constant](const cells&) { return constant; }};
    case 1:
    case 2: return column<std::int64_t>(integers);
    case 3: {
      // The time in milliseconds, wrapped.
      return {weir::pmod(weir::unix_millis(weir::col("time")), lit(std::int64_t{7})), [](const cells& row) {
                const auto time = cell_of<std::int64_t>(row, "time");
                return time ? std::optional{wrapped(floor_of(*time, 1000), 7)} : std::nullopt;
              }};
    }
    case 4: {
      const auto a = integer(depth - 1), b = integer(depth - 1);
      return {a.of + b.of, both<std::int64_t>(a, b, [](auto x, auto y) { return x + y; })};
    }
    case 5: {
      const auto a = integer(depth - 1), b = integer(depth - 1);
      return {a.of - b.of, both<std::int64_t>(a, b, [](auto x, auto y) { return x - y; })};
    }
    case 6: {
      const auto a = integer(depth - 1);
      return {weir::pmod(a.of, lit(std::int64_t{5})),
              [a](const cells& row) { return each(a.value(row), [](auto x) { return wrapped(x, 5); }); }};
    }
    case 7: {
      const auto a = integer(depth - 1);
      return {weir::coalesce(a.of, lit(constant)),
              [a, constant](const cells& row) { return a.value(row).value_or(constant); }};
    }
    case 8: {
      const auto a = text(depth - 1);
      return {weir::length(a.of).cast(weir::int64), [a](const cells& row) {
                return each(a.value(row), [](const std::string& x) { return static_cast<std::int64_t>(x.size()); });
              }};
    }
    default: {
      const auto condition = truth(depth - 1);
      const auto a = integer(depth - 1), b = integer(depth - 1);
      return {weir::when(condition.of, a.of).otherwise(b.of),
              [=](const cells& row) { return condition.value(row).value_or(false) ? a.value(row) : b.value(row); }};
    }
    }
  }

  term<std::string> text(int depth = 2) {
    const std::string constant(1, static_cast<char>('a' + of_.number(0, 3)));
    switch (depth == 0 ? 0 : of_.number(0, 4)) {
    case 0:
    case 1: return column<std::string>(texts);
    case 2: {
      const auto a = text(depth - 1);
      return {weir::upper(a.of), [a](const cells& row) {
                return each(a.value(row), [](std::string x) {
                  for (auto& one : x)
                    one = one >= 'a' && one <= 'z' ? static_cast<char>(one - 'a' + 'A') : one;
                  return x;
                });
              }};
    }
    case 3: {
      const auto a = text(depth - 1);
      return {weir::concat(a.of, constant),
              [=](const cells& row) { return each(a.value(row), [&](const std::string& x) { return x + constant; }); }};
    }
    default: {
      const auto a = text(depth - 1);
      return {weir::coalesce(a.of, constant), [=](const cells& row) { return a.value(row).value_or(constant); }};
    }
    }
  }

  term<bool> truth(int depth = 2) {
    const auto constant = of_.number(-3, 9);
    switch (depth == 0 ? of_.number(0, 3) : of_.number(0, 7)) {
    case 0: {
      const auto a = integer(depth), b = integer(depth);
      return {a.of < b.of, both<bool>(
                               a, b, [](auto x, auto y) { return x < y; })};
    }
    case 1: {
      const auto a = integer(depth);
      return {a.of >= weir::lit(constant),
              [=](const cells& row) { return each(a.value(row), [&](auto x) { return x >= constant; }); }};
    }
    case 2: {
      const auto a = text(depth);
      return {a.of.is_null(), [a](const cells& row) { return std::optional{!a.value(row)}; }};
    }
    case 3: {
      const auto a = text(depth), b = text(depth);
      return {a.of.eq_null_safe(b.of), [=](const cells& row) { return std::optional{a.value(row) == b.value(row)}; }};
    }
    case 4: {
      const auto a = truth(depth - 1), b = truth(depth - 1);
      return {a.of && b.of, [=](const cells& row) { return less_true(a.value(row), b.value(row)); }};
    }
    case 5: {
      const auto a = truth(depth - 1), b = truth(depth - 1);
      return {a.of || b.of,
              [=](const cells& row) { return negated(less_true(negated(a.value(row)), negated(b.value(row)))); }};
    }
    case 6: {
      const auto a = truth(depth - 1);
      return {!a.of, [a](const cells& row) { return negated(a.value(row)); }};
    }
    default: {
      const auto a = text(depth - 1);
      return {a.of != weir::lit("u1"),
              [a](const cells& row) { return each(a.value(row), [](const std::string& x) { return x != "u1"; }); }};
    }
    }
  }

  /// A column's value, none for null.
  template <class T>
  static std::optional<T> cell_of(const cells& row, const std::string& name) {
    const auto* value = std::get_if<T>(&row.at(name));
    return value ? std::optional{*value} : std::nullopt;
  }
  static std::int64_t floor_of(std::int64_t a, std::int64_t b) { return (a - wrapped(a, b)) / b; }
  static std::int64_t wrapped(std::int64_t a, std::int64_t b) { return (a % b + b) % b; }

private:
  template <class T>
  term<T> column(const std::vector<std::string>& of) {
    const auto name = of[static_cast<std::size_t>(of_.number(0, static_cast<std::int64_t>(of.size()) - 1))];
    return {weir::col(name), [name](const cells& row) { return cell_of<T>(row, name); }};
  }
  template <class T, class Apply>
  static auto each(const std::optional<T>& value, Apply apply) -> std::optional<decltype(apply(*value))> {
    return value ? std::optional{apply(*value)} : std::nullopt;
  }
  template <class R, class T, class Apply>
  static std::function<std::optional<R>(const cells&)> both(const term<T>& a, const term<T>& b, Apply apply) {
    return [=](const cells& row) -> std::optional<R> {
      const auto x = a.value(row);
      const auto y = b.value(row);
      return x && y ? std::optional<R>{apply(*x, *y)} : std::nullopt;
    };
  }
  /// And of three values: the falser one, where null stands between.
  static std::optional<bool> less_true(std::optional<bool> a, std::optional<bool> b) {
    if (a == false || b == false)
      return false;
    return a && b ? std::optional{true} : std::nullopt;
  }
  static std::optional<bool> negated(std::optional<bool> a) { return a ? std::optional{!*a} : std::nullopt; }

  chance& of_;
};

}  // namespace weir_test
