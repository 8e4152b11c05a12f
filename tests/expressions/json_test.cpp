#include "catch.hpp"

#include <arrow/api.h>

#include <weir/columns/column_writer.hpp>
#include <weir/columns/text.hpp>
#include <weir/expressions/json.hpp>

namespace {

using weir::malformed_mode;

std::shared_ptr<arrow::Array> texts(const std::vector<std::optional<std::string>>& documents) {
  weir::column_writer<std::optional<std::string>> writer;
  for (const auto& one : documents)
    writer.append(one);
  return writer.finish();
}

/// Row 0 of a column as JSON with its nulls; times as ISO 8601.
std::string shown(const std::shared_ptr<arrow::Array>& column, std::int64_t row = 0) {
  REQUIRE(column->ValidateFull().ok());
  const auto type = weir::data_type::from_arrow(*column->type());
  REQUIRE(type.ok());
  std::string out;
  weir::append_json_value(*column->data(), {"value", *type, true}, row,
                          {.binary_as_base64 = false, .not_finite_as_text = true}, out);
  return out;
}

std::string parsed(std::string_view document, const weir::data_type& type, const weir::json_options& options = {}) {
  const auto rows = weir::from_json(*texts({std::string{document}}), type, options);
  INFO(rows.error().to_string());
  REQUIRE(rows.ok());
  REQUIRE((*rows)->length() == 1);
  return shown(*rows);
}

/// The text of field "a" of a document of one field.
std::string field_of(std::string_view value, const weir::data_type& type) {
  const auto row = parsed("{\"a\":" + std::string{value} + "}", weir::struct_of({{"a", type}}));
  return row.substr(5, row.size() - 6);
}

const auto pair_type = weir::struct_of({{"a", weir::int64}, {"b", weir::utf8}});
const auto with_corrupt = weir::struct_of({{"a", weir::int64}, {"bad", weir::utf8}, {"b", weir::utf8}});
const weir::json_options corrupt{.corrupt_record_column = "bad"};

}  // namespace

TEST_CASE("from_json gives the wanted fields of a document, by name, in any order") {
  CHECK(parsed(R"({"a":1,"b":"x"})", pair_type) == R"({"a":1,"b":"x"})");
  CHECK(parsed(R"( { "b" : "x" , "z" : {"a":[1,{"b":2}]} , "a" : 1 } )", pair_type) == R"({"a":1,"b":"x"})");
  CHECK(parsed(R"({"b":null})", pair_type) == R"({"a":null,"b":null})");
  CHECK(parsed(R"({"A":1,"b":"x"})", pair_type) == R"({"a":null,"b":"x"})");
  CHECK(parsed(R"({"":1,"b":"x"})", pair_type) == R"({"a":null,"b":"x"})");
  CHECK(parsed(R"({"":1})", weir::struct_of({{"", weir::int32}})) == R"({"":1})");
  CHECK(parsed("{}", pair_type) == R"({"a":null,"b":null})");
  CHECK(parsed(R"({"\u0061":7,"b":"x"})", pair_type) == R"({"a":7,"b":"x"})");
}

TEST_CASE("from_json gives a row a document: null for null and for blanks") {
  const auto rows = weir::from_json(*texts({R"({"a":1})", std::nullopt, "", " \n", "{", R"({"a":2})"}), pair_type);
  REQUIRE(rows.ok());
  REQUIRE((*rows)->length() == 6);
  CHECK(shown(*rows, 0) == R"({"a":1,"b":null})");
  CHECK((*rows)->IsNull(1));
  CHECK((*rows)->IsNull(2));
  CHECK((*rows)->IsNull(3));
  CHECK(shown(*rows, 4) == R"({"a":null,"b":null})");
  CHECK(shown(*rows, 5) == R"({"a":2,"b":null})");
  const auto slice = weir::from_json(*texts({"{", R"({"a":1})", std::nullopt, R"({"a":3})"})->Slice(1), pair_type);
  REQUIRE(slice.ok());
  CHECK(shown(*slice, 0) == R"({"a":1,"b":null})");
  CHECK((*slice)->IsNull(1));
  CHECK(shown(*slice, 2) == R"({"a":3,"b":null})");
}

