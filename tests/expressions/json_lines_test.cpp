#include "catch.hpp"

#include <arrow/api.h>

#include <weir/columns/text.hpp>
#include <weir/expressions/json.hpp>
#include <weir/expressions/json/lines.hpp>

namespace {

using weir::malformed_mode;

const weir::schema pair_schema{{"a", weir::int64}, {"b", weir::utf8}};
const weir::schema corrupt_schema{{"a", weir::int64}, {"bad", weir::utf8}};

std::vector<std::string> rows_of(const arrow::RecordBatch& rows) {
  REQUIRE(rows.ValidateFull().ok());
  std::vector<std::string> out;
  for (std::int64_t row = 0; row < rows.num_rows(); ++row)
    out.push_back(weir::json_row(rows, row));
  return out;
}

std::vector<std::string> read(std::string_view text, const weir::schema& wanted = pair_schema,
                              const weir::json_options& options = {}) {
  auto lines = weir::json_lines_reader::make(wanted, options);
  REQUIRE(lines.ok());
  const auto taken = lines->append(text, true);
  REQUIRE(taken.ok());
  REQUIRE(*taken == text.size());
  return rows_of(*lines->finish());
}

weir::schema inferred(const std::vector<std::string_view>& documents, const weir::json_options& options = {}) {
  const auto made = weir::infer_json_schema(documents, options);
  REQUIRE(made.ok());
  return *made;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("json_lines_reader gives a row a line and passes over lines of blanks") {
  CHECK(read("") == texts{});
  CHECK(read("{\"a\":1}\n\n  \t\r\n{\"a\":2,\"b\":\"x\"}\r\n{\"b\":\"y\"}") ==
        texts{R"({"a":1,"b":null})", R"({"a":2,"b":"x"})", R"({"a":null,"b":"y"})"});
}

TEST_CASE("json_lines_reader takes the elements of an array as rows") {
  CHECK(read("[{\"a\":1},{\"b\":\"x\"}]\n[]\n{\"a\":3}\n") ==
        texts{R"({"a":1,"b":null})", R"({"a":null,"b":"x"})", R"({"a":3,"b":null})"});
  const auto null_row = R"({"a":null,"b":null})";
  CHECK(read("[{\"a\":1},2]\n[[{\"a\":1}]]\n[{\"a\":1},null]\n[{\"a\":1}") == texts(4, null_row));
  CHECK(read(R"([{"a":1},{"a":"x"}])", corrupt_schema, {.corrupt_record_column = "bad"}) ==
        texts{R"({"a":1,"bad":"[{\"a\":1},{\"a\":\"x\"}]"})", R"({"a":null,"bad":"[{\"a\":1},{\"a\":\"x\"}]"})"});
}

TEST_CASE("json_lines_reader: modes") {
  const std::string text = "{\"a\":1}\n{\"a\":\xff}\n{\"a\":\"x\"}\n{\"a\":4}\n";
  CHECK(read(text, corrupt_schema, {.corrupt_record_column = "bad"}) ==
        texts{R"({"a":1,"bad":null})", "{\"a\":null,\"bad\":\"{\\\"a\\\":\uFFFD}\"}",
              R"({"a":null,"bad":"{\"a\":\"x\"}"})", R"({"a":4,"bad":null})"});
  auto dropping = weir::json_lines_reader::make(pair_schema, {.mode = malformed_mode::drop_malformed});
  REQUIRE(dropping.ok());
  REQUIRE(dropping->append(text, true).ok());
  CHECK(dropping->malformed() == 2);
  CHECK(rows_of(*dropping->finish()) == texts{R"({"a":1,"b":null})", R"({"a":4,"b":null})"});
  auto failing = weir::json_lines_reader::make(pair_schema, {.mode = malformed_mode::failfast});
  REQUIRE(failing.ok());
  CHECK(failing->append(text, true).error().code() == weir::errc::invalid_row);
}

TEST_CASE("json_lines_reader takes whole lines, up to a full batch") {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += "{\"a\":" + std::to_string(i) + "}\n";
  text += "{\"a\":2000";
  auto lines = weir::json_lines_reader::make(pair_schema);
  REQUIRE(lines.ok());
  std::string_view rest = text;
  std::vector<std::int64_t> sizes;
  std::int64_t next = 0;
  const auto finish = [&] {
    const auto rows = lines->finish();
    sizes.push_back(rows->num_rows());
    for (std::int64_t i = 0; i < rows->num_rows(); ++i)
      REQUIRE(static_cast<const arrow::Int64Array&>(*rows->column(0)).Value(i) == next++);
  };
  for (;;) {
    const auto taken = lines->append(rest, false);
    REQUIRE(taken.ok());
    rest.remove_prefix(*taken);
    if (!lines->full())
      break;
    finish();
  }
  CHECK(rest == "{\"a\":2000");
  REQUIRE(lines->append("{\"a\":20000}", true).ok());
  finish();
  CHECK(sizes == std::vector<std::int64_t>{8192, 8192, 20'001 - 2 * 8192});
}

TEST_CASE("F05 infer_json_schema: types, names in order, conflicts are utf8") {
  CHECK(inferred({R"({"z":1,"a":"x","m":true})", R"({"z":null,"b":1.5})"}).to_string() ==
        "a: utf8, b: float64, m: boolean, z: int64");
  CHECK(inferred({R"({"a":1})", R"({"a":1.5})"}).to_string() == "a: float64");
  CHECK(inferred({R"({"a":1})", R"({"a":"x"})"}).to_string() == "a: utf8");
  CHECK(inferred({R"({"a":1})", R"({"a":true})"}).to_string() == "a: utf8");
  CHECK(inferred({R"({"a":{"b":1}})", R"({"a":[1]})"}).to_string() == "a: utf8");
  CHECK(inferred({R"({"a":null,"b":[],"c":[null],"d":{},"e":[{}]})"}).to_string() ==
        "a: utf8, b: list<utf8>, c: list<utf8>");
  CHECK(inferred({R"({"a":18446744073709551615})"}).to_string() == "a: float64");
  CHECK(inferred({R"({"s":{"y":1,"x":[{"q":1},{"r":"t","q":2.5}]}})", "", R"({"s":{"w":false}})"}).to_string() ==
        "s: struct<w: boolean, x: list<struct<q: float64, r: utf8>>, y: int64>");
  CHECK(inferred({R"([{"a":1},{"b":2}])"}).to_string() == "a: int64, b: int64");
  CHECK(inferred({}).size() == 0);
}

TEST_CASE("F05 infer_json_schema: malformed documents") {
  CHECK(inferred({R"({"b":1})", "{"}).to_string() == "b: int64");
  CHECK(inferred({R"({"b":1})", "7"}, {.corrupt_record_column = "_corrupt"}).to_string() == "_corrupt: utf8, b: int64");
  CHECK(inferred({R"({"b":1})"}, {.corrupt_record_column = "_corrupt"}).to_string() == "b: int64");
  CHECK(inferred({R"({"b":1})", "{"}, {.mode = malformed_mode::drop_malformed, .corrupt_record_column = "c"})
            .to_string() == "b: int64");
  const std::vector<std::string_view> documents{R"({"b":1})", "{b}"};
  CHECK(weir::infer_json_schema(documents, {.mode = malformed_mode::failfast}).error().code() ==
        weir::errc::invalid_row);
  CHECK(inferred({std::string_view{"{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}})
            .size() == 0);
}
