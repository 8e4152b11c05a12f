// A row for each element of a list or entry of a map.
#include "catch.hpp"

#include <algorithm>
#include <numeric>

#include <weir/operators/explode.hpp>

#include "operators/drive.hpp"

using namespace weir;
using weir_test::rows_of;
using texts = std::vector<std::string>;

namespace {

/// What an explosion of `rows` gives; its batches must have the schema that bind() promises.
texts exploded(const explode_options& options, const schema& columns, const batch& rows) {
  const explode_operator of{options};
  const auto output = of.bind(std::vector{columns});
  REQUIRE(output);
  weir_test::kept_rows out;
  REQUIRE(weir_test::run_epoch(*of.instantiate(), {{0, rows}}, out).ok());
  for (const auto& one : out.batches[0]) {
    CHECK(*schema::from_arrow(*one.arrow()->schema()) == *output);
    CHECK(one.arrow()->ValidateFull().ok());
  }
  return out.rows();
}

const schema with_list{{"a", int32}, {"xs", list_of({"element", utf8})}, {"b", utf8}};
const std::string lists = R"([[1, ["x", null, "y"], "p"], [2, [], "q"], [3, null, "r"], [4, ["z"], null]])";
const schema with_map{{"m", map_of(utf8, {"value", int64})}, {"a", int32}};
const std::string maps = R"([[[["k", 1], ["l", null]], 1], [[], 2], [null, 3], [[["m", 5]], 4]])";

}  // namespace

TEST_CASE("explode: a row for each element of a list, in its place; none for null and empty ones") {
  CHECK(exploded({"xs", {"x"}}, with_list, rows_of(with_list, lists)) ==
        texts{"1 x p", "1 NULL p", "1 y p", "4 z NULL"});
  CHECK(exploded({"xs", {"x"}, true}, with_list, rows_of(with_list, lists)) ==
        texts{"1 x p", "1 NULL p", "1 y p", "2 NULL q", "3 NULL r", "4 z NULL"});
  CHECK(exploded({"xs", {"xs"}}, with_list, rows_of(with_list, lists).slice(1, 3)) == texts{"4 z NULL"});
  CHECK(exploded({"xs", {"xs"}}, with_list, rows_of(with_list, "[]")).empty());
  // A null list may hide elements.
  const auto hidden = rows_of({{"xs", with_list[1].type}}, R"([[["a"]], [["b", "c"]], [["d"]]])");
  auto column = hidden.arrow()->column(0)->data()->Copy();
  column->buffers[0] = arrow::Buffer::FromString("\x05");
  column->null_count = 1;
  const batch rows{arrow::RecordBatch::Make(hidden.arrow()->schema(), 3, {arrow::MakeArray(column)})};
  CHECK(exploded({"xs", {"x"}}, {{"xs", with_list[1].type}}, rows) == texts{"a", "d"});
  CHECK(exploded({"xs", {"x"}, true}, {{"xs", with_list[1].type}}, rows) == texts{"a", "NULL", "d"});
  CHECK(exploded({"xs", {"xs"}}, with_list, rows_of(with_list, lists).slice(1, 2)).empty());
}

TEST_CASE("explode: a row for each entry of a map, in two columns") {
  CHECK(exploded({"m", {"k", "v"}}, with_map, rows_of(with_map, maps)) == texts{"k 1 1", "l NULL 1", "m 5 4"});
  CHECK(exploded({"m", {"k", "v"}, true}, with_map, rows_of(with_map, maps)) ==
        texts{"k 1 1", "l NULL 1", "NULL NULL 2", "NULL NULL 3", "m 5 4"});
  CHECK(exploded({"m", {"k", "v"}}, with_map, rows_of(with_map, maps).slice(2, 2)) == texts{"m 5 4"});
}

TEST_CASE("explode: a list that is the only column; lists of structures and of lists") {
  const schema alone{{"xs", list_of({"element", int64, false}), false}};
  CHECK(exploded({"xs", {"x"}}, alone, rows_of(alone, "[[[1, 2]], [[3]]]")) == texts{"1", "2", "3"});
  const schema nested{{"xs", list_of({"element", struct_of({{"a", int32}, {"bs", list_of({"element", int32})}})})}};
  CHECK(exploded({"xs", {"x"}}, nested, rows_of(nested, "[[[[1, [2, 3]], [4, null]]]]")) ==
        texts{"{1, [2, 3]}", "{4, NULL}"});
}

TEST_CASE("explode: batches stay bounded by rows, and by bytes where a repeated column is large") {
  const schema columns{{"text", utf8}, {"xs", list_of({"element", int32})}};
  const auto sizes = [&](std::size_t bytes) {
    std::string list;
    for (int i = 0; i < 10'000; ++i)
      list += (i > 0 ? "," : "") + std::to_string(i);
    const auto rows = rows_of(columns, "[[\"" + std::string(bytes, 't') + "\", [" + list + "]], [\"u\", [7]]]");
    weir_test::kept_rows out;
    const auto instance = explode_operator{{"xs", {"x"}}}.instantiate();
    REQUIRE(weir_test::run_epoch(*instance, {{0, rows}}, out).ok());
    const auto metrics = instance->take_metrics();
    CHECK(metrics.rows_in == 2);
    CHECK(metrics.rows_out == 10'001);
    std::vector<std::int64_t> found;
    for (const auto& one : out.batches[0])
      found.push_back(one.num_rows());
    return found;
  };
  CHECK(sizes(1) == std::vector<std::int64_t>{8192, 1809});
  const auto large = sizes(64 * 1024);
  CHECK(large.size() > 8);
  CHECK(*std::max_element(large.begin(), large.end()) <= 1024);
  CHECK(std::accumulate(large.begin(), large.end(), std::int64_t{0}) == 10'001);
}

TEST_CASE("explode: what is refused names the column") {
  const auto refused = [](const explode_options& options, const schema& columns) {
    return explode_operator{options}.bind(std::vector{columns}).error().to_string();
  };
  CHECK(refused({"ys", {"y"}}, {{"a", int32}}) == "unknown_column: explode: no column 'ys' in (a: int32)");
  CHECK(refused({"a", {"y"}, true}, {{"a", int32}}) ==
        "type_mismatch: explode_outer: column 'a': expected list or map, got int32");
  CHECK(refused({"m", {"k"}}, with_map) ==
        "invalid_argument: explode: column 'm': map<utf8, int64> gives 2 columns, 1 names were given");
  CHECK(refused({"xs", {"b"}}, with_list) == "invalid_argument: explode: column 'xs': another column is named 'b'");
  CHECK(refused({"m", {"k", "k"}}, with_map) == "invalid_argument: explode: column 'm': another column is named 'k'");
  CHECK(explode_operator{{"m", {"k", "v"}}}.details() == "m as k, v");
}
