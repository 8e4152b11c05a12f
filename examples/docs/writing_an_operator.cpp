#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <arrow/api.h>
#include <boost/describe.hpp>

#include <weir/operators/operator.hpp>
#include <weir/sinks/lines.hpp>
#include <weir/sources/memory.hpp>
#include <weir/stream/engine.hpp>
#include <weir/stream/graph.hpp>

/// The rows with the `count` largest values of a column, epoch by epoch, largest first.
class top_rows : public weir::operator_description {
public:
  top_rows(std::string column, std::size_t count) : column_{std::move(column)}, count_{count} {}

  std::string kind() const override { return "top_rows"; }
  std::string details() const override { return std::to_string(count_) + " by " + column_; }
  /// Everything that can be wrong is found here, when the graph is made.
  weir::result<weir::schema> bind(std::span<const weir::schema> inputs) const override {
    const auto index = inputs[0].index_of(column_);
    if (index < 0)
      return weir::status{weir::errc::unknown_column, "no column '" + column_ + "' in " + inputs[0].to_string()};
    if (const auto type = inputs[0][static_cast<std::size_t>(index)].type; type != weir::float64)
      return weir::status{weir::errc::type_mismatch,
                          "column '" + column_ + "': expected float64, got " + type.to_string()};
    return inputs[0];
  }
  std::unique_ptr<weir::operator_instance> instantiate() const override {
    return std::make_unique<instance>(column_, count_);
  }

private:
  /// What varies: a plain object, called by one thread at a time.
  class instance : public weir::operator_instance {
  public:
    instance(std::string column, std::size_t count) : column_{std::move(column)}, count_{count} {}

    weir::status process(const weir::epoch_context& /*epoch*/, int /*port*/, const weir::batch& rows,
                         weir::collector& /*out*/) override {
      const auto values = std::static_pointer_cast<arrow::DoubleArray>(rows.arrow()->GetColumnByName(column_));
      for (std::int64_t i = 0; i < values->length(); ++i)
        if (values->IsValid(i))
          best_.push_back({values->Value(i), rows.slice(i, 1)});
      const auto kept = std::min(count_, best_.size());
      std::ranges::partial_sort(best_, best_.begin() + static_cast<std::ptrdiff_t>(kept), std::greater<>{},
                                &candidate::value);
      best_.resize(kept);
      metrics_.rows_in += rows.num_rows();
      return {};
    }
    weir::result<bool> finish(const weir::epoch_context& /*epoch*/, weir::collector& out) override {
      metrics_.rows_out += static_cast<std::int64_t>(best_.size());
      for (auto& one : best_)
        out.emit(std::move(one.row));
      best_.clear();
      return true;
    }
    weir::operator_metrics take_metrics() override { return std::exchange(metrics_, {}); }

  private:
    struct candidate {
      double value = 0;
      weir::batch row;
    };
    std::string column_;
    std::size_t count_;
    std::vector<candidate> best_;
    weir::operator_metrics metrics_;
  };

  std::string column_;
  std::size_t count_;
};

struct bet {
  std::string player;
  double amount;
};
BOOST_DESCRIBE_STRUCT(bet, (), (player, amount))

int main() {
  const weir::sources::memory_input<bet> input;
  weir::graph graph;
  const auto bets = graph.add_source("bets", weir::sources::memory<bet>{input});
  const auto largest = graph.add_operator("largest", std::make_shared<top_rows>("amount", 2), {bets});
  graph.add_sink("out", weir::sinks::lines{.out = &std::cout}, largest);

  weir::engine engine;
  const auto query = engine.start(graph.build({.name = "by hand"}));
  input.add_data({{"anna", 5}, {"bert", 70}, {"cleo", 20}});
  query.process_all_available();
  input.add_data({{"dora", 1}});
  query.process_all_available();
  query.stop();

  try {
    graph.add_operator("misspelt", std::make_shared<top_rows>("amuont", 2), {bets});
  } catch (const weir::analysis_error& error) {
    std::cout << error.what() << "\n";
  }
}
