// What each aggregate gives of nulls, NaN, overflow and texts, before and after a restart; what bind() refuses.
#include "operators/aggregation.hpp"

#include <limits>

using namespace std::chrono_literals;
using namespace weir;
using namespace weir_test;

namespace {

struct item {
  std::string key;
  std::optional<std::int64_t> whole;
  std::optional<double> real;
  std::optional<std::string> text;
  std::optional<bool> flag;
  std::optional<timestamp> time;
  std::optional<std::vector<std::int64_t>> list;
};
BOOST_DESCRIBE_STRUCT(item, (), (key, whole, real, text, flag, time, list))

struct narrow {
  std::optional<int> key;
  float small;
  signed char tiny;
};
BOOST_DESCRIBE_STRUCT(narrow, (), (key, small, tiny))

constexpr auto not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr auto largest = std::numeric_limits<std::int64_t>::max();
using enum aggregate_kind;
using rows = std::vector<std::string>;

enum column { key, whole, real, text, flag, time_of, list };

item with(std::optional<std::int64_t> value) { return {"k", value, {}, {}, {}, {}, {}}; }
item with(std::optional<double> value) { return {"k", {}, value, {}, {}, {}, {}}; }
item with(std::optional<std::string> value) { return {"k", {}, {}, std::move(value), {}, {}, {}}; }

aggregate_options options_of(std::vector<aggregate_call> calls) {
  aggregate_options options;
  options.input = row_schema<item>();
  options.keys = {{key, "key"}};
  options.aggregates = std::move(calls);
  return options;
}

/// The aggregate of the rows, each given in an epoch of its own, with restarts; and of all in one epoch.
std::string value_of(aggregate_call call, const std::vector<item>& all) {
  call.name = "value";
  aggregation slowly{options_of({call})};
  std::string last;
  for (const auto& one : all) {
    const auto given = slowly.run(std::vector{one});
    if (!given.failed.ok())
      return given.failed.to_string();
    last = given.rows.at(0);
    slowly.restart();
  }
  aggregation at_once{options_of({call})};
  const auto given = at_once.run(all);
  if (!given.failed.ok())
    return given.failed.to_string();
  CHECK(given.rows == rows{last});
  const std::string before = R"({"key":"k","value":)";
  REQUIRE(last.starts_with(before));
  return last.substr(before.size(), last.size() - before.size() - 1);
}

template <class T>
std::vector<item> items(std::initializer_list<std::optional<T>> values) {
  std::vector<item> all;
  for (const auto& value : values)
    all.push_back(with(value));
  return all;
}
std::vector<item> wholes(std::initializer_list<std::optional<std::int64_t>> values) {
  return items<std::int64_t>(values);
}
std::vector<item> reals(std::initializer_list<std::optional<double>> values) { return items<double>(values); }
std::vector<item> texts(std::initializer_list<std::optional<std::string>> values) { return items<std::string>(values); }

status refused(aggregate_options options) {
  const auto input = options.input;
  const aggregate_operator of{std::move(options)};
  return of.bind(std::vector{input}).error();
}
std::string refused(aggregate_call call) { return refused(options_of({std::move(call)})).to_string(); }

}  // namespace

TEST_CASE("count, sum, avg: nulls do not count, and a group of nulls has no sum", "[aggregate]") {
  CHECK(value_of({count, {}, ""}, wholes({1, {}, 3})) == "3");
  CHECK(value_of({count, {whole}, ""}, wholes({1, {}, 3})) == "2");
  CHECK(value_of({count, {whole}, ""}, wholes({{}})) == "0");
  CHECK(value_of({sum, {whole}, ""}, wholes({1, {}, 3})) == "4");
  CHECK(value_of({sum, {whole}, ""}, wholes({{}, {}})) == "null");
  CHECK(value_of({sum, {real}, ""}, reals({1.5, {}, 2.25})) == "3.75");
  CHECK(value_of({avg, {whole}, ""}, wholes({1, {}, 2})) == "1.5");
  CHECK(value_of({avg, {whole}, ""}, wholes({largest, largest})) == "9223372036854775808");  // as a float64
  CHECK(value_of({avg, {real}, ""}, reals({{}})) == "null");
}

