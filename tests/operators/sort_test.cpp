// U03: the order of sort_operator's rows.
#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <limits>
#include <optional>

#include <weir/columns/row_codec.hpp>
#include <weir/operators/sort.hpp>

#include "operators/drive.hpp"
#include "test_seed.hpp"

using namespace weir;
using weir_test::kept_rows;
using weir_test::rows_of;
using texts = std::vector<std::string>;

namespace {

texts sorted(const std::vector<sort_key>& keys, const schema& columns, const std::string& json) {
  const sort_operator of{keys};
  REQUIRE(of.bind(std::vector{columns}));
  return weir_test::epoch_rows(*of.instantiate(), {rows_of(columns, json)});
}

}  // namespace

TEST_CASE("sort: nulls are first when ascending and last when descending, unless told otherwise") {
  const schema columns{{"x", int32}};
  const std::string rows = "[[2], [null], [1]]";
  CHECK(sorted({{"x"}}, columns, rows) == texts{"NULL", "1", "2"});
  CHECK(sorted({{"x", false}}, columns, rows) == texts{"2", "1", "NULL"});
  CHECK(sorted({{"x", true, false}}, columns, rows) == texts{"1", "2", "NULL"});
  CHECK(sorted({{"x", false, true}}, columns, rows) == texts{"NULL", "2", "1"});
}

TEST_CASE("sort: NaN is the greatest number, the zeros are equal") {
  for (const auto& type : {float32, float64}) {
    const schema columns{{"x", type}, {"n", int32}};
    const std::string rows = "[[NaN, 1], [0, 2], [null, 3], [-0.0, 4], [Inf, 5], [-Inf, 6], [-1.5, 7], [1.5, 8]]";
    CHECK(sorted({{"x"}}, columns, rows) ==
          texts{"NULL 3", "-Infinity 6", "-1.5 7", "0.0 2", "-0.0 4", "1.5 8", "Infinity 5", "NaN 1"});
    CHECK(sorted({{"x", false}}, columns, rows) ==
          texts{"NaN 1", "Infinity 5", "1.5 8", "0.0 2", "-0.0 4", "-1.5 7", "-Infinity 6", "NULL 3"});
  }
}

TEST_CASE("sort: windows by start, then end; several keys, each with its own order") {
  const schema columns{{"window", struct_of({{"start", timestamp_type}, {"end", timestamp_type}})}, {"n", int64}};
  const std::string rows = R"([[[5000000, 9000000], 1], [null, 2], [[0, 9000000], 3], [[0, 5000000], 4],
                               [[0, 5000000], 5]])";
  const std::string zero = "{1970-01-01 00:00:00, 1970-01-01 00:00:05}";
  const std::string longer = "{1970-01-01 00:00:00, 1970-01-01 00:00:09}";
  const std::string later = "{1970-01-01 00:00:05, 1970-01-01 00:00:09}";
  CHECK(sorted({{"window"}, {"n", false}}, columns, rows) ==
        texts{"NULL 2", zero + " 5", zero + " 4", longer + " 3", later + " 1"});
  CHECK(sorted({{"window", false}, {"n"}}, columns, rows) ==
        texts{later + " 1", longer + " 3", zero + " 4", zero + " 5", "NULL 2"});
}

TEST_CASE("sort: every type that has an order") {
  const auto check = [](const data_type& type, const std::string& rows, const texts& expected) {
    INFO(type.to_string());
    CHECK(sorted({{"x"}}, {{"x", type}}, rows) == expected);
  };
  check(boolean, "[[true], [null], [false]]", {"NULL", "false", "true"});
  check(int8, "[[1], [-1], [0]]", {"-1", "0", "1"});
  check(int16, "[[1], [-1], [0]]", {"-1", "0", "1"});
  check(int64, "[[9223372036854775807], [-9223372036854775808], [0]]",
        {"-9223372036854775808", "0", "9223372036854775807"});
  check(utf8, R"([["b"], ["ä"], ["B"], ["ba"], [""]])", {"", "B", "b", "ba", "ä"});
  check(decimal_of(10, 2), R"([["1.00"], ["-2.50"], ["0.10"]])", {"-2.50", "0.10", "1.00"});
  check(date_type, "[[1], [-1], [0]]", {"1969-12-31", "1970-01-01", "1970-01-02"});
}

