#include "catch.hpp"

#include <arrow/api.h>
#include <arrow/json/from_string.h>

#include <weir/columns/arrow_import.hpp>
#include <weir/columns/batch.hpp>
#include <weir/columns/row_codec.hpp>
#include <weir/columns/text.hpp>

#include "sample_types.hpp"
#include "test_seed.hpp"

namespace {

using weir::errc;
using weir::schema;
using rows_ptr = std::shared_ptr<arrow::RecordBatch>;
using type_ptr = std::shared_ptr<arrow::DataType>;

std::shared_ptr<arrow::Array> array(const type_ptr& type, std::string_view json) {
  auto made = arrow::json::ArrayFromJSONString(type, json);
  INFO(made.status().ToString());
  REQUIRE(made.ok());
  return *made;
}

rows_ptr rows_of(const std::shared_ptr<arrow::Array>& column, bool nullable = true) {
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("a", column->type(), nullable)}), column->length(),
                                  {column});
}

schema wanted(const std::string& type) {
  auto made = schema::parse("a " + type);
  REQUIRE(made.ok());
  return *made;
}

/// The values that `as` has after the import, as JSON; or why it fails.
std::string imported(const type_ptr& type, std::string_view json, const std::string& as) {
  const auto rows = rows_of(array(type, json));
  const auto made = weir::import_rows(rows, wanted(as));
  if (!made.ok())
    return made.error().message();
  if (const auto natural = weir::import_schema(*rows->schema()); natural.ok())
    CHECK(weir::import_rows(rows, *natural).ok());
  REQUIRE((*made)->ValidateFull().ToString() == "OK");
  REQUIRE((*made)->schema()->Equals(*wanted(as).to_arrow()));
  std::string out;
  for (std::int64_t i = 0; i < (*made)->num_rows(); ++i) {
    const auto text = weir::json_row(**made, i);
    out += (i == 0 ? "" : " ") + text.substr(5, text.size() - 6);
  }
  return out;
}

std::string natural(const type_ptr& type) {
  const auto made = weir::import_type(*type);
  return made.ok() ? made->to_string() : made.error().message();
}

}  // namespace

TEST_CASE("other layouts of Arrow are taken in") {
  using namespace arrow;
  CHECK(imported(large_utf8(), R"(["a", null, "ccc"])", "string") == R"("a" null "ccc")");
  CHECK(imported(utf8_view(), R"(["a", null, "a text longer than twelve"])", "string") ==
        R"("a" null "a text longer than twelve")");
  CHECK(imported(large_binary(), R"(["a", null])", "binary") == R"("a" null)");
  CHECK(imported(binary_view(), R"(["a", null])", "binary") == R"("a" null)");
  CHECK(imported(fixed_size_binary(2), R"(["ab", null])", "binary") == R"("ab" null)");
  CHECK(imported(uint8(), "[255, null]", "smallint") == "255 null");
  CHECK(imported(uint16(), "[65535, null]", "int") == "65535 null");
  CHECK(imported(uint32(), "[4294967295, null]", "bigint") == "4294967295 null");
  CHECK(imported(uint64(), "[9223372036854775807, null]", "bigint") == "9223372036854775807 null");
  CHECK(imported(float16(), "[1.5, null]", "float") == "1.5 null");
  CHECK(imported(decimal32(5, 2), R"(["1.50", null])", "decimal(5, 2)") == "1.50 null");
  CHECK(imported(decimal64(12, 2), R"(["-1.50", null])", "decimal(12, 2)") == "-1.50 null");
  CHECK(imported(decimal256(38, 0), R"(["99999999999999999999999999999999999999", null])", "decimal(38, 0)") ==
        "99999999999999999999999999999999999999 null");
  CHECK(imported(date64(), "[86400000, null, -1]", "date") == R"("1970-01-02" null "1969-12-31")");
  CHECK(imported(timestamp(TimeUnit::SECOND, "UTC"), "[1, null]", "timestamp") == R"("1970-01-01T00:00:01.000Z" null)");
  CHECK(imported(timestamp(TimeUnit::MICRO, "Europe/Berlin"), "[1000000]", "timestamp") ==
        R"("1970-01-01T00:00:01.000Z")");
  CHECK(imported(timestamp(TimeUnit::NANO, "UTC"), "[1999999999, -1]", "timestamp") ==
        R"("1970-01-01T00:00:01.999Z" "1969-12-31T23:59:59.999Z")");
  CHECK(imported(duration(TimeUnit::MILLI), "[3, null]", "duration") == "3000 null");
  CHECK(imported(null(), "[null, null]", "struct<x: int>") == "null null");
  CHECK(imported(dictionary(int8(), utf8()), R"(["x", null, "y", "x"])", "string") == R"("x" null "y" "x")");
  const auto times = array(timestamp(TimeUnit::SECOND, "UTC"), "[1, null]");
  const auto coded = DictionaryArray::FromArrays(array(int8(), "[0, 1, null, 0]"), times).ValueOrDie();
  const auto decoded = weir::import_rows(rows_of(coded->Slice(1)), wanted("timestamp"));
  REQUIRE(decoded.ok());
  CHECK((*decoded)->column(0)->Equals(*array(timestamp(TimeUnit::MICRO, "UTC"), "[null, null, 1000000]")));
}