TEST_CASE("a sum that leaves int64 is an error that names the group", "[aggregate]") {
  CHECK(value_of({sum, {whole}, ""}, wholes({largest, 1})) ==
        "invalid_row: 'value': sum: the total leaves the range of int64; cast the column to float64 to go on with "
        "rounded "
        "sums [key k]");
  CHECK(value_of({sum, {whole}, ""}, wholes({largest, -1, 1})) == std::to_string(largest));
}

TEST_CASE("stddev and variance: of one value a sample has none", "[aggregate]") {
  // C067: 41, 42, 40.
  CHECK(value_of({stddev, {whole}, ""}, wholes({41, 42, 40})) == "1");
  CHECK(value_of({variance, {whole}, ""}, wholes({41, {}, 42, 40})) == "1");
  CHECK(value_of({var_pop, {real}, ""}, reals({1, 3})) == "1");
  CHECK(value_of({stddev_pop, {real}, ""}, reals({7})) == "0");
  CHECK(value_of({stddev, {real}, ""}, reals({7})) == "null");
  CHECK(value_of({var_pop, {real}, ""}, reals({{}})) == "null");
}

TEST_CASE("min and max of every type that has an order; NaN is greatest", "[aggregate]") {
  CHECK(value_of({min, {whole}, ""}, wholes({3, {}, -2, 5})) == "-2");
  CHECK(value_of({max, {whole}, ""}, wholes({{}, {}})) == "null");
  CHECK(value_of({max, {real}, ""}, reals({1, not_a_number, 2})) == "null");  // NaN as JSON
  CHECK(value_of({min, {real}, ""}, reals({not_a_number, 2, not_a_number})) == "2");
  CHECK(value_of({min, {text}, ""}, texts({"b", "a text longer than a short one", "c"})) ==
        "\"a text longer than a short one\"");
  CHECK(value_of({max, {text}, ""}, texts({"", {}, "\xc3\xa9", "z"})) == "\"\xc3\xa9\"");
  CHECK(value_of({max, {flag}, ""}, {{"k", {}, {}, {}, false, {}, {}}, {"k", {}, {}, {}, true, {}, {}}}) == "true");
  CHECK(value_of({min, {time_of}, ""}, {{"k", {}, {}, {}, {}, at(5), {}}, {"k", {}, {}, {}, {}, at(4), {}}}) ==
        "\"1970-01-01T00:00:04.000Z\"");
}

TEST_CASE("first and last in order of arrival, with or without nulls", "[aggregate]") {
  CHECK(value_of({first, {whole}, ""}, wholes({{}, 2, 3})) == "null");
  CHECK(value_of({first, {whole}, "", true}, wholes({{}, 2, 3})) == "2");
  CHECK(value_of({last, {whole}, ""}, wholes({1, 2, {}})) == "null");
  CHECK(value_of({last, {whole}, "", true}, wholes({1, 2, {}})) == "2");
  CHECK(value_of({last, {text}, ""}, texts({"a", "a text longer than a short one"})) ==
        "\"a text longer than a short one\"");
  CHECK(value_of({last, {flag}, ""}, {{"k", {}, {}, {}, true, {}, {}}, {"k", {}, {}, {}, false, {}, {}}}) == "false");
  CHECK(value_of({first, {list}, ""},
                 {{"k", {}, {}, {}, {}, {}, std::vector<std::int64_t>{1, 2}}, with(std::optional{1.0})}) == "[1,2]");
}

TEST_CASE("max_by and min_by: rows without an order are passed by, of equals the newest counts", "[aggregate]") {
  const auto pair = [](std::optional<std::string> value, std::optional<std::int64_t> order) {
    return item{"k", order, {}, std::move(value), {}, {}, {}};
  };
  CHECK(value_of({max_by, {text, whole}, ""}, {pair("a", 1), pair("b", 3), pair("c", {}), pair("d", 2)}) == "\"b\"");
  CHECK(value_of({min_by, {text, whole}, ""}, {pair("a", 1), pair("b", 1), pair("c", 2)}) == "\"b\"");
  CHECK(value_of({max_by, {text, whole}, ""}, {pair("a", 1), pair({}, 9)}) == "null");
  CHECK(value_of({max_by, {whole, text}, ""}, {pair("a", 7), pair("b", 5)}) == "5");
  CHECK(value_of({max_by, {text, whole}, ""}, {pair("a", {})}) == "null");
}