TEST_CASE("from_json: of a key that is there twice the last one counts") {
  CHECK(parsed(R"({"a":1,"b":"x","a":2})", pair_type) == R"({"a":2,"b":"x"})");
  CHECK(parsed(R"({"a":1,"a":null})", pair_type) == R"({"a":null,"b":null})");
  CHECK(parsed(R"({"a":1,"a":"no","b":"x"})", pair_type) == R"({"a":null,"b":"x"})");
  const auto nested = weir::struct_of({{"l", weir::list_of({"element", pair_type})}});
  CHECK(parsed(R"({"l":[{"a":1,"a":2},{"a":3}],"l":[{"a":4,"b":"y","b":"z"}]})", nested) ==
        R"({"l":[{"a":4,"b":"z"}]})");
}

TEST_CASE("from_json puts numbers into the wanted width, or null") {
  CHECK(field_of("127", weir::int8) == "127");
  CHECK(field_of("128", weir::int8) == "null");
  CHECK(field_of("-32768", weir::int16) == "-32768");
  CHECK(field_of("-32769", weir::int16) == "null");
  CHECK(field_of("2147483647", weir::int32) == "2147483647");
  CHECK(field_of("2147483648", weir::int32) == "null");
  CHECK(field_of("-9223372036854775808", weir::int64) == "-9223372036854775808");
  CHECK(field_of("9223372036854775808", weir::int64) == "null");
  CHECK(field_of("123456789012345678901234567890", weir::int64) == "null");
  CHECK(field_of("1.0", weir::int64) == "null");
  CHECK(field_of("1e2", weir::int32) == "null");
  CHECK(field_of("\"1\"", weir::int64) == "null");
  CHECK(field_of("-0", weir::int64) == "0");
  CHECK(field_of("true", weir::int64) == "null");
  CHECK(field_of("3", weir::float64) == "3");
  CHECK(field_of("-0", weir::float64) == "-0");
  CHECK(field_of("18446744073709551615", weir::float64) == "18446744073709551616");
  CHECK(field_of("0.1", weir::float64) == "0.1");
  // Where the push parser's own number is not the nearest one.
  CHECK(field_of("1.7976931348623157e308", weir::float64) == "1.7976931348623157e+308");
  CHECK(field_of("2.2250738585072014e-308", weir::float64) == "2.2250738585072014e-308");
  CHECK(field_of("9007199254740993.0000000000000001", weir::float64) == "9007199254740994");
  CHECK(field_of("1e999", weir::float64) == "\"Infinity\"");
  CHECK(field_of("-1e999", weir::float64) == "\"-Infinity\"");
  CHECK(field_of("1e-999", weir::float64) == "0");
  CHECK(field_of("0.1", weir::float32) == "0.1");
  CHECK(field_of("1e99", weir::float32) == "\"Infinity\"");
  CHECK(field_of("\"NaN\"", weir::float64) == "\"NaN\"");
  CHECK(field_of("\"-INF\"", weir::float32) == "\"-Infinity\"");
  CHECK(field_of("\"1.5\"", weir::float64) == "null");
}

TEST_CASE("from_json reads decimals exactly, and rounds what is too fine") {
  const auto money = weir::decimal_of(5, 2);
  CHECK(field_of("1.10", money) == "1.10");
  CHECK(field_of("\"1.1\"", money) == "1.10");
  CHECK(field_of("7", money) == "7.00");
  CHECK(field_of("-0", money) == "0.00");
  CHECK(field_of("1.005", money) == "1.01");
  CHECK(field_of("-1.005", money) == "-1.01");
  CHECK(field_of("1.00499999999999999999999999999999999999999999999", money) == "1.00");
  CHECK(field_of("999.99", money) == "999.99");
  CHECK(field_of("999.995", money) == "null");
  CHECK(field_of("1000", money) == "null");
  CHECK(field_of("1.2345e1", money) == "12.35");
  CHECK(field_of("\"x\"", money) == "null");
  CHECK(field_of("12345678901234567890123456789012345678", weir::decimal_of(38, 0)) ==
        "12345678901234567890123456789012345678");
}

