// Random expressions over random columns with nulls, by three ways that must agree: a column at a time, a row at a
// time, and an evaluator written here of SQL's rules alone.
#include <cmath>
#include <limits>
#include <random>
#include <variant>

#include "catch.hpp"
#include "expressions/expression_test.hpp"
#include "test_seed.hpp"

#include <weir/expressions/functions.hpp>

using namespace weir_test;

namespace {

/// A row's value by the rules: null, or a value; or no value at all, an error.
struct error {};
struct null {};
using model_value = std::variant<error, null, bool, std::int64_t, double, std::string>;

__extension__ typedef __int128 wide_integer;

enum class kind { boolean, int32, int64, float64, text };

bool is_null(const model_value& v) { return std::holds_alternative<null>(v); }
bool is_error(const model_value& v) { return std::holds_alternative<error>(v); }

struct tree {
  weir::expression value;
  kind type;
  std::function<model_value(const sample&)> model;
};

double as_double(const model_value& v) {
  return std::holds_alternative<double>(v) ? std::get<double>(v) : static_cast<double>(std::get<std::int64_t>(v));
}

/// -1, 0, 1; NaN is the greatest number and equal to itself.
int order(const model_value& a, const model_value& b) {
  const auto of = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (std::holds_alternative<std::string>(a))
    return of(std::get<std::string>(a), std::get<std::string>(b));
  if (std::holds_alternative<bool>(a))
    return of(std::get<bool>(a), std::get<bool>(b));
  if (std::holds_alternative<std::int64_t>(a) && std::holds_alternative<std::int64_t>(b))
    return of(std::get<std::int64_t>(a), std::get<std::int64_t>(b));
  const auto x = as_double(a);
  const auto y = as_double(b);
  if (std::isnan(x) || std::isnan(y))
    return std::isnan(x) == std::isnan(y) ? 0 : std::isnan(x) ? 1 : -1;
  return of(x, y);
}

class generator {
public:
  explicit generator(std::uint64_t seed) : engine_{seed} {}

  std::int64_t below(std::int64_t most) { return std::uniform_int_distribution<std::int64_t>{0, most - 1}(engine_); }

  sample row() {
    sample out;
    const auto maybe = [&] { return below(5) != 0; };
    if (maybe())
      out.flag = below(2) == 0;
    if (maybe())
      out.small = static_cast<int>(small_number());
    if (maybe())
      out.large = below(8) == 0 ? std::numeric_limits<std::int64_t>::max() - below(3) : small_number();
    if (maybe())
      out.real = some_real();
    if (maybe())
      out.text = some_text();
    return out;
  }

  tree make(kind type, int depth) {
    if (depth == 0 || below(6) == 0)
      return leaf(type);
    switch (below(5)) {
    case 0: return choose(type, depth);
    case 1: return first_of(type, depth);
    default: break;
    }
    switch (type) {
    case kind::boolean: return below(3) == 0 ? junction(depth) : below(3) == 0 ? test_null(depth) : compare(depth);
    case kind::text: return joined(depth);
    case kind::float64: return below(2) == 0 ? divided(depth) : calculated(type, depth);
    default: return calculated(type, depth);
    }
  }

private:
  std::int64_t small_number() { return below(9) - 4; }
  double some_real() {
    constexpr std::array<double, 7> values{0.0,
                                           -0.0,
                                           1.5,
                                           -2.25,
                                           1e300,
                                           std::numeric_limits<double>::infinity(),
                                           std::numeric_limits<double>::quiet_NaN()};
    return values[static_cast<std::size_t>(below(7))];
  }
  std::string some_text() {
    constexpr std::array<const char*, 5> values{"", "a", "ab", "b\xC3\xA9", "B"};
    return values[static_cast<std::size_t>(below(5))];
  }

  template <class T>
  static model_value of(const std::optional<T>& value) {
    if (!value)
      return null{};
    if constexpr (std::is_same_v<T, int>)
      return std::int64_t{*value};
    else
      return *value;
  }

  template <class T, class M>
  static tree constant(kind type, T value, M model) {
    return {weir::lit(value), type, [model](const sample&) { return model_value{model}; }};
  }

