#pragma once

#include <weir/operators/operator.hpp>

namespace weir {

/// An operator with state whose state lasts an epoch: its instance begins anew in each, nothing of it is logged. An
/// aggregation so wrapped aggregates within the epoch, in any output mode.
///
/// The inner operator must give all it has in the epoch, as an aggregation in update or complete mode does; its timers
/// never come due. Not keyed, it is also made where an epoch has data of which no row arrived, so that a count of
/// nothing is 0 (A02).
class per_epoch_operator : public operator_description {
public:
  explicit per_epoch_operator(operator_ptr inner) : inner_{std::move(inner)} {}

  std::string kind() const override { return inner_->kind() + "_per_epoch"; }
  result<schema> bind(std::span<const schema> inputs) const override { return inner_->bind(inputs); }
  std::unique_ptr<operator_instance> instantiate() const override;
  int inputs() const override { return inner_->inputs(); }
  std::vector<int> key_columns(int port) const override { return inner_->key_columns(port); }
  bool mixes_inputs() const override { return true; }
  bool blocking() const override { return inner_->blocking(); }
  std::optional<timestamp> output_watermark(std::span<const std::optional<timestamp>> inputs) const override {
    return inner_->output_watermark(inputs);
  }
  std::string output_event_time() const override { return inner_->output_event_time(); }
  std::optional<schema> side_output(int port) const override { return inner_->side_output(port); }
  std::string details() const override;

private:
  operator_ptr inner_;
};

}  // namespace weir
