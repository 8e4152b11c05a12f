#include "catch.hpp"

#include <sstream>

#include <boost/describe.hpp>

#include <weir/columns/row_codec.hpp>
#include <weir/sinks/console.hpp>
#include <weir/sinks/lines.hpp>

namespace {

struct person {
  std::string name;
  std::optional<double> balance;
  bool member;
};
BOOST_DESCRIBE_STRUCT(person, (), (name, balance, member))

weir::batch people() {
  weir::row_writer<person> rows;
  rows.append({"Anna", 39.5, true});
  rows.append({"日本語", std::nullopt, false});
  rows.append({"a name of more than twenty characters", 5, false});
  return rows.finish();
}

std::string commit(weir::result<std::unique_ptr<weir::sink>> opened) {
  weir::sink_context context;
  context.columns = weir::row_schema<person>();
  REQUIRE((*opened)->start(context).ok());
  REQUIRE((*opened)->stage(weir::epoch_id{7}, people()).ok());
  REQUIRE((*opened)->commit(weir::epoch_id{7}, {}).ok());
  (*opened)->stop();
  return {};
}

}  // namespace

TEST_CASE("the console prints tables as Spark's show() does", "[console]") {
  std::ostringstream out;
  commit(weir::sinks::console{.out = &out}.open());
  CHECK(out.str() == R"(-------------------------------------------
Batch: 7
-------------------------------------------
+--------------------+-------+------+
|                name|balance|member|
+--------------------+-------+------+
|                Anna|   39.5|  true|
|              日本語|   NULL| false|
|a name of more th...|    5.0| false|
+--------------------+-------+------+

)");
}

TEST_CASE("the console shows so many rows, whole when it is told not to cut", "[console]") {
  std::ostringstream out;
  commit(weir::sinks::console{.num_rows = 1, .truncate = 0, .out = &out}.open());
  CHECK(out.str().find("|Anna|39.5   |true  |\n") != std::string::npos);
  CHECK(out.str().find("only showing top 1 row\n") != std::string::npos);
}

TEST_CASE("lines are csv or json, flushed at the commit", "[lines]") {
  std::ostringstream csv;
  commit(weir::sinks::lines{.out = &csv}.open());
  CHECK(csv.str() == "Anna,39.5,true\n日本語,,false\na name of more than twenty characters,5,false\n");
  std::ostringstream json;
  commit(weir::sinks::lines{.out = &json, .format = weir::sinks::line_format::jsonl}.open());
  CHECK(json.str().starts_with("{\"name\":\"Anna\",\"balance\":39.5,\"member\":true}\n"));
}