  tree leaf(kind type) {
    const auto literal = below(3) == 0;
    switch (type) {
    case kind::boolean:
      if (literal)
        return constant(type, true, true);
      return {weir::col("flag"), type, [](const sample& s) { return of(s.flag); }};
    case kind::int32: {
      const auto value = small_number();
      if (literal)
        return constant(type, static_cast<int>(value), value);
      return {weir::col("small"), type, [](const sample& s) { return of(s.small); }};
    }
    case kind::int64: {
      const auto value = small_number();
      if (literal)
        return constant(type, value, value);
      return {weir::col("large"), type, [](const sample& s) { return of(s.large); }};
    }
    case kind::float64: {
      const auto value = some_real();
      if (literal)
        return constant(type, value, value);
      return {weir::col("real"), type, [](const sample& s) { return of(s.real); }};
    }
    case kind::text: break;
    }
    const auto value = some_text();
    if (literal)
      return constant(type, value, value);
    return {weir::col("text"), kind::text, [](const sample& s) { return of(s.text); }};
  }

  kind any_number() { return std::array{kind::int32, kind::int64, kind::float64}[static_cast<std::size_t>(below(3))]; }
  kind any() {
    return std::array{kind::boolean, kind::int32, kind::int64, kind::float64,
                      kind::text}[static_cast<std::size_t>(below(5))];
  }

  tree choose(kind type, int depth) {
    const auto condition = make(kind::boolean, depth - 1);
    const auto yes = make(type, depth - 1);
    const auto no = make(type, depth - 1);
    return {weir::when(condition.value, yes.value).otherwise(no.value), type, [=](const sample& s) -> model_value {
              const auto c = condition.model(s);
              if (is_error(c))
                return c;
              return !is_null(c) && std::get<bool>(c) ? yes.model(s) : no.model(s);
            }};
  }

  tree first_of(kind type, int depth) {
    const auto a = make(type, depth - 1);
    const auto b = make(type, depth - 1);
    return {weir::coalesce(a.value, b.value), type, [=](const sample& s) {
              auto first = a.model(s);
              return is_null(first) ? b.model(s) : first;
            }};
  }

  tree junction(int depth) {
    const auto a = make(kind::boolean, depth - 1);
    const auto b = make(kind::boolean, depth - 1);
    const auto decides = below(2) == 0;  // true: or
    return {decides ? a.value || b.value : a.value && b.value, kind::boolean, [=](const sample& s) -> model_value {
              auto left = a.model(s);
              if (is_error(left) || (!is_null(left) && std::get<bool>(left) == decides))
                return left;
              auto right = b.model(s);
              if (is_error(right) || (!is_null(right) && std::get<bool>(right) == decides))
                return right;
              return is_null(left) ? left : right;
            }};
  }

  tree test_null(int depth) {
    const auto a = make(any(), depth - 1);
    return {a.value.is_null(), kind::boolean, [=](const sample& s) -> model_value {
              const auto v = a.model(s);
              return is_error(v) ? v : model_value{is_null(v)};
            }};
  }

  tree compare(int depth) {
    const auto number = below(2) == 0;
    const auto type = number ? any_number() : any();
    const auto a = make(type, depth - 1);
    // Numbers of two types get the wider one: of int64 and float64 that is float64.
    const auto b = make(number ? any_number() : type, depth - 1);
    const auto which = below(7);
    const auto wide = a.type == kind::float64 || b.type == kind::float64;
    const auto build = [&] {
      switch (which) {
      case 0: return a.value == b.value;
      case 1: return a.value != b.value;
      case 2: return a.value < b.value;
      case 3: return a.value <= b.value;
      case 4: return a.value > b.value;
      case 5: return a.value >= b.value;
      default: return a.value.eq_null_safe(b.value);
      }
    };
    return {build(), kind::boolean, [=](const sample& s) -> model_value {
              auto x = a.model(s);
              auto y = b.model(s);
              if (is_error(x) || is_error(y))
                return error{};
              if (which == 6 && (is_null(x) || is_null(y)))
                return is_null(x) == is_null(y);
              if (is_null(x) || is_null(y))
                return null{};
              if (wide && std::holds_alternative<std::int64_t>(x))
                x = as_double(x);
              const auto o = order(x, y);
              return std::array{o == 0, o != 0, o<0, o <= 0, o> 0, o >= 0, o == 0}[static_cast<std::size_t>(which)];
            }};
  }

  tree joined(int depth) {
    const auto a = make(kind::text, depth - 1);
    const auto b = make(kind::text, depth - 1);
    return {weir::concat(a.value, b.value), kind::text, [=](const sample& s) -> model_value {
              const auto x = a.model(s);
              const auto y = b.model(s);
              if (is_error(x) || is_error(y))
                return error{};
              if (is_null(x) || is_null(y))
                return null{};
              return std::get<std::string>(x) + std::get<std::string>(y);
            }};
  }

