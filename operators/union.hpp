#pragma once

#include <weir/operators/operator.hpp>

namespace weir {

/// The rows of several inputs of one schema; the order within an input stays.
class union_operator : public operator_description {
public:
  explicit union_operator(int inputs) : inputs_{inputs} {}

  std::string kind() const override { return "union"; }
  result<schema> bind(std::span<const schema> inputs) const override;
  std::unique_ptr<operator_instance> instantiate() const override;
  int inputs() const override { return inputs_; }
  bool one_to_one() const override { return true; }

private:
  int inputs_;
};

}  // namespace weir
