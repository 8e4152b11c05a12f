#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include <arrow/api.h>

#include <weir/columns/display.hpp>
#include <weir/columns/row_codec.hpp>
#include <weir/expressions/bound_expression.hpp>

namespace weir_test {

struct place {
  std::string city;
  std::optional<int> zip{};
};
BOOST_DESCRIBE_STRUCT(place, (), (city, zip))

/// A row of every type that there is, each nullable.
struct sample {
  std::optional<bool> flag{};
  std::optional<int> small{};
  std::optional<std::int64_t> large{};
  std::optional<double> real{};
  std::optional<std::string> text{};
  std::optional<weir::timestamp> time{};
  std::optional<std::chrono::microseconds> length{};
  std::optional<place> where{};
  std::optional<std::vector<std::int64_t>> numbers{};
};
BOOST_DESCRIBE_STRUCT(sample, (), (flag, small, large, real, text, time, length, where, numbers))

inline weir::batch batch_of(const std::vector<sample>& rows) {
  weir::row_writer<sample> writer;
  for (const auto& row : rows)
    writer.append(row);
  return writer.finish();
}

inline weir::evaluation_context context() { return {weir::timestamp{std::chrono::seconds{1000}}, 7}; }

/// The cells of a column as display_cell() shows them.
inline std::vector<std::string> shown(const std::shared_ptr<arrow::Array>& column) {
  const weir::batch rows{
      arrow::RecordBatch::Make(arrow::schema({arrow::field("value", column->type())}), column->length(), {column})};
  std::vector<std::string> out;
  for (std::int64_t row = 0; row < rows.num_rows(); ++row)
    out.push_back(weir::display_cell(rows, 0, row));
  return out;
}

/// The rows again and again until Arrow's functions are worth it.
inline weir::batch many_times(const weir::batch& rows, int times) {
  return weir::batch{arrow::ConcatenateRecordBatches({static_cast<std::size_t>(times), rows.arrow()}).ValueOrDie()};
}

/// The values of an expression for the rows; an error as "code: message". Computed by both ways, which must agree.
inline std::vector<std::string> values(const weir::expression& value, const std::vector<sample>& rows) {
  const auto bound = weir::bind(value, weir::row_schema<sample>());
  if (!bound.ok())
    return {bound.error().to_string()};
  const auto few = batch_of(rows);
  const auto made = bound->evaluate(few, context());
  const auto many = bound->evaluate(many_times(few, 64), context());
  if (made.ok() != many.ok())
    return {"few rows: " + made.error().to_string() + "; many rows: " + many.error().to_string()};
  if (!made.ok())
    return {made.error().to_string()};
  auto out = shown(*made);
  const auto repeated = shown(*many);
  if (!(*many)->type()->Equals(*bound->type().to_arrow()) || !(*made)->ValidateFull().ok() ||
      !(*many)->ValidateFull().ok())
    return {"a column of type " + (*many)->type()->ToString() + " for " + bound->type().to_string()};
  for (std::size_t i = 0; i < repeated.size() && bound->deterministic(); ++i)
    if (repeated[i] != out[i % out.size()])
      return {"few rows give " + out[i % out.size()] + ", many give " + repeated[i]};
  return out;
}

/// The one value for one row.
inline std::string value_of(const weir::expression& value, const sample& row = {}) {
  return values(value, {row}).front();
}

}  // namespace weir_test
