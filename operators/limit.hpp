#pragma once

#include <cstdint>
#include <string>

#include <weir/operators/operator.hpp>

namespace weir {

struct limit_options {
  std::int64_t rows = 0;
  bool per_epoch = false;       ///< the first rows of each epoch, and no state: for complete mode and bounded input
  std::string event_time = {};  ///< the input's event-time column, which stays the output's; empty: it has none
};

/// The first rows of the query (L01): how many have passed is its state, those beyond are dropped for ever. Rows of
/// several inputs pass in the order in which they arrive. It has one partition.
class limit_operator : public operator_description {
public:
  explicit limit_operator(limit_options options) : options_{std::move(options)} {}

  std::string kind() const override { return "limit"; }
  /// Errors: invalid_argument for a negative limit. None at all (0) is legal.
  result<schema> bind(std::span<const schema> inputs) const override;
  std::unique_ptr<operator_instance> instantiate() const override;
  std::optional<schema> state_schema() const override;
  std::map<std::string, std::string> fixed_settings() const override;
  bool one_to_one() const override { return true; }
  std::string output_event_time() const override { return options_.event_time; }
  std::string details() const override;

private:
  limit_options options_;
};

}  // namespace weir
