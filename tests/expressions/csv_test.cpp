#include "catch.hpp"

#include <cmath>
#include <random>

#include <arrow/api.h>

#include <weir/columns/text.hpp>
#include <weir/expressions/csv.hpp>

#include "test_seed.hpp"

namespace {

using weir::csv_options;
using weir::malformed_mode;
using texts = std::vector<std::string>;

const weir::schema two{{"a", weir::int64}, {"b", weir::utf8}};
const weir::schema with_corrupt{{"a", weir::int64}, {"bad", weir::utf8}, {"b", weir::utf8}};

texts rows_of(const arrow::RecordBatch& rows) {
  REQUIRE(rows.ValidateFull().ok());
  texts out;
  for (std::int64_t row = 0; row < rows.num_rows(); ++row)
    out.push_back(weir::json_row(rows, row));
  return out;
}

weir::csv_reader reader_of(const weir::schema& wanted, const csv_options& options = {}) {
  auto reader = weir::csv_reader::make(wanted, options);
  INFO(reader.error().to_string());
  REQUIRE(reader.ok());
  return std::move(*reader);
}

texts read(std::string_view text, const weir::schema& wanted = two, const csv_options& options = {}) {
  auto reader = reader_of(wanted, options);
  const auto taken = reader.append(text, true);
  REQUIRE(taken.ok());
  REQUIRE(*taken == text.size());
  return rows_of(*reader.finish());
}

/// A field as a value of the type, in JSON.
std::string value_of(std::string_view text, const weir::data_type& type) {
  const auto rows = read("0," + std::string{text} + "\n", weir::schema{{"n", weir::int8}, {"a", type}});
  REQUIRE(rows.size() == 1);
  return rows[0].substr(11, rows[0].size() - 12);
}

std::string inferred(std::string_view text, const csv_options& options = {}) {
  const auto made = weir::infer_csv_schema(text, options);
  REQUIRE(made.ok());
  return made->to_string();
}

}  // namespace

