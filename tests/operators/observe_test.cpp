// M06, C119 (d): values observed of an epoch's rows.
#include "catch.hpp"

#include <weir/columns/text.hpp>
#include <weir/operators/observe.hpp>

#include "operators/drive.hpp"

using namespace weir;
using weir_test::epoch_rows;
using weir_test::rows_of;
using texts = std::vector<std::string>;

namespace {

const schema numbers{{"x", int64}, {"even", int64}};

observe_options options_of(std::vector<aggregate_call> aggregates) { return {"stats", numbers, std::move(aggregates)}; }

std::vector<aggregate_call> all_calls() {
  return {{.kind = aggregate_kind::min, .arguments = {0}, .name = "min"},
          {.kind = aggregate_kind::max, .arguments = {0}, .name = "max"},
          {.kind = aggregate_kind::sum, .arguments = {0}, .name = "sum"},
          {.kind = aggregate_kind::count, .arguments = {1}, .name = "even"},
          {.kind = aggregate_kind::count, .arguments = {}, .name = "rows"},
          {.kind = aggregate_kind::avg, .arguments = {0}, .name = "avg"}};
}

std::string observed(operator_instance& of) {
  const auto metrics = of.take_metrics();
  if (metrics.observed.empty())
    return "nothing";
  REQUIRE(metrics.observed.size() == 1);
  const auto& row = metrics.observed.at("stats");
  REQUIRE(row.num_rows() == 1);
  CHECK(row.arrow()->ValidateFull().ok());
  return json_row(*row.arrow(), 0);
}

std::string refused(observe_options options) {
  const observe_operator of{std::move(options)};
  return of.bind(std::vector{numbers}).error().to_string();
}

}  // namespace

TEST_CASE("C119 M06: what is observed is of the epoch's rows, which pass unchanged") {
  const observe_operator of{options_of(all_calls())};
  REQUIRE(of.bind(std::vector{numbers}));
  CHECK(*of.bind(std::vector{numbers}) == numbers);
  CHECK_FALSE(of.state_schema());
  CHECK(of.details() == "stats: min, max, sum, even, rows, avg");
  const auto instance = of.instantiate();
  const auto rows = rows_of(numbers, "[[1, null], [2, 2]]");
  weir_test::kept_rows out;
  REQUIRE(weir_test::run_epoch(*instance, {{0, rows}}, out).ok());
  CHECK(out.batches[0].at(0).arrow() == rows.arrow());
  CHECK(observed(*instance) == R"({"min":1,"max":2,"sum":3,"even":1,"rows":2,"avg":1.5})");
  CHECK(epoch_rows(*instance, {rows_of(numbers, "[[10, 10], [30, 30]]"), rows_of(numbers, "[[-10, -10], [5, null]]")})
            .size() == 4);
  CHECK(observed(*instance) == R"({"min":-10,"max":30,"sum":35,"even":3,"rows":4,"avg":8.75})");
  CHECK(observed(*instance) == "nothing");
}

TEST_CASE("M06: an epoch with data of which no row came by has the values of no rows; one without data has none") {
  const auto instance = observe_operator{options_of(all_calls())}.instantiate();
  epoch_context epoch;
  CHECK(epoch_rows(*instance, {}, epoch).empty());
  CHECK(observed(*instance) == R"({"min":null,"max":null,"sum":null,"even":0,"rows":0,"avg":null})");
  epoch.has_data = false;
  CHECK(epoch_rows(*instance, {}, epoch).empty());
  CHECK(observed(*instance) == "nothing");
}

TEST_CASE("M06: a value that cannot be computed fails, with its name") {
  const auto instance =
      observe_operator{options_of({{.kind = aggregate_kind::sum, .arguments = {0}, .name = "total"}})}.instantiate();
  weir_test::kept_rows out;
  const auto failed =
      weir_test::run_epoch(*instance, {{0, rows_of(numbers, "[[9223372036854775807, 1], [1, 1]]")}}, out);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.message().find("observe: 'total' of 'stats': ") == 0);
}

TEST_CASE("M06: what is refused names the observation and the value") {
  const auto count = aggregate_call{.kind = aggregate_kind::count, .arguments = {}, .name = "n"};
  CHECK(refused({"", numbers, {count}}) == "invalid_argument: observe: it has no name");
  CHECK(refused(options_of({})) == "invalid_argument: observe: 'stats' has no aggregate");
  CHECK(refused(options_of({count, count})) == "invalid_argument: observe: two aggregates of 'stats' are named 'n'");
  CHECK(refused(options_of({{.kind = aggregate_kind::sum, .arguments = {2}, .name = "s"}})) ==
        "invalid_argument: observe: 's' is of column 2 of (x: int64, even: int64)");
  CHECK(refused({"stats", {{"t", utf8}}, {{.kind = aggregate_kind::sum, .arguments = {0}, .name = "s"}}})
            .starts_with("type_mismatch: "));
  CHECK(refused({"stats", {{"t", utf8}}, {count}}) ==
        "type_mismatch: observe: expected rows of (t: utf8), got (x: int64, even: int64)");
}
