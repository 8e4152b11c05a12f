#include <fstream>
#include <iostream>
#include <iterator>
#include <set>

#include "catch.hpp"
#include "expressions/expression_test.hpp"

#include <weir/columns/time.hpp>
#include <weir/expressions/explode.hpp>
#include <weir/expressions/function_table.hpp>
#include <weir/expressions/functions.hpp>
#include <weir/expressions/udf.hpp>

using namespace weir_test;
using weir::col;
using weir::lit;
using texts = std::vector<std::string>;

namespace {

std::string of_text(const weir::expression& value, std::optional<std::string> text) {
  return value_of(value, {.text = std::move(text)});
}

weir::timestamp at(std::string_view text) { return *weir::parse_iso(text); }

std::string of_time(const weir::expression& value, std::string_view time) {
  return value_of(value, {.time = at(time)});
}

}  // namespace

TEST_CASE("docs/functions.md is what the table of functions says") {
  std::ifstream file{WEIR_SOURCE_DIR "/docs/functions.md"};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto wanted = weir::detail::functions_document();
  if (text != wanted)
    std::cout << "docs/functions.md should be:\n" << wanted;
  CHECK(text == wanted);
}

TEST_CASE("text functions") {
  const auto text = col("text");
  CHECK(of_text(weir::concat(text, "-", text), "ab") == "ab-ab");
  CHECK(of_text(weir::concat(text, "-"), std::nullopt) == "NULL");
  CHECK(of_text(weir::concat_ws(",", text, weir::null_of(weir::utf8), "x"), "ab") == "ab,x");
  CHECK(of_text(weir::concat_ws(",", text), std::nullopt).empty());
  CHECK(of_text(weir::upper(text), "a\xC3\xA9z1") == "A\xC3\x89Z1");
  CHECK(of_text(weir::lower(text), "AbC") == "abc");
  CHECK(of_text(weir::trim(text), "  a b \t ") == "a b \t");
  CHECK(of_text(weir::ltrim(text), " a ") == "a ");
  CHECK(of_text(weir::rtrim(text), " a ") == " a");
  CHECK(of_text(weir::length(text), "a\xC3\xA9z") == "3");
  CHECK(of_text(weir::replace(text, "aa", "b"), "aaaaa") == "bba");
  CHECK(of_text(text.starts_with("ab"), "abc") == "true");
  CHECK(of_text(text.ends_with("bc"), "abc") == "true");
  CHECK(of_text(text.contains("x"), "abc") == "false");
  CHECK(of_text(text.contains(text), "abc") == "true");
}

TEST_CASE("substring counts characters from 1, and from the end for negative places") {
  const auto part = [](const weir::expression& from, const weir::expression& size) {
    return of_text(weir::substring(col("text"), from, size), "\xC3\xA9xyz");
  };
  CHECK(part(1, 2) == "\xC3\xA9x");
  CHECK(part(0, 1) == "\xC3\xA9");
  CHECK(part(-2, 5) == "yz");
  CHECK(part(-6, 4) == "\xC3\xA9x");
  CHECK(part(9, 1).empty());
  CHECK(part(2, -1).empty());
  CHECK(of_text(weir::substring(col("text"), 3), "abcd") == "cd");
  CHECK(part(2, std::numeric_limits<int>::max()) == "xyz");
}

