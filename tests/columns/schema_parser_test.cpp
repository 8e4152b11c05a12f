#include "catch.hpp"

#include <weir/columns/schema.hpp>

#include "sample_types.hpp"
#include "test_seed.hpp"

namespace {

using weir::schema;

std::string parsed(std::string_view text) {
  const auto made = schema::parse(text);
  return made.ok() ? made->to_string() : made.error().message();
}

/// A schema of random types with names of all kinds.
schema random_schema(sample::generator& random) {
  const std::vector<std::string> odd{"",     "a b", "x`y", "not", "struct", "42", "a,b", "gr\xC3\xBC\xC3\x9F",
                                     "map<", "'q'"};
  std::vector<weir::field> fields;
  for (auto n = random.below(6); n > 0; --n)
    fields.push_back(
        {odd[random.below(odd.size())] + std::string(n, 'z'), sample::random_type(random, 3), random.coin()});
  return schema{fields};
}

}  // namespace

TEST_CASE("a schema from Spark's text") {
  CHECK(parsed("name STRING, amount DOUBLE, ts TIMESTAMP, tags ARRAY<STRING>, user STRUCT<id: BIGINT>, "
               "m MAP<STRING, INT>, d DECIMAL(10,2) NOT NULL") ==
        "name: utf8, amount: float64, ts: timestamp, tags: list<utf8>, user: struct<id: int64>, m: map<utf8, int32>, "
        "d: decimal(10, 2) not null");
  CHECK(parsed(
            "a boolean,b tinyint,c BYTE,d smallint,e short,f int,g INTEGER,h long,i float,j Real,k dec,l numeric(5)") ==
        "a: boolean, b: int8, c: int8, d: int16, e: int16, f: int32, g: int32, h: int64, i: float32, j: float32, "
        "k: decimal(10, 0), l: decimal(5, 0)");
  CHECK(parsed("b binary, d date, t timestamp_ltz, i interval day to second") ==
        "b: binary, d: date, t: timestamp, i: duration");
  CHECK(parsed("struct<a:int,b:array<struct<c:string>>>") == "a: int32, b: list<struct<c: utf8>>");
  CHECK(parsed(" `a b` : int COMMENT 'it''s \\' a count' NOT NULL ,\n\tx``y string") ==
        "schema text, position 54: expected a type, such as STRING, BIGINT, DOUBLE, DECIMAL(10, 2), TIMESTAMP, "
        "ARRAY<...>, MAP<..., ...> or STRUCT<...>, got '`'");
  CHECK(parsed(" `a b` : int COMMENT 'it''s \\' a count' NOT NULL ,\n\t`x``y` string comment \"k\"") ==
        "`a b`: int32 not null, `x``y`: utf8");
  CHECK(parsed("Struct struct<>, STRUCT struct < Map map<int,int> >, date date, int int")
            .starts_with("Struct: struct<>,"));
  CHECK(parsed("  ").empty());
  CHECK(*weir::data_type::parse(" Decimal ( 10 , 2 ) ") == weir::decimal_of(10, 2));
}

TEST_CASE("what is no schema is refused with its position and what was expected") {
  const std::string types = "a type, such as STRING, BIGINT, DOUBLE, DECIMAL(10, 2), TIMESTAMP, ARRAY<...>, "
                            "MAP<..., ...> or STRUCT<...>";
  CHECK(parsed("name STRNG") == "schema text, position 6: expected " + types + ", got 'STRNG'");
  CHECK(parsed("name") == "schema text, position 5: expected " + types + ", got the end of the text");
  CHECK(parsed("a int,") == "schema text, position 7: expected a column name, got the end of the text");
  CHECK(parsed("a int b int") == "schema text, position 7: expected ',' or the end of the text, got 'b'");
  CHECK(parsed("a array<int") == "schema text, position 12: expected '>', got the end of the text");
  CHECK(parsed("a array int") == "schema text, position 9: expected '<', got 'int'");
  CHECK(parsed("a map<int>") == "schema text, position 10: expected ',', got '>'");
  CHECK(parsed("a int not") == "schema text, position 10: expected NULL after NOT, got the end of the text");
  CHECK(parsed("a int comment x") == "schema text, position 15: expected a quoted text after COMMENT, got 'x'");
  CHECK(parsed("a int comment 'x") == "schema text, position 15: the comment is not closed");
  CHECK(parsed("`a int") == "schema text, position 1: the back quote is not closed");
  CHECK(parsed("a int, b struct<c int, c int>") == "schema text, position 24: the name 'c' stands there twice");
  CHECK(parsed("d decimal(39, 2)") ==
        "schema text, position 3: decimal(39, 2): a decimal has 1 to 38 digits, 0 to all of them after the point");
  CHECK(parsed("d decimal(10, -2)") == "schema text, position 15: expected a number of digits, got '-'");
  CHECK(parsed("t timestamp_ntz") ==
        "schema text, position 3: the type timestamp_ntz is not supported; a time without a "
        "zone is no instant; use TIMESTAMP");
  CHECK_THAT(parsed("v varchar(10)"), Catch::Contains("use STRING"));
  CHECK_THAT(parsed("i interval year"), Catch::Contains("only INTERVAL DAY TO SECOND"));
  std::string deep = "a ";
  for (int i = 0; i < 100'000; ++i)
    deep += "array<";
  CHECK_THAT(parsed(deep), Catch::Contains("nested more than 64 deep"));
}

TEST_CASE("random schemas print and parse back; cut and damaged texts never crash") {
  const auto seed = weir_test::test_seed();
  INFO("seed " << seed);
  sample::generator random{seed};
  for (int round = 0; round < 500; ++round) {
    const auto made = random_schema(random);
    const auto text = made.to_string();
    INFO(text);
    const auto back = schema::parse(text);
    REQUIRE(back.error().message().empty());
    REQUIRE(*back == made);
    if (text.empty())
      continue;
    auto damaged = text.substr(0, random.below(text.size()));
    for (auto n = random.below(4); n > 0 && !damaged.empty(); --n)
      damaged[random.below(damaged.size())] = "<>,:`() \t'x"[random.below(11)];
    if (const auto other = schema::parse(damaged); other.ok())
      REQUIRE(*schema::parse(other->to_string()) == *other);
    else
      REQUIRE_THAT(other.error().message(), Catch::StartsWith("schema text, position "));
  }
}

TEST_CASE("a schema as a tree") {
  CHECK(
      schema::parse("name STRING, tags ARRAY<STRING> NOT NULL, user STRUCT<id: BIGINT NOT NULL, at: STRUCT<x: DATE>>, "
                    "m MAP<STRING, ARRAY<DECIMAL(10, 2) NOT NULL>>")
          ->tree_string() == "root\n"
                             " |-- name: utf8 (nullable = true)\n"
                             " |-- tags: list (nullable = false)\n"
                             " |    |-- element: utf8 (nullable = true)\n"
                             " |-- user: struct (nullable = true)\n"
                             " |    |-- id: int64 (nullable = false)\n"
                             " |    |-- at: struct (nullable = true)\n"
                             " |    |    |-- x: date (nullable = true)\n"
                             " |-- m: map (nullable = true)\n"
                             " |    |-- key: utf8 (nullable = false)\n"
                             " |    |-- value: list (nullable = true)\n"
                             " |    |    |-- element: decimal(10, 2) (nullable = false)\n");
  CHECK(schema{}.tree_string() == "root\n");
}