  tree divided(int depth) {
    const auto a = make(any_number(), depth - 1);
    const auto b = make(any_number(), depth - 1);
    return {a.value / b.value, kind::float64, [=](const sample& s) -> model_value {
              const auto x = a.model(s);
              const auto y = b.model(s);
              if (is_error(x) || is_error(y))
                return error{};
              if (is_null(x) || is_null(y))
                return null{};
              if (as_double(y) == 0)
                return error{};
              return as_double(x) / as_double(y);
            }};
  }

  /// a + b, a - b, a * b, a % b of one type.
  tree calculated(kind type, int depth) {
    const auto a = make(type, depth - 1);
    const auto b = make(type, depth - 1);
    const auto which = below(4);
    const auto build = [&] {
      switch (which) {
      case 0: return a.value + b.value;
      case 1: return a.value - b.value;
      case 2: return a.value * b.value;
      default: return a.value % b.value;
      }
    };
    return {build(), type, [=](const sample& s) -> model_value {
              const auto x = a.model(s);
              const auto y = b.model(s);
              if (is_error(x) || is_error(y))
                return error{};
              if (is_null(x) || is_null(y))
                return null{};
              if (type == kind::float64) {
                const auto p = as_double(x);
                const auto q = as_double(y);
                if (which == 3 && q == 0)
                  return error{};
                return which == 0 ? p + q : which == 1 ? p - q : which == 2 ? p * q : std::fmod(p, q);
              }
              const auto p = static_cast<wide_integer>(std::get<std::int64_t>(x));
              const auto q = static_cast<wide_integer>(std::get<std::int64_t>(y));
              if (which == 3 && q == 0)
                return error{};
              const auto r = which == 0 ? p + q : which == 1 ? p - q : which == 2 ? p * q : p % q;
              const auto most = type == kind::int32 ? wide_integer{std::numeric_limits<std::int32_t>::max()}
                                                    : wide_integer{std::numeric_limits<std::int64_t>::max()};
              if (r > most || r < -most - 1)
                return error{};
              return static_cast<std::int64_t>(r);
            }};
  }

  std::mt19937_64 engine_;
};

/// As values() shows cells; of all NaNs and zeros, only what the rules tell apart.
std::string text_of(const model_value& v) {
  if (is_error(v))
    return "ERROR";
  if (is_null(v))
    return "NULL";
  if (std::holds_alternative<bool>(v))
    return std::get<bool>(v) ? "true" : "false";
  if (std::holds_alternative<std::int64_t>(v))
    return std::to_string(std::get<std::int64_t>(v));
  if (std::holds_alternative<std::string>(v))
    return std::get<std::string>(v);
  std::string out;
  weir::append_display_number(std::get<double>(v), out);
  return out;
}

/// A value a row, or ERROR.
std::vector<std::string> computed(const weir::bound_expression& bound, const weir::batch& rows) {
  std::vector<std::int64_t> refused;
  const auto made = bound.evaluate_each(rows, context(), [&](std::int64_t row, const weir::status& reason) {
    CHECK(reason.code() == weir::errc::invalid_row);
    refused.push_back(row);
    return weir::status{};
  });
  REQUIRE(made.ok());
  auto out = shown(*made);
  for (const auto row : refused)
    out[static_cast<std::size_t>(row)] = "ERROR";
  return out;
}

}  // namespace

TEST_CASE("random expressions: columns, rows and the rules agree") {
  const auto seed = test_seed();
  generator chance{seed};
  for (auto round = 0; round < 1500; ++round) {
    const auto made = chance.make(std::array{kind::boolean, kind::int32, kind::int64, kind::float64,
                                             kind::text}[static_cast<std::size_t>(round % 5)],
                                  4);
    std::vector<sample> samples;
    std::vector<std::string> wanted;
    for (auto i = 0; i < 40; ++i) {
      samples.push_back(chance.row());
      wanted.push_back(text_of(made.model(samples.back())));
    }
    const auto bound = weir::bind(made.value, weir::row_schema<sample>());
    INFO("seed " << seed << ", round " << round << ": " << made.value.to_string());
    REQUIRE(bound.ok());
    const auto rows = batch_of(samples);
    // 40 rows go through Arrow, 10 and single rows do not; slices show that no offset is forgotten.
    REQUIRE(computed(*bound, rows) == wanted);
    for (auto from = 0; from < 40; from += 10)
      REQUIRE(computed(*bound, rows.slice(from, 10)) ==
              std::vector<std::string>(wanted.begin() + from, wanted.begin() + from + 10));
    REQUIRE(computed(*bound, rows.slice(3, 35)) == std::vector<std::string>(wanted.begin() + 3, wanted.begin() + 38));
  }
}
