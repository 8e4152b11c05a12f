#pragma once

#include <string>
#include <vector>

#include <weir/operators/aggregate.hpp>

namespace weir {

struct observe_options {
  std::string name;  ///< what its values are found by in progress; unique in the query
  schema input;
  std::vector<aggregate_call> aggregates;
};

/// Rows pass unchanged; aggregates of each epoch's rows are reported under the name with the progress of every epoch
/// with data (M06), also where no row came by. No state: an epoch's values are of its rows alone.
class observe_operator : public operator_description {
public:
  explicit observe_operator(observe_options options);

  std::string kind() const override { return "observe"; }
  /// Errors: invalid_argument without a name, without aggregates or with two of one name, for a column out of range and
  /// a wrong number of arguments; type_mismatch naming function, column, the type found and those accepted.
  result<schema> bind(std::span<const schema> inputs) const override;
  std::unique_ptr<operator_instance> instantiate() const override;
  bool one_to_one() const override { return true; }
  std::string details() const override;
  /// What its values are found by.
  const std::string& name() const noexcept { return options_.name; }

private:
  observe_options options_;
  result<schema> row_;  ///< of the values
};

}  // namespace weir
