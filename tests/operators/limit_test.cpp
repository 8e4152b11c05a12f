// L01, C054: limits over epochs and within them.
#include "catch.hpp"

#include <weir/operators/limit.hpp>
#include <weir/state/checkpoint.hpp>

#include "operators/drive.hpp"

using namespace weir;
using weir_test::epoch_rows;
using weir_test::rows_of;
using texts = std::vector<std::string>;

namespace {

const schema numbers{{"value", int32, false}};

batch values(const std::vector<int>& of) {
  std::string json;
  for (const auto value : of)
    json += (json.empty() ? "[" : ", [") + std::to_string(value) + "]";
  return rows_of(numbers, "[" + json + "]");
}

limit_operator limit(std::int64_t rows) { return limit_operator{{.rows = rows}}; }

/// A limit that is stopped, and started again from its changes, after every epoch.
class restarted_limit {
public:
  explicit restarted_limit(std::int64_t rows) : of_{limit(rows)} {}

  texts epoch(const std::vector<batch>& rows) {
    const auto instance = of_.instantiate();
    for (const auto& one : log_)
      REQUIRE(instance->restore(one).ok());
    auto passed = epoch_rows(*instance, rows);
    const auto changes = instance->take_changes();
    REQUIRE(changes);
    if (changes->num_rows() > 0)
      log_.push_back(*changes);
    REQUIRE(instance->take_changes()->num_rows() == 0);
    metrics = instance->take_metrics();
    return passed;
  }
  const std::vector<batch>& log() const { return log_; }

  operator_metrics metrics;

private:
  limit_operator of_;
  std::vector<batch> log_;
};

}  // namespace

TEST_CASE("C054 L01: rows beyond the limit are dropped for ever, over restarts") {
  restarted_limit four{4};
  CHECK(four.epoch({values({1, 2})}) == texts{"1", "2"});
  CHECK(four.metrics.state_rows_total == 1);
  CHECK(four.metrics.state_rows_updated == 1);
  CHECK(four.epoch({}).empty());
  CHECK(four.metrics.state_rows_total == 1);
  CHECK(four.metrics.state_rows_updated == 0);
  CHECK(four.epoch({values({3}), values({4, 5, 6})}) == texts{"3", "4"});
  CHECK(four.log().size() == 2);
  CHECK(four.epoch({values({7, 8, 9})}).empty());
  CHECK(four.metrics.rows_in == 3);
  CHECK(four.metrics.rows_out == 0);
  CHECK(four.log().size() == 2);
}

TEST_CASE("C054 L01: limits in a row compose to the smaller one") {
  const auto four = limit(4).instantiate();
  const auto two = limit(2).instantiate();
  const auto epoch = [&](const batch& rows) {
    weir_test::kept_rows between;
    REQUIRE(weir_test::run_epoch(*four, {{0, rows}}, between).ok());
    return epoch_rows(*two, between.batches[0]);
  };
  CHECK(epoch(values({1})) == texts{"1"});
  CHECK(epoch(values({2, 3, 4, 5, 6, 7, 8})) == texts{"2"});
  CHECK(epoch(values({9})).empty());
}

TEST_CASE("C054 L01: a limit of nothing is legal, a negative one is not") {
  restarted_limit none{0};
  CHECK(none.epoch({values({1, 2})}).empty());
  CHECK(none.log().empty());
  CHECK(none.metrics.state_rows_total == 0);
  CHECK(limit(0).bind(std::vector{numbers}));
  CHECK(limit(-1).bind(std::vector{numbers}).error().to_string() ==
        "invalid_argument: limit: -1 rows; expected 0 or a positive number");
}

TEST_CASE("C054 L01: a limit of each epoch keeps nothing") {
  const limit_operator of{{.rows = 2, .per_epoch = true}};
  CHECK_FALSE(of.state_schema());
  CHECK(of.fixed_settings().empty());
  const auto instance = of.instantiate();
  CHECK(epoch_rows(*instance, {values({1}), values({2, 3})}) == texts{"1", "2"});
  CHECK(epoch_rows(*instance, {}).empty());
  CHECK(epoch_rows(*instance, {values({4, 5, 6})}) == texts{"4", "5"});
  CHECK(instance->take_metrics().state_rows_total == 0);
}

TEST_CASE("L01: what a checkpoint knows of a limit") {
  const auto of = limit(7);
  CHECK(of.state_schema() == make_state_schema({{"partition", int32, false}}, {{"rows", int64, false}}));
  CHECK(of.fixed_settings() == std::map<std::string, std::string>{{"rows", "7"}});
  CHECK(limit_operator{{.rows = 1, .event_time = "ts"}}.output_event_time() == "ts");
}