TEST_CASE("sort: epochs are sorted one by one, in batches, and the receiver's credit is kept to") {
  const sort_operator of{{{"value"}}};
  CHECK_FALSE(of.state_schema());
  const auto instance = of.instantiate();
  std::vector<std::pair<int, batch>> rows;
  constexpr std::int64_t count = 20'000;
  for (std::int64_t first = 0; first < count; first += 5'000) {
    row_writer<std::int64_t> writer;
    for (auto i = first; i < first + 5'000; ++i)
      writer.append(count - i);
    rows.emplace_back(0, writer.finish());
  }
  kept_rows out{1};
  const epoch_context epoch;
  for (const auto& [port, one] : rows)
    REQUIRE(instance->process(epoch, port, one, out).ok());
  CHECK(out.batches.empty());
  std::vector<std::int64_t> sizes;
  for (bool complete = false; !complete;) {
    out.grant();
    const auto before = out.batches[0].size();
    const auto finished = instance->finish(epoch, out);
    REQUIRE(finished);
    complete = *finished;
    REQUIRE(out.batches[0].size() == before + 1);
    sizes.push_back(out.batches[0].back().num_rows());
  }
  CHECK(sizes == std::vector<std::int64_t>{8192, 8192, 3616});
  std::int64_t expected = 0;
  for (const auto& one : out.batches[0]) {
    const row_reader<std::int64_t> read{one};
    for (std::int64_t i = 0; i < read.size(); ++i)
      REQUIRE(read.read(i) == ++expected);
  }
  const auto metrics = instance->take_metrics();
  CHECK(metrics.rows_in == count);
  CHECK(metrics.rows_out == count);
  CHECK(weir_test::epoch_rows(*instance, {}).empty());
  CHECK(weir_test::epoch_rows(*instance, {rows_of({{"value", int64, false}}, "[[2], [1]]")}) == texts{"1", "2"});
}

TEST_CASE("sort: what is refused names the column") {
  const auto refused = [](std::vector<sort_key> keys, const schema& columns) {
    return sort_operator{std::move(keys)}.bind(std::vector{columns}).error();
  };
  const schema columns{{"a", list_of({"element", int32})}, {"b", int32}};
  CHECK(refused({}, columns).code() == errc::invalid_argument);
  CHECK(refused({{"c"}}, columns).to_string() == "unknown_column: sort: no column 'c' in (a: list<int32>, b: int32)");
  CHECK(refused({{"b"}, {"a"}}, columns).to_string() ==
        "type_mismatch: sort: column 'a': list<int32> has no order; expected a type without lists and maps");
  CHECK(refused({{"b"}}, {{"b", int32}, {"b", int64}}).code() == errc::invalid_argument);
  CHECK(sort_operator{{{"a"}, {"b", false}, {"c", false, true}}}.details() ==
        "a, b descending, c descending nulls first");
}

namespace {

struct interval {
  std::optional<std::int32_t> from;
  std::int16_t to;
};
BOOST_DESCRIBE_STRUCT(interval, (), (from, to))

struct sample {
  std::optional<std::int32_t> number;
  std::optional<double> real;
  std::optional<std::string> text;
  std::optional<interval> span;
  bool flag;
  std::int64_t id;
};
BOOST_DESCRIBE_STRUCT(sample, (), (number, real, text, span, flag, id))

/// The order by the rules, ascending, a null the least.
template <class T>
int compare(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b))
      return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  }
  return a < b ? -1 : (b < a ? 1 : 0);
}
template <class T>
int compare(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b ? compare(*a, *b) : static_cast<int>(a.has_value()) - static_cast<int>(b.has_value());
}
int compare(const interval& a, const interval& b) {
  const auto from = compare(a.from, b.from);
  return from != 0 ? from : compare(a.to, b.to);
}