TEST_CASE("nested columns are taken in") {
  using namespace arrow;
  const auto numbers = "[[1, 2], null, [], [null, 3]]";
  for (const auto& type : {list(uint16()), large_list(uint16()), list_view(uint16()), large_list_view(uint16())})
    CHECK(imported(type, numbers, "array<int>") == "[1,2] null [] [null,3]");
  CHECK(imported(fixed_size_list(uint8(), 2), "[[1, 2], null, [null, 3]]", "array<smallint>") == "[1,2] null [null,3]");
  CHECK(imported(map(large_utf8(), uint32()), R"([[["a", 1], ["b", null]], null, []])", "map<string, bigint>") ==
        R"({"a":1,"b":null} null {})");
  CHECK(imported(struct_({field("x", large_list(utf8_view())), field("y", struct_({field("z", uint8())}))}),
                 R"([{"x": ["a"], "y": {"z": 1}}, null, {"x": null, "y": null}])",
                 "struct<y: struct<z: smallint>, x: array<string>>") ==
        R"({"y":{"z":1},"x":["a"]} null {"y":null,"x":null})");
}

TEST_CASE("narrower columns become the wider ones that are wanted") {
  CHECK(imported(arrow::int8(), "[-1]", "bigint") == "-1");
  CHECK(imported(arrow::uint8(), "[255]", "double") == "255");
  CHECK(imported(arrow::float32(), "[0.5]", "double") == "0.5");
  CHECK(imported(arrow::decimal128(5, 2), R"(["1.50"])", "decimal(10, 4)") == "1.5000");
  CHECK(imported(arrow::int64(), "[1]", "int") == "column 'a': expected int32, got int64");
  CHECK(imported(arrow::uint32(), "[1]", "int") == "column 'a': expected int32, got uint32");
  CHECK(imported(arrow::utf8(), R"(["1"])", "int") == "column 'a': expected int32, got string");
}

TEST_CASE("what does not fit is refused by column, type and value") {
  using namespace arrow;
  const auto user = struct_({field("id", uint64())});
  CHECK(imported(user, R"([{"id": 18446744073709551615}])", "struct<id: bigint>") ==
        "column 'a.id': uint64 value 18446744073709551615 does not fit int64");
  CHECK(imported(list(timestamp(TimeUnit::SECOND, "UTC")), "[[1, 9223372036854775807]]", "array<timestamp>") ==
        "column 'a[]': timestamp[s, tz=UTC] value 9223372036854775807 does not fit timestamp");
  CHECK(imported(date64(), "[9223372036854775807]", "date") ==
        "column 'a': date64[ms] value 9223372036854775807 does not fit date");
  CHECK_THAT(
      imported(timestamp(TimeUnit::MICRO), "[1]", "timestamp"),
      Catch::Contains("column 'a': Arrow type timestamp[us] is not supported; cast it to timestamp[us, tz=UTC]"));
  CHECK(imported(struct_({field("x", int32())}), "[null]", "struct<y: int>") ==
        "column 'a.y': expected int32, but there is no such column in struct<x: int32>");
  CHECK(imported(int32(), "[1, null]", "int not null") == "column 'a' has nulls; expected int32 not null");
  CHECK(imported(large_list(int32()), "[[1, null]]", "array<int not null>") ==
        "column 'a[]' has nulls; expected int32 not null");
  // A member is not missing where its whole structure is.
  CHECK(imported(struct_({field("x", uint8())}), R"([{"x": 1}, null])", "struct<x: smallint not null>") ==
        R"({"x":1} null)");
  CHECK(natural(decimal256(50, 2)) == "Arrow type decimal256(50, 2) is not supported");
  CHECK_THAT(natural(time64(TimeUnit::MICRO)), Catch::Contains("time64[us] is not supported"));
  CHECK_THAT(natural(list(field("item", time64(TimeUnit::MICRO)))), Catch::Contains("column 'item'"));
}

