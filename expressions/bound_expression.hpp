#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <weir/columns/batch.hpp>
#include <weir/columns/schema.hpp>
#include <weir/expressions/evaluation.hpp>
#include <weir/expressions/expression.hpp>

namespace arrow {
class Array;
}

namespace weir {

namespace detail {
struct bound_node;
}

/// An expression checked against a schema, ready to run on its batches. Immutable: any number of threads may share it.
///
///     WEIR_ASSIGN(auto total, weir::bind(weir::col("price") * weir::col("count"), columns));
///     WEIR_ASSIGN(auto column, total.evaluate(rows, context));
class bound_expression {
public:
  const data_type& type() const noexcept;
  bool nullable() const noexcept;
  bool deterministic() const noexcept;
  /// As explain() shows it.
  const std::string& to_string() const noexcept;
  /// The index of the column it is, or -1: then evaluate() gives that column itself.
  int column() const noexcept;

  /// One value a row. Errors: invalid_row, naming the expression, where a row has no value (a cast that fails, a
  /// division by zero); user_function.
  result<std::shared_ptr<arrow::Array>> evaluate(const batch& rows, const evaluation_context& context) const;

  /// The same, row by row where a row has no value: `on_refused` gets the row and the reason, and ends it all by a
  /// status that is not ok. Refused rows are null in the result.
  using refused_row = std::function<status(std::int64_t row, const status& reason)>;
  result<std::shared_ptr<arrow::Array>> evaluate_each(const batch& rows, const evaluation_context& context,
                                                      const refused_row& on_refused) const;

  const detail::bound_node& node() const noexcept { return *node_; }
  explicit bound_expression(std::shared_ptr<const detail::bound_node> node) : node_{std::move(node)} {}

private:
  std::shared_ptr<const detail::bound_node> node_;
};

/// Checks names and types once. Errors name the expression: unknown_column with the columns there are and the nearest
/// name; type_mismatch with the types found and the types accepted; invalid_argument for a constant that is none
/// (a pattern), and for a function that does not exist.
result<bound_expression> bind(const expression& value, const schema& input);

/// The same for expressions that are computed of the same rows: rand() in two of them is two numbers.
result<std::vector<bound_expression>> bind_all(const std::vector<expression>& values, const schema& input);

/// The same for a condition, which must be boolean.
result<bound_expression> bind_condition(const expression& condition, const schema& input);

/// With "*" and "data.*" written out. Errors as bind().
result<std::vector<expression>> expand(const std::vector<expression>& values, const schema& input);

}  // namespace weir
