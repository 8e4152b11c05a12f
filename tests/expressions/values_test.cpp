#include <limits>

#include "catch.hpp"
#include "expressions/expression_test.hpp"

using namespace weir_test;
using weir::col;
using weir::lit;
using weir::null_of;
using texts = std::vector<std::string>;

TEST_CASE("three-valued logic") {
  const auto no = null_of(weir::boolean);
  CHECK(value_of(lit(false) && no) == "false");
  CHECK(value_of(no && lit(true)) == "NULL");
  CHECK(value_of(no || lit(true)) == "true");
  CHECK(value_of(!no) == "NULL");
  const std::vector<sample> rows{{.flag = true}, {.flag = false}, {}};
  CHECK(values(col("flag") && no, rows) == texts{"NULL", "false", "NULL"});
  CHECK(values(no || col("flag"), rows) == texts{"true", "NULL", "NULL"});
  CHECK(values(col("flag").eq_null_safe(no), rows) == texts{"false", "false", "true"});
}

TEST_CASE("a branch that no row takes has no errors") {
  const std::vector<sample> rows{{.large = 0}, {.large = 5}};
  CHECK(values(weir::when(col("large") != 0, 10 / col("large")).otherwise(-1.0), rows) == texts{"-1.0", "2.0"});
  CHECK(values(col("large") != 0 && 10 / col("large") > 1.0, rows) == texts{"false", "true"});
  CHECK(values(weir::when(lit(false), lit(1) % lit(0)).otherwise(3), rows) == texts{"3", "3"});
}

TEST_CASE("overflow and division by zero are errors of their row; try_ forms give null") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  CHECK_THAT(value_of(col("large") + 1, {.large = most}),
             Catch::Contains("invalid_row: (large + 1): 9223372036854775807 + 1 overflows int64"));
  CHECK_THAT(value_of(col("small") * 2, {.small = 2'000'000'000}), Catch::Contains("overflows int32"));
  CHECK_THAT(value_of(col("large") / 0, {.large = 1}), Catch::Contains("division by zero"));
  CHECK_THAT(value_of(col("large") % 0, {.large = 1}), Catch::Contains("division by zero"));
  CHECK_THAT(value_of(-col("large"), {.large = -most - 1}), Catch::Contains("overflows"));
  CHECK(value_of(weir::call_function("try_add", {col("large"), lit(1)}), {.large = most}) == "NULL");
  CHECK(value_of(weir::call_function("try_divide", {col("large"), lit(0)}), {.large = 1}) == "NULL");
  CHECK(value_of(col("large") % 3, {.large = -7}) == "-1");
  CHECK(value_of(weir::call_function("pmod", {col("large"), lit(3)}), {.large = -7}) == "2");
  CHECK(value_of(col("large") / 2, {.large = 7}) == "3.5");
}

TEST_CASE("NaN equals NaN and is above all numbers") {
  const auto nan = lit(std::numeric_limits<double>::quiet_NaN());
  const std::vector<sample> rows{{.real = std::numeric_limits<double>::quiet_NaN()},
                                 {.real = std::numeric_limits<double>::infinity()},
                                 {.real = 1.0},
                                 {}};
  CHECK(values(col("real") == nan, rows) == texts{"true", "false", "false", "NULL"});
  CHECK(values(col("real") < nan, rows) == texts{"false", "true", "true", "NULL"});
  CHECK(values(col("real") > 2.0, rows) == texts{"true", "true", "false", "NULL"});
  CHECK(value_of(lit(0.0) == lit(-0.0)) == "true");
}

TEST_CASE("casts") {
  CHECK(value_of(lit(" 42 ").cast(weir::int32)) == "42");
  CHECK_THAT(value_of(col("text").cast(weir::int32), {.text = "4.2"}),
             Catch::Contains("'4.2' (utf8) is no int32; try_cast gives null"));
  CHECK(value_of(col("text").try_cast(weir::int32), {.text = "4.2"}) == "NULL");
  CHECK_THAT(value_of(col("large").cast(weir::int32), {.large = 1LL << 40}), Catch::Contains("is no int32"));
  CHECK(value_of(col("large").try_cast(weir::int32), {.large = 1LL << 40}) == "NULL");
  CHECK(value_of(col("real").cast(weir::int64), {.real = -2.9}) == "-2");
  CHECK(value_of(col("real").cast(weir::utf8), {.real = 1e10}) == "1.0E10");
  CHECK(value_of(col("text").cast(weir::float64), {.text = "-Infinity"}) == "-Infinity");
  CHECK(value_of(col("text").cast(weir::boolean), {.text = "Yes"}) == "true");
  CHECK(value_of(col("text").cast(weir::timestamp_type), {.text = "2024-1-5 06:07:08.5+01:00"}) ==
        "2024-01-05 05:07:08.5");
  CHECK(value_of(col("time").cast(weir::int64), {.time = weir::timestamp{std::chrono::milliseconds{-1500}}}) == "-2");
  CHECK(value_of(col("flag").cast(weir::utf8), {.flag = true}) == "true");
}

TEST_CASE("constant texts become what they are compared with") {
  const sample row{.small = 5, .time = weir::timestamp{std::chrono::days{19'727}}};
  CHECK(value_of(col("time") >= "2024-01-05", row) == "true");
  CHECK(value_of(col("time") < "2024-01-05 00:00:00.000001", row) == "true");
  CHECK(value_of(col("small") == "5", row) == "true");
  CHECK(value_of(col("time") + weir::interval("5 minutes"), row) == "2024-01-05 00:05:00");
}

TEST_CASE("isin") {
  const std::vector<sample> rows{{.large = 1}, {.large = 2}, {}};
  CHECK(values(col("large").isin({1, 3}), rows) == texts{"true", "false", "NULL"});
  CHECK(values(col("large").isin({1, nullptr}), rows) == texts{"true", "NULL", "NULL"});
}

TEST_CASE("each refused row is named, and the others have their values") {
  const auto bound = *weir::bind(10 / col("large"), weir::row_schema<sample>());
  const auto rows = many_times(batch_of({{.large = 1}, {.large = 0}, {.large = 5}}), 20);
  std::vector<std::int64_t> refused;
  const auto made = bound.evaluate_each(rows, context(), [&](std::int64_t row, const weir::status& reason) {
    CHECK_THAT(reason.message(), Catch::Contains("division by zero"));
    refused.push_back(row);
    return weir::status{};
  });
  REQUIRE(made.ok());
  REQUIRE(refused.size() == 20);
  CHECK(refused[1] == 4);
  CHECK(shown(*made)[3] == "10.0");
  CHECK(shown(*made)[4] == "NULL");
}