TEST_CASE("collect_list and collect_set pass nulls by and are bounded", "[aggregate]") {
  CHECK(value_of({collect_list, {whole}, ""}, wholes({2, {}, 1, 2})) == "[2,1,2]");
  CHECK(value_of({collect_set, {whole}, ""}, wholes({2, {}, 1, 2})) == "[2,1]");
  CHECK(value_of({collect_list, {text}, ""}, texts({{}})) == "[]");
  CHECK(value_of({collect_set, {text}, ""}, texts({"x", "", "x", ""})) == R"(["x",""])");
  CHECK(value_of({collect_list, {list}, ""}, {{"k", {}, {}, {}, {}, {}, std::vector<std::int64_t>{1, 2}}}) ==
        "[[1,2]]");
  aggregate_call few{collect_list, {whole}, ""};
  few.max_elements = 2;
  CHECK(value_of(few, wholes({1, 2, {}})) == "[1,2]");
  CHECK(value_of(few, wholes({1, 2, 3})) ==
        "state_limit: 'value': collect_list: a group has more than max_elements = 2 elements [key k]");
}

TEST_CASE("A02 a global aggregation has one row, also of an epoch that brought it no rows", "[aggregate]") {
  for (const auto mode : {output_mode::update, output_mode::complete}) {
    auto options = options_of({{count, {}, "count"}, {sum, {whole}, "sum"}});
    options.keys.clear();
    options.mode = mode;
    aggregation of{options};
    CHECK(of.run(std::vector<item>{}).rows == rows{R"({"count":0,"sum":null})"});
    of.restart();
    CHECK(of.run(wholes({1, 2})).rows == rows{R"({"count":2,"sum":3})"});
    of.restart();
    CHECK(of.run(std::vector<item>{}).rows == rows{R"({"count":2,"sum":3})"});
    CHECK(of.idle({}, {}).rows.empty());
  }
}

TEST_CASE("C046 C050 groups by key in update mode", "[aggregate]") {
  auto options = options_of({{count, {}, "n"}});
  options.keys = {{whole, "value"}};
  aggregation of{options, 3};
  CHECK(of.run(wholes({3})).rows == rows{R"({"value":3,"n":1})"});
  CHECK(of.run(wholes({3, 2})).rows == rows{R"({"value":2,"n":1})", R"({"value":3,"n":2})"});
  of.restart(2);
  CHECK(of.run(wholes({3, 2, 1})).rows == rows{R"({"value":1,"n":1})", R"({"value":2,"n":2})", R"({"value":3,"n":3})"});
  const auto four = of.run(wholes({4, 4, 4, {}}));
  CHECK(four.rows == rows{R"({"value":4,"n":3})", R"({"value":null,"n":1})"});
  CHECK(four.metrics.state_rows_total == 5);
  CHECK(four.metrics.state_rows_updated == 2);
}

TEST_CASE("keys of several columns, of any type", "[aggregate]") {
  auto options = options_of({{count, {}, "n"}});
  options.keys = {{list, "list"}, {real, "real"}, {text, "text"}, {flag, "flag"}};
  aggregation of{options, 2};
  const std::vector<std::int64_t> one{1};
  of.run(std::vector<item>{{"k", {}, 0.0, "a", true, {}, one},
                           {"k", {}, -0.0, "a", true, {}, one},
                           {"k", {}, not_a_number, {}, {}, {}, {}}});
  of.restart(5);
  CHECK(of.run(std::vector<item>{{"k", {}, 0.0, "a", true, {}, one}, {"k", {}, not_a_number, {}, {}, {}, {}}}).rows ==
        rows{R"({"list":[1],"real":0,"text":"a","flag":true,"n":3})",
             R"({"list":null,"real":null,"text":null,"flag":null,"n":2})"});
}