TEST_CASE("patterns") {
  const auto like = [](const char* text, const char* pattern) { return of_text(col("text").like(pattern), text); };
  CHECK(like("abc", "a%") == "true");
  CHECK(like("abc", "%b%") == "true");
  CHECK(like("a\nc", "a_c") == "true");
  CHECK(like("a\xC3\xA9z", "a_z") == "true");
  CHECK(like("abcbc", "%bc") == "true");
  CHECK(like("a%c", "a\\%c") == "true");
  CHECK(like("abc", "a\\%c") == "false");
  CHECK(like("a.c", "a.c") == "true");
  CHECK(like("abc", "a.c") == "false");
  CHECK(like("", "%") == "true");
  CHECK(of_text(col("text").like(col("text")), "a%") == "true");
  CHECK_THAT(like("a", "a\\"), Catch::Contains("invalid_argument"));

  CHECK(of_text(col("text").rlike("b+"), "abbc") == "true");
  CHECK_THAT(of_text(col("text").rlike("("), "a"), Catch::Contains("invalid_argument"));
  CHECK(of_text(weir::regexp_replace(col("text"), "(\\d)(\\d)", "$2$1\\$"), "a12b34") == "a21$b43$");
  CHECK(of_text(weir::regexp_extract(col("text"), "(\\w+)@([a-z]+)", 2), "anna@host") == "host");
  CHECK(of_text(weir::regexp_extract(col("text"), "(?:x|[(])(\\d+)?", 1), "(12") == "12");
  CHECK(of_text(weir::regexp_extract(col("text"), "\\d+", 0), "ab12") == "12");
  CHECK(of_text(weir::regexp_extract(col("text"), "(\\d+)"), "ab").empty());
  CHECK(of_text(weir::regexp_extract(col("text"), "(\\d+)"), std::nullopt) == "NULL");
  CHECK_THAT(of_text(weir::regexp_extract(col("text"), "a", 1), "a"), Catch::Contains("there is no group 1"));
  CHECK(of_text(weir::split(col("text"), ",\\s*"), "a, b,c,") == "[a, b, c, ]");
  CHECK(of_text(weir::split(col("text"), ",", 2), "a,b,c") == "[a, b,c]");
}

TEST_CASE("mathematics") {
  CHECK(value_of(weir::round(col("real")), {.real = 2.5}) == "3.0");
  CHECK(value_of(weir::round(col("real")), {.real = -2.5}) == "-3.0");
  CHECK(value_of(weir::round(col("real"), 2), {.real = 1.005}) == "1.01");
  CHECK(value_of(weir::round(col("real"), 1), {.real = 9.96}) == "10.0");
  CHECK(value_of(weir::round(col("real"), -2), {.real = 151.0}) == "200.0");
  CHECK(value_of(weir::round(col("large"), -1), {.large = -15}) == "-20");
  CHECK(value_of(weir::floor(col("real")), {.real = -0.5}) == "-1");
  CHECK(value_of(weir::ceil(col("real")), {.real = 1e30}) == "9223372036854775807");
  CHECK(value_of(weir::abs(col("small")), {.small = -5}) == "5");
  CHECK(value_of(weir::ln(col("real")), {.real = 0.0}) == "NULL");
  CHECK(value_of(weir::greatest(col("large"), 3, nullptr), {.large = 2}) == "3");
  CHECK(value_of(weir::least(col("large"), 3), {}) == "3");
  CHECK(value_of(weir::coalesce(col("large"), col("small"), 7), {.small = 2}) == "2");
}

TEST_CASE("times") {
  const auto time = col("time");
  constexpr auto when = "1969-12-31T23:59:58.250Z";
  CHECK(of_time(weir::year(time), when) == "1969");
  CHECK(of_time(weir::month(time), when) == "12");
  CHECK(of_time(weir::day(time), when) == "31");
  CHECK(of_time(weir::day_of_week(time), when) == "4");
  CHECK(of_time(weir::hour(time), when) == "23");
  CHECK(of_time(weir::minute(time), when) == "59");
  CHECK(of_time(weir::second(time), when) == "58");
  CHECK(of_time(weir::unix_seconds(time), when) == "-2");
  CHECK(of_time(weir::unix_millis(time), when) == "-1750");
  CHECK(value_of(weir::timestamp_millis(col("large")), {.large = -1750}) == "1969-12-31 23:59:58.25");
  CHECK(of_time(weir::date_trunc("week", time), when) == "1969-12-29 00:00:00");
  CHECK(of_time(weir::date_trunc("MONTH", time), when) == "1969-12-01 00:00:00");
  CHECK(of_time(weir::date_trunc("quarter", time), when) == "1969-10-01 00:00:00");
  CHECK(of_time(weir::date_trunc("hour", time), when) == "1969-12-31 23:00:00");
  CHECK_THAT(of_time(weir::date_trunc("fortnight", time), when), Catch::Contains("there are: year"));
  CHECK(of_time(time - weir::interval("2 hours"), when) == "1969-12-31 21:59:58.25");
  CHECK(of_time(time - time, when) == "INTERVAL '0 00:00:00' DAY TO SECOND");
  CHECK_THAT(of_time(time + weir::interval("2 fortnights"), when), Catch::Contains("is no interval"));
  CHECK(value_of(weir::current_timestamp()) == "1970-01-01 00:16:40");
}

