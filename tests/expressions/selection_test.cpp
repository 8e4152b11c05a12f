#include <limits>

#include "catch.hpp"
#include "expressions/expression_test.hpp"

#include <weir/expressions/functions.hpp>
#include <weir/expressions/selection.hpp>

using namespace weir_test;
using weir::col;
using weir::lit;

namespace {

/// The rows that a condition selects, and that its values say it should: the two must not share code.
void check_selection(const weir::expression& condition, const weir::batch& rows) {
  INFO(condition.to_string());
  const auto bound = weir::bind_condition(condition, weir::row_schema<sample>());
  REQUIRE(bound.ok());
  std::vector<std::int64_t> selection{99};
  REQUIRE(weir::select_rows(*bound, rows, context(), selection).ok());
  std::vector<std::int64_t> wanted;
  const auto values = shown(*bound->evaluate(rows, context()));
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] == "true")
      wanted.push_back(static_cast<std::int64_t>(i));
  CHECK(selection == wanted);
}

}  // namespace

TEST_CASE("a condition selects the rows for which it is true, over blocks, slices and nulls") {
  std::vector<sample> rows;
  for (std::int64_t i = 0; i < 1'301; ++i) {
    auto& row = rows.emplace_back();
    if (i % 7 == 0)
      continue;
    row = {.flag = i % 2 == 0,
           .small = static_cast<int>(i % 50),
           .large = i,
           .real = i % 5 == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(i) / 2,
           .text = std::to_string(i % 12),
           .time = weir::timestamp{std::chrono::seconds{i}},
           .single = static_cast<float>(i % 3)};
  }
  const auto all = batch_of(rows);
  for (const auto& one : {all, all.slice(3, 1'000), all.slice(1'000, 5), all.slice(7, 0)}) {
    check_selection(col("large") > 1'200, one);
    check_selection(lit(std::int64_t{1'200}) > col("large"), one);
    check_selection(col("large") >= 600 && col("large") <= 700 && col("small") != 13, one);
    check_selection(col("real") > 500.0, one);
    check_selection(col("real") == lit(std::numeric_limits<double>::quiet_NaN()), one);
    check_selection(col("single") == lit(1.0F), one);
    check_selection(col("text") == "7", one);
    check_selection(col("text") != "7" && col("flag"), one);
    check_selection(col("text") < "3", one);
    check_selection(col("time") < "1970-01-01 00:10:00", one);
    check_selection(col("large") % 100 == 1 || col("flag"), one);
    check_selection(weir::pmod(col("small"), -7) == -3, one);
    check_selection(lit(true), one);
    check_selection(weir::null_of(weir::boolean), one);
  }
}

TEST_CASE("a condition that has no value for a row selects none") {
  const auto bound = weir::bind_condition(10 / col("large") > 1.0, weir::row_schema<sample>());
  std::vector<std::int64_t> selection;
  CHECK(weir::select_rows(*bound, batch_of({{.large = 1}, {.large = 0}}), context(), selection).code() ==
        weir::errc::invalid_row);
}