TEST_CASE("csv_reader: columns by position, lines of blanks and comments passed over") {
  CHECK(read("1,x\n\n  \r\n2,y\r\n3,z") == texts{R"({"a":1,"b":"x"})", R"({"a":2,"b":"y"})", R"({"a":3,"b":"z"})"});
  CHECK(read("") == texts{});
  CHECK(read("#1,x\n2,#\n#", two, {.comment = '#'}) == texts{R"({"a":2,"b":"#"})"});
  CHECK(read("1\tx\n\t\n", two, {.separator = '\t'}) == texts{R"({"a":1,"b":"x"})", R"({"a":null,"b":null})"});
}

TEST_CASE("csv_reader: a header is passed over in each file, whatever it says") {
  auto reader = reader_of(two, {.header = true});
  REQUIRE(reader.append("b,a,c\n1,x\n", true).ok());
  reader.begin_file();
  REQUIRE(reader.append("\nb,a,c\n2,y\n", true).ok());
  CHECK(rows_of(*reader.finish()) == texts{R"({"a":1,"b":"x"})", R"({"a":2,"b":"y"})"});
}

TEST_CASE("csv_reader: quotes, escapes and line ends within quotes") {
  CHECK(read("1,\"x,y\nz\"\n2,\"a\"\"b\"\n3,\"a\\\"b\\\\\"\n4,a\"b\n5,\"a\\nb\"\n6,\"\"\"\"\n") ==
        texts{R"({"a":1,"b":"x,y\nz"})", R"({"a":2,"b":"a\"b"})", R"({"a":3,"b":"a\"b\\"})", R"({"a":4,"b":"a\"b"})",
              R"({"a":5,"b":"a\\nb"})", R"({"a":6,"b":"\""})"});
  CHECK(read("\"1\",\"x\"\r\n\"2\",\"y\"") == texts{R"({"a":1,"b":"x"})", R"({"a":2,"b":"y"})"});
  CHECK(read("1,\"say \"hi\" now\"\n") == texts{R"({"a":1,"b":"say \"hi\" now"})"});
  CHECK(read("1,'x,''y'\n", two, {.quote = '\'', .escape = '\''}) == texts{R"({"a":1,"b":"x,'y"})"});
}

TEST_CASE("csv_reader: nulls and trimming") {
  CHECK(read(",\n1,\"\"\n") == texts{R"({"a":null,"b":null})", R"({"a":1,"b":null})"});
  CHECK(read("NA,\n1,NA\n", two, {.null_value = "NA"}) == texts{R"({"a":null,"b":""})", R"({"a":1,"b":null})"});
  CHECK(read(" 1 , x \n") == texts{R"({"a":null,"b":" x "})"});
  CHECK(read(" 1 , x \n\t2, \" y \" \r\n", two, {.trim = true}) == texts{R"({"a":1,"b":"x"})", R"({"a":2,"b":" y "})"});
}

TEST_CASE("csv_reader: values of each type, or null") {
  CHECK(value_of("-128", weir::int8) == "-128");
  CHECK(value_of("+128", weir::int16) == "128");
  CHECK(value_of("128", weir::int8) == "null");
  CHECK(value_of("1.0", weir::int32) == "null");
  CHECK(value_of("9223372036854775808", weir::int64) == "null");
  CHECK(value_of("1e3", weir::float64) == "1000");
  CHECK(value_of("+1.5", weir::float32) == "1.5");
  CHECK(value_of(".5", weir::float64) == "0.5");
  CHECK(value_of("nan", weir::float64) == "null");
  CHECK(value_of("1x", weir::float64) == "null");
  CHECK(value_of("TRUE", weir::boolean) == "true");
  CHECK(value_of("false", weir::boolean) == "false");
  CHECK(value_of("yes", weir::boolean) == "null");
  CHECK(value_of("1.005", weir::decimal_of(5, 2)) == "1.01");
  CHECK(value_of("2024-02-29", weir::date_type) == R"("2024-02-29")");
  CHECK(value_of("2024-02-29 01:02:03", weir::timestamp_type) == R"("2024-02-29T01:02:03.000Z")");
  CHECK(value_of("1 second", weir::duration_type) == "1000000");
  CHECK(value_of("\xff", weir::utf8) == "null");
  const auto finite = reader_of(weir::schema{{"a", weir::float64}}).append("", true);
  CHECK(finite.ok());
  auto reader = reader_of(weir::schema{{"a", weir::float64}});
  REQUIRE(reader.append("NaN\nInf\n-Inf\nInfinity\n", true).ok());
  const auto rows = reader.finish();
  const auto& values = static_cast<const arrow::DoubleArray&>(*rows->column(0));
  CHECK(rows->column(0)->null_count() == 0);
  CHECK(std::isnan(values.Value(0)));
  CHECK((std::isinf(values.Value(1)) && values.Value(1) > 0));
  CHECK((std::isinf(values.Value(2)) && values.Value(2) < 0));
  CHECK(std::isinf(values.Value(3)));
}

TEST_CASE("csv_reader: malformed records") {
  const std::string text = "1,x\n2\n3,y,z\nq,v\n5,w\n";
  CHECK(read(text, with_corrupt, {.corrupt_record_column = "bad"}) ==
        texts{R"({"a":1,"bad":null,"b":"x"})", R"({"a":2,"bad":"2","b":null})", R"({"a":3,"bad":"3,y,z","b":"y"})",
              R"({"a":null,"bad":"q,v","b":"v"})", R"({"a":5,"bad":null,"b":"w"})"});
  CHECK(read(text, two, {.mode = malformed_mode::drop_malformed}) == texts{R"({"a":1,"b":"x"})", R"({"a":5,"b":"w"})"});
  auto failing = reader_of(two, {.mode = malformed_mode::failfast});
  CHECK(failing.append("1,x\nq,v\n", true).error().message() == "malformed CSV record: 'a' is no int64: q,v");
  CHECK(failing.rows() == 1);
  CHECK(failing.append("1\n", true).error().message() == "malformed CSV record: 1 fields; expected 2: 1");
  CHECK(read("1,\"x\n2,y\n", with_corrupt, {.corrupt_record_column = "bad"}) ==
        texts{R"({"a":null,"bad":"1,\"x\n2,y","b":null})"});
}

TEST_CASE("csv_reader: a record beyond 16 MiB is one malformed record of the lines within") {
  auto reader = reader_of(two);
  const std::string text = "1,\"" + std::string(100, '\n') + std::string(weir::max_record_bytes, 'x') + "\n2,y\n";
  const auto taken = reader.append(text, true);
  REQUIRE(taken.ok());
  CHECK(*taken == text.size());
  CHECK(reader.malformed() == 2);
  CHECK(rows_of(*reader.finish()).back() == R"({"a":2,"b":"y"})");
}

TEST_CASE("csv_reader gives the same rows however the text is cut") {
  const auto seed = weir_test::test_seed();
  std::mt19937_64 random{seed};
  const std::string letters = "ab,\"\\\n\r #1";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (auto size = random() % 40; size > 0; --size)
      text += letters[random() % letters.size()];
    CAPTURE(seed, round, text);
    const csv_options options{
        .comment = '#', .trim = random() % 2 == 0, .corrupt_record_column = random() % 2 == 0 ? "bad" : ""};
    const weir::schema wanted{{"a", weir::utf8}, {"bad", weir::utf8}, {"b", weir::utf8}};
    const auto whole = read(text, wanted, options);
    auto reader = reader_of(wanted, options);
    std::string held;
    for (std::size_t at = 0; at <= text.size(); ++at) {
      held += text.substr(at, 1);
      const auto taken = reader.append(held, at == text.size());
      REQUIRE(taken.ok());
      held.erase(0, *taken);
    }
    CHECK(held.empty());
    CHECK(rows_of(*reader.finish()) == whole);
  }
}

TEST_CASE("csv_reader stops at a full batch") {
  std::string text;
  for (int i = 0; i < 10'000; ++i)
    text += std::to_string(i) + ",x\n";
  auto reader = reader_of(two);
  auto taken = reader.append(text, true);
  REQUIRE(taken.ok());
  CHECK(reader.full());
  CHECK(reader.finish()->num_rows() == weir::csv_reader::batch_rows);
  taken = reader.append(text.substr(*taken), true);
  REQUIRE(taken.ok());
  CHECK(reader.finish()->num_rows() == 10'000 - weir::csv_reader::batch_rows);
}

TEST_CASE("csv_reader refuses what it cannot serve") {
  const auto code = [](const weir::schema& wanted, const csv_options& options = {}) {
    return weir::csv_reader::make(wanted, options).error().code();
  };
  CHECK(code({{"a", weir::struct_of({})}}) == weir::errc::type_mismatch);
  CHECK(code({{"a", weir::list_of({"element", weir::int32})}}) == weir::errc::type_mismatch);
  CHECK(code({{"a", weir::int32}, {"a", weir::int32}}) == weir::errc::invalid_argument);
  CHECK(code(two, {.separator = '"'}) == weir::errc::invalid_argument);
  CHECK(code(two, {.corrupt_record_column = "bad"}) == weir::errc::unknown_column);
  CHECK(code(two, {.corrupt_record_column = "a"}) == weir::errc::type_mismatch);
}

TEST_CASE("csv_reader reads what the CSV formatter writes") {
  const auto rows = texts{R"({"a":1,"b":"plain"})", R"({"a":-5,"b":"a,\"b\"\nc"})", R"({"a":null,"b":" "})"};
  auto reader = reader_of(two, {.escape = '"'});
  REQUIRE(reader.append("1,plain\n-5,\"a,\"\"b\"\"\nc\"\n,\" \"\n", true).ok());
  const weir::batch made{reader.finish()};
  CHECK(rows_of(*made.arrow()) == rows);
  const auto formatter = weir::make_csv_formatter(true);
  formatter->bind(made);
  auto text = formatter->header(two);
  for (std::int64_t row = 0; row < made.num_rows(); ++row)
    formatter->append(row, text);
  CHECK(read(text, two, {.header = true, .escape = '"'}) == rows);
}

TEST_CASE("F05 infer_csv_schema") {
  CHECK(inferred("1,2.5,x,true,2024-01-02,2024-01-02 03:04:05,,9999999999\n") ==
        "_c0: int32, _c1: float64, _c2: utf8, _c3: boolean, _c4: date, _c5: timestamp, _c6: utf8, _c7: int64");
  CHECK(inferred("a,b\n1,2024-01-02\n2.5,2024-01-02T00:00:00Z\n", {.header = true}) == "a: float64, b: timestamp");
  CHECK(inferred("1,true,2024-01-02\nx,1,1\n") == "_c0: utf8, _c1: utf8, _c2: utf8");
  CHECK(inferred("a,,a\n1,2,3\n4,,99999999999999999999\n", {.header = true}) == "a0: int32, _c1: int32, a2: float64");
  CHECK(inferred("a,b\n", {.header = true}) == "a: utf8, b: utf8");
  CHECK(inferred("1\n2,x\n,y\n") == "_c0: int32");
  CHECK(inferred("") == "");
}