TEST_CASE("narrow numbers are aggregated as wide ones", "[aggregate]") {
  aggregate_options options;
  options.input = schema{{"key", int32}, {"small", float32, false}, {"tiny", int8, false}};
  options.keys = {{0, "key"}};
  options.aggregates = {{sum, {1}, "a"}, {sum, {2}, "b"}, {max, {1}, "c"}, {min, {2}, "d"}, {first, {2}, "e"}};
  const aggregate_operator of{options};
  const auto output = of.bind(std::vector{options.input});
  REQUIRE(output.ok());
  CHECK(output->to_string() == "key: int32, a: float64, b: int64, c: float32, d: int8, e: int8");
}

TEST_CASE("bind refuses what cannot be aggregated, by function, column and type", "[aggregate]") {
  CHECK(refused({sum, {text}, "s"}) == "type_mismatch: sum: column 'text' is utf8, it accepts numbers");
  CHECK(refused({avg, {time_of}, "s"}) == "type_mismatch: avg: column 'time' is timestamp, it accepts numbers");
  CHECK(refused({max_by, {text, list}, "s"}) ==
        "type_mismatch: max_by: column 'list' is list<int64 not null>, it accepts "
        "numbers, texts, binary, booleans and times");
  CHECK(refused({max_by, {text}, "s"}) == "invalid_argument: max_by: expected 2 arguments, got 1");
  CHECK(refused({count, {text, list}, "s"}) == "invalid_argument: count: expected 0 or 1 argument, got 2");
  CHECK(refused({count, {99}, "s"}).starts_with("invalid_argument: aggregate: 's' is of column 99 of (key: utf8"));
  CHECK(refused({count, {}, "key"}) ==
        "invalid_argument: aggregate: two columns of the result are called 'key'; rename one");

  auto options = options_of({{count, {}, "n"}});
  options.mode = output_mode::append;
  CHECK(refused(options).code() == errc::unsupported);
  options.mode = output_mode::update;
  options.time = window_grouping{text, 5s, 5s};
  CHECK(refused(options).to_string() == "type_mismatch: window: column 'text' is utf8, it accepts timestamp");
  options.time = window_grouping{time_of, 5s, 6s};
  CHECK(refused(options).code() == errc::invalid_argument);
  options.time = window_grouping{time_of, 0s, 0s};
  CHECK(refused(options).code() == errc::invalid_argument);
  options.time = session_grouping{time_of, 0s, {}};
  CHECK(refused(options).code() == errc::invalid_argument);
  options.time = session_grouping{time_of, 0s, text};
  CHECK(refused(options).code() == errc::type_mismatch);
  options.time = time_key_grouping{0};
  CHECK(refused(options).to_string() == "type_mismatch: aggregate: the event time, column 'key', is utf8, it accepts "
                                        "timestamp or a window (struct<start, end>)");
  // V06, C067: a session needs a key beside it.
  options.keys.clear();
  options.time = session_grouping{time_of, 5s, {}};
  CHECK(refused(options).code() == errc::unsupported);
}

TEST_CASE("the limit of the state is kept, by name", "[aggregate]") {
  aggregation of{options_of({{collect_list, {text}, "all"}})};
  of.max_state_bytes = 400'000;
  of.restart();
  std::vector<item> many(100, with(std::optional<std::string>{std::string(10'000, 'x')}));
  const auto given = of.run(many);
  CHECK(given.failed.code() == errc::state_limit);
  CHECK(given.failed.message().find("max_state_bytes allows 400000") != std::string::npos);
}

TEST_CASE("output comes in batches of bounded size, also where the receiver is full", "[aggregate]") {
  auto options = options_of({{count, {}, "n"}});
  options.keys = {{whole, "value"}};
  for (const auto mode : {output_mode::update, output_mode::complete}) {
    options.mode = mode;
    aggregation of{options};
    of.full_after = 1;
    std::vector<item> many;
    for (std::int64_t i = 0; i < 30'000; ++i)
      many.push_back(with(std::optional{i}));
    CHECK(of.run(many).rows.size() == 30'000);
    CHECK(of.largest_batch == 8 * 1024);
  }
}
