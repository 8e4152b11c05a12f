#include <weir/expressions/bound_expression.hpp>

#include <arrow/api.h>
#include <arrow/datum.h>

#include <weir/expressions/column_evaluator.hpp>

namespace weir {

namespace {

/// Below so many rows Arrow's cost per call is more than a row at a time.
constexpr std::int64_t few_rows = 32;

}  // namespace

const data_type& bound_expression::type() const noexcept { return node_->type; }
bool bound_expression::nullable() const noexcept { return node_->nullable; }
bool bound_expression::deterministic() const noexcept { return node_->deterministic; }
const std::string& bound_expression::to_string() const noexcept { return node_->text; }
int bound_expression::column() const noexcept { return node_->column; }

result<std::shared_ptr<arrow::Array>> bound_expression::evaluate(const batch& rows,
                                                                 const evaluation_context& context) const {
  if (node_->column >= 0)
    return rows.arrow()->column(node_->column);
  if (rows.num_rows() < few_rows && node_->by_row)
    return detail::evaluate_rows(*node_, *rows.arrow(), context, {});
  const auto made = detail::evaluate_columns(*node_, *rows.arrow(), {context, rows.num_rows()});
  if (made.ok())
    return detail::to_column(*made, node_->type, rows.num_rows());
  // A row at a time tells which row it is, and leaves branches alone that the row does not take.
  if (made.error().code() == errc::invalid_row)
    return detail::evaluate_rows(*node_, *rows.arrow(), context, {});
  return made.error();
}

result<std::shared_ptr<arrow::Array>> bound_expression::evaluate_each(const batch& rows,
                                                                      const evaluation_context& context,
                                                                      const refused_row& on_refused) const {
  auto made = evaluate(rows, context);
  if (made.ok())
    return made;
  if (const auto code = made.error().code(); code == errc::out_of_memory || code == errc::internal)
    return made;
  return detail::evaluate_rows(*node_, *rows.arrow(), context, on_refused);
}

}  // namespace weir