template <class T>
int compare_by(const sort_key& key, const std::optional<T>& a, const std::optional<T>& b) {
  if (a.has_value() != b.has_value())
    return a.has_value() == key.nulls_first.value_or(key.ascending) ? 1 : -1;
  return key.ascending ? compare(a, b) : compare(b, a);
}

int compare_by(const sort_key& key, const sample& a, const sample& b) {
  if (key.column == "number")
    return compare_by(key, a.number, b.number);
  if (key.column == "real")
    return compare_by(key, a.real, b.real);
  if (key.column == "text")
    return compare_by(key, a.text, b.text);
  if (key.column == "span")
    return compare_by(key, a.span, b.span);
  return compare_by(key, std::optional{a.flag}, std::optional{b.flag});
}

}  // namespace

TEST_CASE("sort: random rows come in the order of a stable sort by the rules", "[property]") {
  std::mt19937_64 chance{weir_test::test_seed()};
  const auto upto = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>{0, most}(chance); };
  const std::vector<double> reals{0.0,
                                  -0.0,
                                  1.5,
                                  -1.5,
                                  std::numeric_limits<double>::infinity(),
                                  -std::numeric_limits<double>::infinity(),
                                  std::numeric_limits<double>::quiet_NaN(),
                                  -std::numeric_limits<double>::quiet_NaN(),
                                  std::numeric_limits<double>::denorm_min()};
  for (int round = 0; round < 100; ++round) {
    std::vector<std::string> names{"number", "real", "text", "span", "flag"};
    std::shuffle(names.begin(), names.end(), chance);
    std::vector<sort_key> keys;
    for (std::size_t i = 0, count = 1 + upto(names.size() - 1); i < count; ++i)
      keys.push_back({names[i], upto(1) == 0, upto(1) == 0 ? std::optional<bool>{} : upto(1) == 0});
    const sort_operator of{keys};
    INFO("round " << round << ", by " << of.details());
    REQUIRE(of.bind(std::vector{row_schema<sample>()}));

    std::vector<sample> model;
    std::vector<std::pair<int, batch>> rows;
    row_writer<sample> writer;
    const auto nulls = 1 + upto(5);
    for (std::size_t i = 0, count = upto(200); i < count; ++i) {
      sample one{};
      if (upto(nulls) > 0)
        one.number = static_cast<std::int32_t>(upto(6)) - 3;
      if (upto(nulls) > 0)
        one.real = reals[upto(reals.size() - 1)];
      if (upto(nulls) > 0)
        one.text = std::string(upto(2), upto(1) == 0 ? 'a' : '\xc3');
      if (upto(nulls) > 0) {
        one.span = interval{{}, static_cast<std::int16_t>(upto(2))};
        if (upto(nulls) > 0)
          one.span->from = static_cast<std::int32_t>(upto(2));
      }
      one.flag = upto(1) == 0;
      one.id = static_cast<std::int64_t>(i);
      model.push_back(one);
      writer.append(one);
      if (upto(50) == 0)
        rows.emplace_back(0, writer.finish());
    }
    rows.emplace_back(0, writer.finish());
    // Slices too: their columns begin in the middle of their buffers.
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto one = rows[i].second;
      const auto cut = one.num_rows() / 3;
      rows[i].second = one.slice(cut, one.num_rows());
      rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(i++), {0, one.slice(0, cut)});
    }

    std::ranges::stable_sort(model, [&](const sample& a, const sample& b) {
      for (const auto& key : keys)
        if (const auto order = compare_by(key, a, b); order != 0)
          return order < 0;
      return false;
    });
    kept_rows out;
    REQUIRE(weir_test::run_epoch(*of.instantiate(), rows, out).ok());
    std::vector<std::int64_t> expected, actual;
    for (const auto& one : model)
      expected.push_back(one.id);
    for (const auto& one : out.batches[0]) {
      const row_reader<sample> read{one};
      for (std::int64_t i = 0; i < read.size(); ++i)
        actual.push_back(read.read(i).id);
    }
    REQUIRE(actual == expected);
  }
}