TEST_CASE("from_json gives a string the text of what is no string, as it is written") {
  CHECK(field_of("1.50", weir::utf8) == R"("1.50")");
  CHECK(field_of("-0", weir::utf8) == R"("-0")");
  CHECK(field_of("1E2", weir::utf8) == R"("1E2")");
  CHECK(field_of("12345678901234567890123", weir::utf8) == R"("12345678901234567890123")");
  CHECK(field_of("true", weir::utf8) == R"("true")");
  CHECK(field_of(R"({ "x" : [1, "}\"{"] })", weir::utf8) == R"("{ \"x\" : [1, \"}\\\"{\"] }")");
  CHECK(field_of("[]", weir::utf8) == R"("[]")");
  const auto list = weir::struct_of({{"l", weir::list_of({"element", weir::utf8})}, {"z", weir::utf8}});
  CHECK(parsed(R"({"u":{"q":[{}]},"l":[[1],"x",{"y":{}}, 2],"z":[{"l":[3]}]})", list) ==
        R"({"l":["[1]","x","{\"y\":{}}","2"],"z":"[{\"l\":[3]}]"})");
}

TEST_CASE("from_json: escapes, surrogate pairs and UTF-8") {
  CHECK(field_of(R"("\"\\\/\b\f\n\r\t\u00e9")", weir::utf8) == "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\u00e9\"");
  CHECK(field_of(R"("\ud83d\ude00!")", weir::utf8) == "\"\U0001F600!\"");
  CHECK(field_of("\"\U0001F600\"", weir::utf8) == "\"\U0001F600\"");
  const auto malformed = R"({"a":null,"b":null})";
  CHECK(parsed(R"({"a":1,"b":"\ud83d"})", pair_type) == malformed);
  CHECK(parsed("{\"a\":1,\"b\":\"\xff\"}", pair_type) == malformed);
  CHECK(parsed("{\"a\":1,\"b\":\"\xc0\x80\"}", pair_type) == malformed);
  CHECK(parsed("{\"a\":1,\"b\":\"\x01\"}", pair_type) == malformed);
  // Longer than the parser's buffer for escapes.
  const std::string many(10'000, 'x');
  CHECK(field_of("\"\\n" + many + "\\t\"", weir::utf8) == "\"\\n" + many + "\\t\"");
}

TEST_CASE("from_json reads times, dates, durations and binary") {
  const auto time = [](std::string_view text) {
    return field_of("\"" + std::string{text} + "\"", weir::timestamp_type);
  };
  CHECK(time("2024-02-29T12:34:56.789Z") == R"("2024-02-29T12:34:56.789Z")");
  CHECK(time("2024-02-28T12:34:56.789Z") == R"("2024-02-28T12:34:56.789Z")");
  CHECK(time("2023-02-29T12:34:56.789Z") == "null");
  CHECK(time("1969-01-02T03:04:05.006Z") == R"("1969-01-02T03:04:05.006Z")");
  CHECK(time("2024-01-02 03:04:05") == R"("2024-01-02T03:04:05.000Z")");
  CHECK(time("2024-01-02T03:04:05.123456789Z") == R"("2024-01-02T03:04:05.123Z")");
  CHECK(time("2024-01-02T03:04:05+01:30") == R"("2024-01-02T01:34:05.000Z")");
  CHECK(time("2024-01-02T03:04:05-0130") == R"("2024-01-02T04:34:05.000Z")");
  CHECK(time("2024-01-02T03:04:05 UTC") == R"("2024-01-02T03:04:05.000Z")");
  CHECK(time("2024-1-2 3:4") == R"("2024-01-02T03:04:00.000Z")");
  CHECK(time("2024-01-02") == R"("2024-01-02T00:00:00.000Z")");
  CHECK(time("+12024-01-02") == R"("+12024-01-02T00:00:00.000Z")");
  for (const auto* const bad : {"", "x", "2024-13-01", "2024-01-02T", "2024-01-02T25:00:00.000Z", "2024-01-02T03:04:60",
                                "2024-01-02T03:04:05.Z", "2024-01-02T03:04:05X", "2024-01-02T03:0a:05.000Z",
                                "2024-01-02T03:04:05.00\\u00e9", "+999999-01-01", "2024-01-02T03:04:05+19:00"})
    CHECK(time(bad) == "null");
  CHECK(field_of("86400", weir::timestamp_type) == R"("1970-01-02T00:00:00.000Z")");
  CHECK(field_of("9223372036854775807", weir::timestamp_type) == "null");
  CHECK(field_of("1.5", weir::timestamp_type) == "null");
  CHECK(field_of(R"("2024-02-29")", weir::date_type) == R"("2024-02-29")");
  CHECK(field_of(R"("2024-02-29T23:59:59Z")", weir::date_type) == R"("2024-02-29")");
  CHECK(field_of(R"("2023-02-29")", weir::date_type) == "null");
  CHECK(field_of("5", weir::date_type) == "null");
  CHECK(field_of(R"("2 seconds")", weir::duration_type) == "2000000");
  CHECK(field_of("7", weir::duration_type) == "7");
  CHECK(field_of(R"("aGVsbG8=")", weir::binary) == R"("hello")");
  CHECK(field_of(R"("aGVsbG8")", weir::binary) == "null");
  weir::json_options own{.timestamps = [](std::string_view text) -> std::optional<weir::timestamp> {
    if (text != "noon")
      return std::nullopt;
    return weir::timestamp{std::chrono::hours{12}};
  }};
  const auto type = weir::struct_of({{"a", weir::timestamp_type}, {"b", weir::timestamp_type}});
  CHECK(parsed(R"({"a":"noon","b":"2024-01-02"})", type, own) == R"({"a":"1970-01-01T12:00:00.000Z","b":null})");
}

TEST_CASE("from_json: what does not fit is null, and the other fields stay") {
  CHECK(parsed(R"({"a":"x","b":"y"})", pair_type) == R"({"a":null,"b":"y"})");
  CHECK(parsed(R"({"a":{"a":1},"b":"y"})", pair_type) == R"({"a":null,"b":"y"})");
  CHECK(field_of("1", weir::boolean) == "null");
  CHECK(field_of("\"true\"", weir::boolean) == "null");
  CHECK(field_of("false", weir::boolean) == "false");
  const auto list = weir::struct_of({{"l", weir::list_of({"element", weir::list_of({"element", weir::int32})})},
                                     {"m", weir::map_of(weir::utf8, {"value", weir::int32})},
                                     {"s", weir::list_of({"element", pair_type})},
                                     {"n", weir::int32}});
  CHECK(parsed(R"({"l":[[1],[2,"x",3],[4]],"m":{"a":1},"s":[{"a":"x","b":"y"},null],"n":5})", list) ==
        R"({"l":null,"m":{"a":1},"s":[{"a":null,"b":"y"},null],"n":5})");
  CHECK(parsed(R"({"l":[[1],null,[2,null]],"m":{"a":1,"b":[7],"c":3},"s":{},"n":5})", list) ==
        R"({"l":[[1],null,[2,null]],"m":null,"s":null,"n":5})");
  CHECK(parsed(R"({"m":{"k\u0061":null,"b":2},"s":[{"b":"x"},7]})", list) ==
        R"({"l":null,"m":{"ka":null,"b":2},"s":null,"n":null})");
}

TEST_CASE("from_json of a list or a map at the top") {
  const auto list = weir::list_of({"element", pair_type});
  CHECK(parsed(R"([{"a":1},{"b":"x"}])", list) == R"([{"a":1,"b":null},{"a":null,"b":"x"}])");
  CHECK(parsed(R"({"a":1})", list) == R"([{"a":1,"b":null}])");
  CHECK(parsed("[]", list) == "[]");
  CHECK(parsed("[1]", list) == "null");
  CHECK(parsed("{", list) == "null");
  CHECK(parsed("[{\"a\":1}", list) == "null");
  CHECK(parsed(R"([1,2])", weir::list_of({"element", weir::int32})) == "[1,2]");
  CHECK(parsed(R"([1,"x"])", weir::list_of({"element", weir::int32})) == "null");
  const auto map = weir::map_of(weir::utf8, {"value", weir::int64});
  CHECK(parsed(R"({"x":1,"y":null})", map) == R"({"x":1,"y":null})");
  CHECK(parsed("[]", map) == "null");
  // Where a structure is wanted, an array is no document.
  CHECK(parsed(R"([{"a":1}])", pair_type) == R"({"a":null,"b":null})");
  for (const auto* const other : {"1", "\"x\"", "null", "true"})
    CHECK(parsed(other, pair_type) == R"({"a":null,"b":null})");
}

TEST_CASE("from_json: malformed documents are null in all fields, their text in the corrupt column") {
  for (const std::string bad : {"{", "{\"a\":1,", "{\"a\":1}x", "{\"a\":1}{\"a\":2}", "{'a':1}", "{a:1}", "{\"a\":01}",
                                "{\"a\":1,}", "[1]", "/**/{}", "{\"a\":NaN}", "nul", "{\"a\":1}]"}) {
    INFO(bad);
    const auto rows = weir::from_json(*texts({R"({"a":1,"b":"x"})", bad, R"({"a":2,"b":"y"})"}), with_corrupt, corrupt);
    REQUIRE(rows.ok());
    CHECK(shown(*rows, 0) == R"({"a":1,"bad":null,"b":"x"})");
    REQUIRE((*rows)->IsValid(1));
    const auto& row = static_cast<const arrow::StructArray&>(**rows);
    CHECK(row.field(0)->IsNull(1));
    CHECK(static_cast<const arrow::StringArray&>(*row.field(1)).GetString(1) == bad);
    CHECK(row.field(2)->IsNull(1));
    CHECK(shown(*rows, 2) == R"({"a":2,"bad":null,"b":"y"})");
  }
  CHECK(parsed(R"({"a":"no","b":"x"})", with_corrupt, corrupt) ==
        R"({"a":null,"bad":"{\"a\":\"no\",\"b\":\"x\"}","b":"x"})");
  // A field of that name in a document is not read.
  CHECK(parsed(R"({"a":1,"bad":"mine","b":"x"})", with_corrupt, corrupt) == R"({"a":1,"bad":null,"b":"x"})");
}

TEST_CASE("from_json: failfast names what is wrong; drop has no meaning in an expression") {
  const auto error_of = [](std::string_view document) {
    const auto rows = weir::from_json(*texts({std::string{document}}), pair_type, {.mode = malformed_mode::failfast});
    CHECK(rows.error().code() == weir::errc::invalid_row);
    return rows.error().message();
  };
  CHECK(error_of("{\"a\":1") == "malformed JSON document: incomplete JSON at byte 6: {\"a\":1");
  CHECK(error_of(R"({"a":"x"})") == R"(malformed JSON document: 'a' is no int64: {"a":"x"})");
  CHECK(error_of("7") == "malformed JSON document: expected struct<a: int64, b: utf8>: 7");
  CHECK(error_of("{} {}") == "malformed JSON document: more follows its end at byte 3: {} {}");
  CHECK(error_of("{" + std::string(500, 'x')).size() < 250);
  const auto dropped = weir::from_json(*texts({}), pair_type, {.mode = malformed_mode::drop_malformed});
  CHECK(dropped.error().code() == weir::errc::unsupported);
}

TEST_CASE("from_json refuses schemas and columns that it cannot serve") {
  const auto code = [](const weir::data_type& type, const weir::json_options& options = {}) {
    return weir::from_json(*texts({}), type, options).error().code();
  };
  CHECK(code(weir::int64) == weir::errc::type_mismatch);
  CHECK(code(weir::struct_of({{"a", weir::int64}, {"a", weir::utf8}})) == weir::errc::invalid_argument);
  CHECK(code(weir::struct_of({{"a", weir::map_of(weir::int32, {"value", weir::utf8})}})) == weir::errc::type_mismatch);
  CHECK(code(pair_type, corrupt) == weir::errc::unknown_column);
  CHECK(code(pair_type, {.corrupt_record_column = "a"}) == weir::errc::type_mismatch);
  weir::column_writer<std::int64_t> numbers;
  CHECK(weir::from_json(*numbers.finish(), pair_type).error().code() == weir::errc::type_mismatch);
}

TEST_CASE("from_json: nesting 64 deep is read, deeper is malformed") {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":1,\"z\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  CHECK(parsed(nested(64), pair_type) == R"({"a":1,"b":null})");
  CHECK(parsed(nested(65), pair_type) == R"({"a":null,"b":null})");
  CHECK(parsed(nested(1'000'000), pair_type) == R"({"a":null,"b":null})");
  CHECK(parsed(std::string(1'000'000, '{'), pair_type) == R"({"a":null,"b":null})");
  auto type = weir::int32;
  for (int i = 0; i < 64; ++i)
    type = weir::list_of({"element", type});
  const auto deep = std::string(64, '[') + "5" + std::string(64, ']');
  CHECK(parsed(deep, type) == deep);
  CHECK(parsed("[" + deep + "]", weir::list_of({"element", type})) == "null");
}

TEST_CASE("from_json: a document of 16 MiB is read, a longer one is malformed") {
  const std::string head = R"({"a":1,"b":")";
  auto document = head + std::string(weir::max_record_bytes - head.size() - 2, 'x') + "\"}";
  auto reader = weir::json_reader::make(weir::schema{{"a", weir::int64}}, {.mode = malformed_mode::failfast});
  REQUIRE(reader.ok());
  CHECK(reader->append(document).ok());
  CHECK(reader->rows() == 1);
  const auto refused = reader->append(document + " ");
  CHECK(refused.code() == weir::errc::invalid_row);
  CHECK(refused.message().find("16 MiB") != std::string::npos);
  CHECK(reader->rows() == 1);
  CHECK(reader->append("{}").ok());
  CHECK(reader->rows() == 2);
  CHECK(reader->malformed() == 1);
}

TEST_CASE("json_reader begins again after finish(), keys in any order and unknown ones in any number") {
  auto reader = weir::json_reader::make(weir::schema{{"a", weir::int64}, {"b", weir::int64}});
  REQUIRE(reader.ok());
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; ++i) {
      const auto n = std::to_string(i);
      const auto other = "\"key" + n + "\":{\"a\":0}";
      std::vector<std::string> members{"\"a\":" + n, "\"b\":" + n, other};
      std::rotate(members.begin(), members.begin() + i % 3, members.end());
      REQUIRE(reader->append("{" + members[0] + "," + members[1] + "," + members[2] + "}").ok());
    }
    const auto rows = reader->finish_rows();
    REQUIRE(rows->ValidateFull().ok());
    REQUIRE(rows->num_rows() == 1000);
    for (const auto& column : rows->columns())
      for (int i = 0; i < 1000; ++i)
        REQUIRE(static_cast<const arrow::Int64Array&>(*column).Value(i) == i);
  }
}
