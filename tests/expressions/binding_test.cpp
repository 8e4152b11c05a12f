#include "catch.hpp"
#include "expressions/expression_test.hpp"

using namespace weir_test;
using weir::col;
using weir::lit;

namespace {

const weir::schema columns = weir::row_schema<sample>();

weir::status refusal(const weir::expression& value) { return weir::bind(value, columns).error(); }

}  // namespace

TEST_CASE("an expression shows itself as it was written") {
  CHECK((col("a") + 1 > col("b") && !col("c")).to_string() == "(((a + 1) > b) and (not c))");
  CHECK(weir::when(col("a") == "it's", 1.0).otherwise(nullptr).to_string() ==
        "case when (a = 'it\\'s') then 1.0 else null end");
  CHECK(col("a").cast(weir::int64).as("b").to_string() == "cast(a as int64) as b");
  CHECK(col("a").isin({1, 2}).to_string() == "(a in (1, 2))");
}

static_assert(!std::is_convertible_v<weir::expression, bool> && !std::is_constructible_v<bool, weir::expression>);

TEST_CASE("an expression names its column") {
  CHECK(col("data.name").output_name() == "name");
  CHECK(col("a").as("b").as("c").output_name() == "c");
  CHECK((col("a") + 1).output_name() == "(a + 1)");
}

TEST_CASE("a plan finds an expression's columns and replaces them") {
  const auto value = col("where.city") == "x" && col("large") > col("small");
  CHECK(value.columns_used() == std::set<std::string>{"where.city", "large", "small"});
  CHECK(value.columns_used(columns) == std::set<std::string>{"where", "large", "small"});
  CHECK(value.substitute({{"where", col("place")}, {"large", col("a") * 2}}).to_string() ==
        "((place.city = 'x') and ((a * 2) > small))");
  CHECK(weir::split_conjunction(col("a") && col("b") && !col("c")).size() == 3);
  CHECK(weir::conjunction({}).to_string() == "true");
  CHECK(weir::same(value, value.substitute({{"nothing", lit(1)}})));
  CHECK_FALSE(weir::same(col("a") == 1, col("a") == lit(std::int64_t{1})));
  CHECK(col("a").as("b").is_column("a"));
  CHECK_FALSE((col("a") + 0).is_column("a"));
}

TEST_CASE("an unknown column is refused with the nearest name and those there are") {
  const auto error = refusal(col("Large") + 1);
  CHECK(error.code() == weir::errc::unknown_column);
  CHECK_THAT(error.message(), Catch::Contains("'Large'") && Catch::Contains("did you mean 'large'?") &&
                                  Catch::Contains("There are: flag, small, large"));
  CHECK_THAT(refusal(col("where.ctiy")).message(), Catch::Contains("did you mean 'city'?"));
  CHECK_THAT(refusal(col("nothing_like_it")).message(), !Catch::Contains("did you mean"));
}

TEST_CASE("a type that does not fit is refused with expression, column, and the types accepted") {
  const auto error = refusal(col("flag") + 1);
  CHECK(error.code() == weir::errc::type_mismatch);
  CHECK_THAT(error.message(),
             Catch::Contains("(flag + 1)") && Catch::Contains("flag is boolean") && Catch::Contains("N, N -> N"));
  CHECK(refusal(col("text") == col("large")).code() == weir::errc::type_mismatch);
  CHECK(refusal(col("numbers").cast(weir::int32)).code() == weir::errc::type_mismatch);
  CHECK_THAT(refusal(weir::call_function("coalesc", {col("a")})).message(), Catch::Contains("unknown column"));
  CHECK_THAT(refusal(weir::call_function("coalesc", {col("text")})).message(),
             Catch::Contains("did you mean 'coalesce'?"));
  CHECK_THAT(weir::bind_condition(col("large"), columns).error().message(), Catch::Contains("is int64"));
  CHECK(refusal(lit(nullptr)).code() == weir::errc::type_mismatch);
}

TEST_CASE("stars stand for all columns and all members") {
  const auto all = weir::expand({col("where.*"), col("*"), col("large") + 1}, columns);
  REQUIRE(all.ok());
  REQUIRE(all->size() == 2 + columns.size() + 1);
  CHECK((*all)[1].output_name() == "zip");
  CHECK(weir::expand({col("large.*")}, columns).error().code() == weir::errc::type_mismatch);
}

TEST_CASE("types and nulls of results follow the arguments") {
  const auto type = [](const weir::expression& value) { return weir::bind(value, columns)->type().to_string(); };
  CHECK(type(col("small") + col("large")) == "int64");
  CHECK(type(col("small") + col("real")) == "float64");
  CHECK(type(col("small") / col("small")) == "float64");
  CHECK(type(col("time") - col("time")) == "duration");
  CHECK(weir::bind(col("large").is_null(), columns)->nullable() == false);
  CHECK(weir::bind(weir::call_function("coalesce", {col("large"), lit(0)}), columns)->type() == weir::int64);
}
