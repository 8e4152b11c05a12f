#pragma once

#include <functional>

#include <weir/operators/operator.hpp>

namespace weir {

/// Whole record batches through a function; what it gives must have the columns that were promised, in any layout that
/// import_rows takes.
class batches_operator : public operator_description {
public:
  using function = std::function<result<batch>(const batch&)>;

  batches_operator(schema output, function apply, bool blocking)
      : output_{std::move(output)}, apply_{std::move(apply)}, blocking_{blocking} {}

  std::string kind() const override { return "map_batches"; }
  result<schema> bind(std::span<const schema> /*inputs*/) const override { return output_; }
  std::unique_ptr<operator_instance> instantiate() const override;
  bool blocking() const override { return blocking_; }

private:
  schema output_;
  function apply_;
  bool blocking_;
};

}  // namespace weir
