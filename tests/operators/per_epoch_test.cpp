// A step with state whose state lasts an epoch.
#include "catch.hpp"

#include <weir/operators/per_epoch.hpp>

#include "operators/drive.hpp"

using namespace weir;
using weir_test::epoch_rows;
using weir_test::rows_of;
using texts = std::vector<std::string>;

namespace {

const schema numbers{{"value", int64}};

/// Sums its rows over epochs, and gives the sum at the end of each, a row a call of finish(), twice. Rows of -1 are
/// taken for late ones.
class running_sum : public operator_description {
public:
  struct counts {
    int made = 0, open = 0, closed = 0;
  };

  running_sum(std::vector<int> keys, std::shared_ptr<counts> seen) : keys_{std::move(keys)}, seen_{std::move(seen)} {}

  std::string kind() const override { return "sum"; }
  result<schema> bind(std::span<const schema> inputs) const override { return inputs[0]; }
  std::vector<int> key_columns(int /*port*/) const override { return keys_; }
  std::optional<schema> state_schema() const override { return schema{{"sum", int64}}; }
  std::map<std::string, std::string> fixed_settings() const override { return {{"kept", "yes"}}; }
  bool uses_event_time() const override { return true; }
  std::optional<schema> side_output(int port) const override {
    return port == late_rows_port ? std::optional{numbers} : std::nullopt;
  }
  std::string output_event_time() const override { return "ts"; }
  std::string details() const override { return "of value"; }
  std::unique_ptr<operator_instance> instantiate() const override {
    ++seen_->made;
    return std::make_unique<instance>(seen_);
  }

private:
  class instance : public operator_instance {
  public:
    explicit instance(std::shared_ptr<counts> seen) : seen_{std::move(seen)} {}
    status open(const operator_context& context) override {
      seen_->open += context.partitions;
      return {};
    }
    status process(const epoch_context& /*epoch*/, int /*port*/, const batch& rows, collector& out) override {
      for (const auto& text : weir_test::texts(rows)) {
        if (text == "-1") {
          out.emit(rows, late_rows_port);
          ++metrics_.rows_dropped_by_watermark;
        }
        sum_ += std::stoi(text);
      }
      metrics_.rows_in += rows.num_rows();
      return {};
    }
    status process_keyed(const epoch_context& epoch, int port, keyed_rows rows, collector& out) override {
      return process(epoch, port, rows.rows, out);
    }
    result<bool> finish(const epoch_context& /*epoch*/, collector& out) override {
      out.emit(rows_of(numbers, "[[" + std::to_string(sum_) + "]]"));
      ++metrics_.rows_out;
      return std::exchange(again_, true);
    }
    wakeup next_wakeup() const override { return {timestamp{}, timestamp{}}; }
    operator_metrics take_metrics() override {
      auto taken = std::exchange(metrics_, {});
      taken.state_rows_total = taken.state_rows_updated = taken.state_rows_removed = taken.state_bytes = 1;
      return taken;
    }
    void close() override { ++seen_->closed; }

  private:
    std::shared_ptr<counts> seen_;
    std::int64_t sum_ = 0;
    bool again_ = false;
    operator_metrics metrics_;
  };

  std::vector<int> keys_;
  std::shared_ptr<counts> seen_;
};

}  // namespace

TEST_CASE("per_epoch: the state lasts an epoch, and is made for the epochs that need it") {
  const auto seen = std::make_shared<running_sum::counts>();
  const per_epoch_operator of{std::make_shared<running_sum>(std::vector<int>{0}, seen)};
  const auto instance = of.instantiate();
  operator_context context;
  context.partitions = 3;
  REQUIRE(instance->open(context).ok());
  CHECK(seen->made == 0);
  CHECK(epoch_rows(*instance, {rows_of(numbers, "[[1], [2]]"), rows_of(numbers, "[[3]]")}) == texts{"6", "6"});
  CHECK(seen->made == 1);
  CHECK(seen->open == 3);
  CHECK(seen->closed == 1);
  const auto metrics = instance->take_metrics();
  CHECK(metrics.rows_in == 3);
  CHECK(metrics.rows_out == 2);
  CHECK(metrics.state_rows_total == 0);
  CHECK(metrics.state_rows_updated == 0);
  CHECK(metrics.state_rows_removed == 0);
  CHECK(metrics.state_bytes == 0);
  CHECK(instance->take_metrics().rows_in == 0);

  CHECK(epoch_rows(*instance, {}).empty());
  CHECK(seen->made == 1);
  CHECK(epoch_rows(*instance, {rows_of(numbers, "[[4]]")}) == texts{"4", "4"});
  CHECK(seen->made == 2);
  CHECK_FALSE(instance->next_wakeup().event_time);
  CHECK_FALSE(instance->next_wakeup().processing_time);

  weir_test::kept_rows out;
  REQUIRE(instance->process_keyed({}, 0, {rows_of(numbers, "[[-1]]"), nullptr, {0}}, out).ok());
  CHECK(out.rows(late_rows_port) == texts{"-1"});
  instance->close();
  CHECK(instance->take_metrics().rows_dropped_by_watermark == 1);
  CHECK(seen->made == 3);
  CHECK(seen->closed == 3);
}

TEST_CASE("A02 per_epoch: without keys an epoch with data has a result even if no row arrived") {
  const auto seen = std::make_shared<running_sum::counts>();
  const auto instance = per_epoch_operator{std::make_shared<running_sum>(std::vector<int>{}, seen)}.instantiate();
  epoch_context epoch;
  CHECK(epoch_rows(*instance, {}, epoch) == texts{"0", "0"});
  epoch.has_data = false;
  CHECK(epoch_rows(*instance, {}, epoch).empty());
}

TEST_CASE("per_epoch: it is described as the step inside, without state") {
  const per_epoch_operator of{
      std::make_shared<running_sum>(std::vector<int>{0}, std::make_shared<running_sum::counts>())};
  CHECK(of.kind() == "sum_per_epoch");
  CHECK(of.details() == "of value, per epoch");
  CHECK(of.bind(std::vector{numbers}));
  CHECK(of.key_columns(0) == std::vector{0});
  CHECK_FALSE(of.state_schema());
  CHECK(of.fixed_settings().empty());
  CHECK_FALSE(of.uses_event_time());
  CHECK(of.output_event_time() == "ts");
  CHECK(of.side_output(late_rows_port) == numbers);
  CHECK_FALSE(of.side_output(refused_rows_port));
}