TEST_CASE("date patterns") {
  const auto shown_as = [](const char* pattern) {
    return of_time(weir::date_format(col("time"), pattern), "2024-01-05T15:07:08.050Z");
  };
  CHECK(shown_as("yyyy-MM-dd'T'HH:mm:ss.SSS") == "2024-01-05T15:07:08.050");
  CHECK(shown_as("E EEEE d/M/yy h:m:s a MMM MMMM") == "Fri Friday 5/1/24 3:7:8 PM Jan January");
  CHECK(shown_as("'it''s' H") == "it's 15");
  CHECK_THAT(shown_as("yyyy-ww"), Catch::Contains("'w' has no meaning here"));
  CHECK_THAT(shown_as("'open"), Catch::Contains("a quote is open"));
  const auto read_as = [](const char* text, const char* pattern) {
    return of_text(weir::to_timestamp(col("text"), pattern), text);
  };
  CHECK(read_as("05.01.2024 03:07 pm", "dd.MM.yyyy hh:mm a") == "2024-01-05 15:07:00");
  CHECK(read_as("Fri, 5 Jan 2024", "E, d MMM yyyy") == "2024-01-05 00:00:00");
  CHECK_THAT(read_as("2024-02-30", "yyyy-MM-dd"), Catch::Contains("is no time"));
  CHECK(of_text(weir::try_to_timestamp(col("text"), "yyyy-MM-dd"), "2024-02-30") == "NULL");
  CHECK(of_text(weir::to_timestamp(col("text")), "2024-01-05") == "2024-01-05 00:00:00");
}

TEST_CASE("structs and lists") {
  const sample row{.where = place{"Ulm", 89}, .numbers = std::vector<std::int64_t>{4, 5, 6}};
  CHECK(value_of(col("where.city"), row) == "Ulm");
  CHECK(value_of(col("where.city")) == "NULL");
  CHECK(value_of(weir::struct_of({col("where.zip"), (col("where.zip") + 1).as("next")}), row) == "{89, 90}");
  CHECK(value_of(weir::struct_of({col("where.zip").as("a")}).field("a"), row) == "89");
  CHECK(value_of(weir::size(col("numbers")), row) == "3");
  CHECK(value_of(weir::element_at(col("numbers"), -1), row) == "6");
  CHECK_THAT(value_of(weir::element_at(col("numbers"), 4), row), Catch::Contains("outside a list of 3"));
  CHECK(value_of(weir::try_element_at(col("numbers"), 4), row) == "NULL");
  CHECK(value_of(col("numbers").get_item(0), row) == "4");
  CHECK(value_of(weir::get(col("numbers"), 7), row) == "NULL");
  CHECK(value_of(weir::array(1, col("small"), 3), row) == "[1, NULL, 3]");
  CHECK(value_of(weir::array(col("large"), 2) == weir::array(lit(std::int64_t{1}), 2), {.large = 1}) == "true");
}

