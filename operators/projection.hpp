#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/expressions/expression.hpp>
#include <weir/operators/row_step.hpp>

namespace weir {

/// Rows for which a condition is true (null is not), then new columns made of them; either may be missing.
struct projection_step {
  std::optional<expression> condition;
  std::vector<expression> columns;  ///< by output_name(), "*" written out; empty: the columns stay
};

namespace detail {
struct bound_projection;
}

/// A chain of filters and projections as one operator. Columns that nothing changes are passed on, not copied. A row
/// for which an expression has no value (a cast that fails, a division by zero) is refused: see error_policy.
class projection_operator : public detail::row_step {
public:
  projection_operator(schema input, std::vector<projection_step> steps, row_step_options options = {});

  /// "filter" where columns stay as they are, else "select".
  std::string kind() const override;
  /// Errors: those of weir::bind(), naming the expression.
  result<schema> bind(std::span<const schema> inputs) const override;
  std::unique_ptr<operator_instance> instantiate() const override;
  bool one_to_one() const override;
  std::string details() const override;

private:
  schema input_;
  std::vector<projection_step> steps_;
  result<std::shared_ptr<const detail::bound_projection>> bound_;
};

}  // namespace weir
