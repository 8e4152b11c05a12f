// Unions by position and by name: what the columns become, and what is refused.
#include "catch.hpp"

#include <weir/operators/union.hpp>

#include "operators/drive.hpp"

using namespace weir;
using weir_test::rows_of;
using texts = std::vector<std::string>;

namespace {

union_operator by_position(std::vector<schema> inputs) { return union_operator{{.inputs = std::move(inputs)}}; }
union_operator by_name(std::vector<schema> inputs, bool allow_missing = false) {
  return union_operator{{.inputs = std::move(inputs), .by_name = true, .allow_missing = allow_missing}};
}

std::string bound(const union_operator& of, const std::vector<schema>& inputs) {
  const auto output = of.bind(inputs);
  return output ? output->to_string() : output.error().to_string();
}

/// The rows of a union of inputs, given as JSON; its batches must have the schema that bind() promises.
texts rows_through(const union_operator& of, const std::vector<schema>& inputs, const std::vector<std::string>& json) {
  const auto output = of.bind(inputs);
  REQUIRE(output);
  std::vector<std::pair<int, batch>> rows;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    rows.emplace_back(static_cast<int>(i), rows_of(inputs[i], json[i]));
  weir_test::kept_rows out;
  REQUIRE(weir_test::run_epoch(*of.instantiate(), rows, out).ok());
  for (const auto& one : out.batches[0]) {
    CHECK(*schema::from_arrow(*one.arrow()->schema()) == *output);
    CHECK(one.arrow()->ValidateFull().ok());
  }
  return out.rows();
}

/// The column type of a union of one column of types `a` and `b`, in either order.
std::string together(const data_type& a, const data_type& b) {
  const std::vector<schema> inputs{{{"x", a}}, {{"x", b}}}, turned{inputs[1], inputs[0]};
  const auto output = by_position(inputs).bind(inputs);
  const auto other = by_position(turned).bind(turned);
  CHECK(output.ok() == other.ok());
  if (!output)
    return std::string{to_string(output.error().code())};
  CHECK(*output == *other);
  return (*output)[0].type.to_string();
}

}  // namespace

TEST_CASE("union: inputs of one schema pass as they are") {
  const std::vector<schema> inputs(2, schema{{"a", int32}, {"b", utf8, false}});
  const auto of = by_position(inputs);
  CHECK(of.kind() == "union");
  CHECK(of.inputs() == 2);
  CHECK(bound(of, inputs) == inputs[0].to_string());
  const auto rows = rows_of(inputs[0], R"([[1, "x"]])");
  weir_test::kept_rows out;
  REQUIRE(weir_test::run_epoch(*of.instantiate(), {{1, rows}}, out).ok());
  CHECK(out.batches[0].at(0).arrow() == rows.arrow());
}

TEST_CASE("union: columns of two types become one that holds both, as in Spark") {
  CHECK(together(int32, int64) == "int64");
  CHECK(together(int8, int16) == "int16");
  CHECK(together(int32, float64) == "float64");
  CHECK(together(int64, float32) == "float64");
  CHECK(together(float32, float64) == "float64");
  CHECK(together(decimal_of(10, 2), decimal_of(8, 5)) == "decimal(13, 5)");
  CHECK(together(decimal_of(10, 2), int64) == "decimal(22, 2)");
  CHECK(together(decimal_of(10, 2), float32) == "float64");
  CHECK(together(decimal_of(38, 0), decimal_of(38, 38)) == "type_mismatch");
  CHECK(together(date_type, timestamp_type) == "timestamp");
  CHECK(together(utf8, int32) == "type_mismatch");
  CHECK(together(boolean, int32) == "type_mismatch");
  CHECK(together(duration_type, int64) == "type_mismatch");
  CHECK(together(list_of({"element", int32, false}), list_of({"element", int64})) == "list<int64>");
  CHECK(together(struct_of({{"a", int32, false}}), struct_of({{"a", float64}})) == "struct<a: float64>");
  CHECK(together(struct_of({{"a", int32}}), struct_of({{"b", int32}})) == "type_mismatch");
  CHECK(together(struct_of({{"a", int32}}), struct_of({{"a", int32}, {"b", int32}})) == "type_mismatch");
  CHECK(together(map_of(int32, {"value", int32}), map_of(int64, {"value", int32, false})) == "map<int64, int32>");
}