TEST_CASE("explode gives a row for each element") {
  const auto rows = batch_of({{.numbers = std::vector<std::int64_t>{1, 2}},
                              {},
                              {.numbers = std::vector<std::int64_t>{}},
                              {.numbers = std::vector<std::int64_t>{3}}});
  const auto lists = rows.arrow()->GetColumnByName("numbers");
  const auto inner = weir::explode_lists(*lists);
  REQUIRE(inner.ok());
  CHECK(inner->rows == std::vector<std::int64_t>{0, 0, 3});
  CHECK(shown(inner->values) == texts{"1", "2", "3"});
  const auto outer = weir::explode_lists(*lists->Slice(1), true);
  REQUIRE(outer.ok());
  CHECK(outer->rows == std::vector<std::int64_t>{0, 1, 2});
  CHECK(shown(outer->values) == texts{"NULL", "NULL", "3"});
  CHECK_FALSE(weir::explode_lists(*rows.arrow()->column(0)).ok());
}

TEST_CASE("chance: a seed gives the same numbers, each call and row its own (E11)") {
  const auto bound = weir::bind_all({weir::rand(), weir::rand(), weir::uuid()}, weir::row_schema<sample>());
  REQUIRE(bound.ok());
  const auto rows = many_times(batch_of({{}}), 500);
  std::set<std::string> seen;
  for (const auto& one : *bound) {
    CHECK_FALSE(one.deterministic());
    const auto made = shown(*one.evaluate(rows, context()));
    CHECK(made == shown(*one.evaluate(rows, context())));
    CHECK(shown(*one.evaluate(rows.slice(0, 3), context())) == texts(made.begin(), made.begin() + 3));
    seen.insert(made.begin(), made.end());
  }
  CHECK(seen.size() == 1500);
  CHECK(shown(*(*bound)[2].evaluate(rows, context()))[0][14] == '4');
  CHECK(shown(*(*bound)[0].evaluate(rows, context())) != shown(*(*bound)[0].evaluate(rows, {{}, 8})));
}

TEST_CASE("a user's function") {
  const auto twice = weir::udf([](std::int64_t value) { return 2 * value; }, {.name = "twice"});
  const std::vector<sample> rows{{.large = 4}, {}};
  CHECK(values(twice(col("large")), rows) == texts{"8", "NULL"});
  CHECK(twice(col("large")).to_string() == "twice(large)");
  CHECK(value_of(twice(col("small")), {.small = 3}) == "6");
  CHECK_THAT(value_of(twice(col("text"))), Catch::Contains("text, is utf8; the function takes int64"));
  CHECK_THAT(value_of(twice(1, 2)), Catch::Contains("takes 1 arguments, 2 were given"));

  const auto known = weir::udf([](std::optional<std::string_view> text) { return text.has_value(); });
  CHECK(value_of(known(col("text"))) == "false");
  const auto city = weir::udf([](const place& where) { return std::optional<std::string>{where.city}; });
  CHECK(value_of(city(col("where")), {.where = place{"Ulm"}}) == "Ulm");
}

TEST_CASE("a user's function may refuse rows, by a result or by throwing") {
  const auto even = weir::udf([](std::int64_t value) -> weir::result<std::int64_t> {
    if (value % 2 != 0)
      return weir::refuse("odd");
    return value;
  });
  const auto half = weir::udf([](std::int64_t value) {
    if (value % 2 != 0)
      throw std::runtime_error{"odd"};
    return value / 2;
  });
  CHECK_THAT(value_of(even(col("large")), {.large = 1}), Catch::Contains("invalid_row: udf(large): odd"));
  CHECK_THAT(value_of(half(col("large")), {.large = 1}), Catch::Contains("user_function: udf(large)"));
  for (const auto& function : {even, half}) {
    const auto bound = *weir::bind(function(col("large")), weir::row_schema<sample>());
    std::vector<std::int64_t> refused;
    const auto made = bound.evaluate_each(batch_of({{.large = 2}, {.large = 3}, {.large = 4}}), context(),
                                          [&](std::int64_t row, const weir::status&) {
                                            refused.push_back(row);
                                            return weir::status{};
                                          });
    REQUIRE(made.ok());
    CHECK(refused == std::vector<std::int64_t>{1});
  }
}