TEST_CASE("columns are bound by name, others left out; weir's own layout is not copied") {
  const auto id = array(arrow::int64(), "[1, 2]");
  const auto name = array(arrow::utf8(), R"(["x", "y"])");
  const auto rows = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("id", id->type()), arrow::field("name", name->type())}), 2, {id, name});
  const auto made = weir::import_rows(rows, {{"name", weir::utf8}});
  REQUIRE(made.ok());
  CHECK((*made)->num_columns() == 1);
  CHECK((*made)->column_data(0)->buffers[2] == name->data()->buffers[2]);
  CHECK(weir::import_rows(rows, {{"other", weir::utf8}}).error().code() == errc::unknown_column);
  CHECK(weir::import_rows(nullptr, {}).error().code() == errc::invalid_argument);
  CHECK(weir::check_names({{"id", weir::int32}, {"name", weir::utf8}}, *rows->schema()).ok());
  CHECK(weir::check_names({{"name", weir::utf8}, {"id", weir::int32}}, *rows->schema()).code() == errc::type_mismatch);
}

TEST_CASE("slices are taken in as their rows") {
  const auto seed = weir_test::test_seed();
  INFO("seed " << seed);
  sample::generator random{seed};
  std::string json = "[";
  for (int i = 0; i < 200; ++i) {
    const auto n = std::to_string(i);
    json += (i == 0 ? "" : ", ") + (random.below(5) == 0 ? "null"
                                                         : R"({"l": [{"m": [["k", )" + n + R"(]]}, null], "t": )" + n +
                                                               R"(, "f": [)" + n + ", null]}");
  }
  json += "]";
  using namespace arrow;
  const auto type =
      struct_({field("l", large_list(struct_({field("m", map(utf8_view(), uint8()))}))),
               field("t", timestamp(TimeUnit::MILLI, "+01:00")), field("f", fixed_size_list(uint64(), 2))});
  const auto whole = array(type, json);
  const auto columns = wanted("struct<l: array<struct<m: map<string, smallint>>>, t: timestamp, f: array<bigint>>");
  const auto all = weir::import_rows(rows_of(whole), columns);
  REQUIRE(all.ok());
  for (int round = 0; round < 50; ++round) {
    const auto begin = static_cast<std::int64_t>(random.below(200));
    const auto length = static_cast<std::int64_t>(random.below(200 - static_cast<std::size_t>(begin) + 1));
    const auto part = weir::import_rows(rows_of(whole->Slice(begin, length)), columns);
    REQUIRE(part.ok());
    REQUIRE((*part)->ValidateFull().ToString() == "OK");
    REQUIRE((*part)->Equals(*(*all)->Slice(begin, length)));
  }
}

TEST_CASE("random schemas of weir's own are taken in as they are") {
  const auto seed = weir_test::test_seed();
  INFO("seed " << seed);
  sample::generator random{seed};
  for (int round = 0; round < 200; ++round) {
    const schema made{{"c", sample::random_type(random, 3), random.coin()}};
    const auto back = weir::import_schema(*made.to_arrow());
    REQUIRE(back.ok());
    REQUIRE(*back == made);
  }
}