TEST_CASE("union: values become the wider type, also within structures, lists and maps") {
  const std::vector<schema> inputs{
      {{"n", int32, false}, {"d", decimal_of(5, 1)}, {"t", date_type}, {"xs", list_of({"element", int8, false})}},
      {{"n", int64}, {"d", int32}, {"t", timestamp_type}, {"xs", list_of({"element", float32})}}};
  CHECK(rows_through(by_position(inputs), inputs,
                     {R"([[1, "2.5", 1, [3, 4]], [2, null, null, null]])",
                      "[[9223372036854775807, 7, 1000000, [0.5]], [null, null, null, null]]"}) ==
        texts{"1 2.5 1970-01-02 00:00:00 [3.0, 4.0]", "2 NULL NULL NULL",
              "9223372036854775807 7.0 1970-01-01 00:00:01 [0.5]", "NULL NULL NULL NULL"});
  const std::vector<schema> nested{{{"s", struct_of({{"m", map_of(utf8, {"value", int64, false})}}), false}},
                                   {{"s", struct_of({{"m", map_of(utf8, {"value", float64})}})}}};
  CHECK(rows_through(by_position(nested), nested,
                     {R"([[[[["a", 9007199254740993]]]]])", R"([[[[["b", null]]]], [null]])"}) ==
        texts{"{{a -> 9.007199254740992E15}}", "{{b -> NULL}}", "NULL"});
}

TEST_CASE("union: slices of a widened column are its own rows") {
  const std::vector<schema> inputs{{{"s", struct_of({{"n", int32}, {"xs", list_of({"element", int32})}})}},
                                   {{"s", struct_of({{"n", int64}, {"xs", list_of({"element", int64})}})}}};
  const auto of = by_position(inputs);
  weir_test::kept_rows out;
  const auto rows = rows_of(inputs[0], "[[[1, [1]]], [[2, [2, 3]]], [null], [[4, null]]]");
  REQUIRE(weir_test::run_epoch(*of.instantiate(), {{0, rows.slice(1, 3)}}, out).ok());
  CHECK(out.rows() == texts{"{2, [2, 3]}", "NULL", "{4, NULL}"});
}

TEST_CASE("union: other names at a position are refused") {
  const std::vector<schema> inputs{{{"a", int32}}, {{"b", int32}}};
  CHECK(bound(by_position(inputs), inputs) ==
        "type_mismatch: union: other columns: input 0 is (a: int32), input 1 is (b: int32); union_by_name matches "
        "columns by name");
  const std::vector<schema> types{{{"a", int32}}, {{"a", int64}}, {{"a", utf8}}};
  CHECK(bound(by_position(types), types) ==
        "type_mismatch: union: column 'a' is utf8 in input 2, int64 before; there is no type for both");
  CHECK(by_position(types).bind(inputs).error().code() == errc::type_mismatch);
  CHECK(by_position({inputs[0]}).bind(inputs).error().code() == errc::type_mismatch);
  CHECK(by_position({}).bind({}).error().code() == errc::invalid_argument);
}

TEST_CASE("union_by_name: columns come in the first input's order") {
  const std::vector<schema> inputs{{{"a", int32}, {"b", utf8}}, {{"b", utf8}, {"a", int64}}};
  const auto of = by_name(inputs);
  CHECK(of.kind() == "union_by_name");
  CHECK(bound(of, inputs) == "a: int64, b: utf8");
  CHECK(rows_through(of, inputs, {R"([[1, "x"]])", R"([["y", 2]])"}) == texts{"1 x", "2 y"});
}

TEST_CASE("union_by_name: missing columns are null where that is allowed, else refused") {
  const std::vector<schema> inputs{{{"a", int32, false}, {"b", utf8, false}},
                                   {{"c", float64, false}, {"a", int32, false}}};
  const auto of = by_name(inputs, true);
  CHECK(bound(of, inputs) == "a: int32 not null, b: utf8, c: float64");
  CHECK(of.details() == "missing columns are null");
  CHECK(rows_through(of, inputs, {R"([[1, "x"]])", "[[0.5, 2]]"}) == texts{"1 x NULL", "2 NULL 0.5"});

  CHECK(bound(by_name(inputs), inputs) ==
        "unknown_column: union_by_name: column 'c' of input 1 is not in input 0 (a: int32 not null, b: utf8 not null); "
        "allow_missing fills it with nulls");
  const std::vector<schema> fewer{{{"a", int32}, {"b", utf8}}, {{"a", int32}}};
  CHECK(bound(by_name(fewer), fewer) == "unknown_column: union_by_name: no column 'b' in input 1 (a: int32); "
                                        "allow_missing fills it with nulls");
  const std::vector<schema> twice{{{"a", int32}}, {{"a", int32}, {"a", int32}}};
  CHECK(bound(by_name(twice), twice) == "invalid_argument: union_by_name: input 1 has several columns named 'a'");
  const std::vector<schema> types{{{"a", int32}}, {{"a", utf8}}};
  CHECK(bound(by_name(types, true), types) ==
        "type_mismatch: union_by_name: column 'a' is utf8 in input 1, int32 before; there is no type for both");
}
