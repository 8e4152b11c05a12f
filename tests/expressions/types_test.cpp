#include "catch.hpp"
#include "expressions/expression_test.hpp"

#include <weir/expressions/functions.hpp>

using namespace weir_test;
using weir::col;
using weir::lit;
using money = weir::decimal<10, 2>;

namespace {

money price(std::string_view text) { return *money::parse(text); }
std::string type_of(const weir::expression& value) {
  const auto bound = weir::bind(value, weir::row_schema<sample>());
  return bound.ok() ? bound->type().to_string() : bound.error().to_string();
}

}  // namespace

TEST_CASE("small integers overflow where their type ends") {
  CHECK_THAT(value_of(col("tiny") + col("tiny"), {.tiny = std::int8_t{100}}), Catch::Contains("overflows int8"));
  CHECK(value_of(col("tiny") + 100, {.tiny = std::int8_t{100}}) == "200");
  CHECK(value_of(col("small").try_cast(weir::int8), {.small = 128}) == "NULL");
  CHECK(value_of(col("small").cast(weir::int16), {.small = 128}) == "128");
  CHECK_THAT(value_of(-col("tiny"), {.tiny = std::int8_t{-128}}), Catch::Contains("overflows int8"));
}

TEST_CASE("float32 keeps its precision") {
  CHECK(type_of(col("single") + col("single")) == "float32");
  CHECK(type_of(col("single") + col("small")) == "float64");
  CHECK(value_of(col("single") == lit(0.1F), {.single = 0.1F}) == "true");
  CHECK(value_of(col("single") == 0.1, {.single = 0.1F}) == "false");
  CHECK(value_of(col("single") * col("single") == lit(0.1F * 0.1F), {.single = 0.1F}) == "true");
  CHECK(value_of(col("single") > 1.0, {.single = std::numeric_limits<float>::quiet_NaN()}) == "true");
  CHECK(value_of(col("single") == col("single"), {.single = std::numeric_limits<float>::quiet_NaN()}) == "true");
}

TEST_CASE("dates") {
  using std::chrono::sys_days;
  const sample row{.date = sys_days{std::chrono::year{2024} / 1 / 5}};
  CHECK(value_of(col("date") == "2024-01-05", row) == "true");
  CHECK(value_of(col("date") < weir::current_timestamp(), row) == "false");
  CHECK(value_of(weir::day_of_week(col("date")), row) == "6");
  CHECK(value_of(col("date").cast(weir::timestamp_type), row) == "2024-01-05 00:00:00");
  CHECK(value_of(col("date").cast(weir::utf8), row) == "2024-01-05");
  CHECK(value_of(col("text").cast(weir::date_type), {.text = "2024-1-5"}) == "2024-01-05");
  CHECK(value_of(col("time").cast(weir::date_type), {.time = weir::timestamp{std::chrono::seconds{-1}}}) ==
        "1969-12-31");
}

TEST_CASE("decimals are exact, and their results wide enough") {
  const auto p = col("price");
  CHECK(type_of(p + p) == "decimal(11, 2)");
  CHECK(type_of(p * p) == "decimal(21, 4)");
  CHECK(type_of(p + col("small")) == "decimal(13, 2)");
  CHECK(type_of(p + 0.5) == "float64");
  CHECK(value_of(p + p, {.price = price("99999999.99")}) == "199999999.98");
  CHECK(value_of(p * p, {.price = price("-0.05")}) == "0.0025");
  CHECK(value_of(p - 1, {.price = price("0.01")}) == "-0.99");
  CHECK(value_of(p % 1, {.price = price("-2.25")}) == "-0.25");
  CHECK(value_of(p > 1, {.price = price("1.01")}) == "true");
  CHECK(value_of(p == "1.01", {.price = price("1.01")}) == "true");
  CHECK(value_of(-p, {.price = price("1.01")}) == "-1.01");
  CHECK(value_of(weir::abs(p), {.price = price("-1.01")}) == "1.01");
  CHECK(value_of(weir::round(p, 1), {.price = price("1.25")}) == "1.30");
  CHECK(value_of(p / 2, {.price = price("1.50")}) == "0.75");
  CHECK(value_of(weir::coalesce(p, lit(3)), {}) == "3.00");
}

TEST_CASE("casts of decimals") {
  const auto to = weir::decimal_of(5, 2);
  CHECK(value_of(col("text").cast(to), {.text = " 1.235 "}) == "1.24");
  CHECK_THAT(value_of(col("text").cast(to), {.text = "1000"}), Catch::Contains("is no decimal(5, 2)"));
  CHECK(value_of(col("text").try_cast(to), {.text = "x"}) == "NULL");
  CHECK(value_of(col("real").cast(to), {.real = 0.125}) == "0.13");
  CHECK(value_of(col("large").cast(to), {.large = 999}) == "999.00");
  CHECK(value_of(col("price").cast(weir::int8), {.price = price("-1.99")}) == "-1");
  CHECK(value_of(col("price").try_cast(weir::int8), {.price = price("128.00")}) == "NULL");
  CHECK(value_of(col("price").cast(weir::float64), {.price = price("0.10")}) == "0.1");
  CHECK(value_of(col("price").cast(weir::utf8), {.price = price("0.10")}) == "0.10");
}

TEST_CASE("maps") {
  const sample row{.counts = std::map<std::string, std::int64_t>{{"a", 1}, {"b", 2}}};
  CHECK(value_of(weir::element_at(col("counts"), "b"), row) == "2");
  CHECK(value_of(col("counts").get_item(col("text")), row) == "NULL");
  CHECK(value_of(col("counts").get_item("c"), row) == "NULL");
  CHECK(value_of(weir::size(col("counts")), row) == "2");
  CHECK(value_of(weir::map_keys(col("counts")), row) == "[a, b]");
  CHECK(value_of(weir::map_values(col("counts")), row) == "[1, 2]");
  CHECK(value_of(weir::coalesce(col("counts"), col("counts")), row) == "{a -> 1, b -> 2}");
  CHECK_THAT(value_of(col("counts").get_item(1), row), Catch::Contains("the keys of counts are utf8"));
}
