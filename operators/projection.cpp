#include <weir/operators/projection.hpp>

#include <algorithm>
#include <set>

#include <arrow/api.h>

#include <weir/expressions/bound_expression.hpp>
#include <weir/expressions/selection.hpp>
#include <weir/operators/filter.hpp>

namespace weir {

namespace detail {

struct bound_projection {
  struct step {
    std::optional<bound_expression> condition;
    std::vector<int> kept;  ///< columns that are read after the condition
    std::vector<bound_expression> columns;
    schema output;
    std::shared_ptr<arrow::Schema> arrow_output;
    std::shared_ptr<arrow::Schema> arrow_kept;
  };
  std::vector<step> steps;
  schema output;
};

}  // namespace detail

namespace {

using detail::bound_projection;

std::vector<int> all_columns(const schema& of) {
  std::vector<int> all(of.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<int>(i);
  return all;
}

/// The columns of `input` that expressions bound to it read.
std::vector<int> columns_read(const std::vector<expression>& by, const schema& input) {
  std::set<int> read;
  for (const auto& one : by)
    for (const auto& name : one.columns_used(input))
      read.insert(input.index_of(name));
  return {read.begin(), read.end()};
}

schema columns_of(const schema& input, const std::vector<int>& kept) {
  std::vector<field> fields;
  for (const auto index : kept)
    fields.push_back(input[static_cast<std::size_t>(index)]);
  return schema{std::move(fields)};
}

status bind_step(const projection_step& step, schema& input, bound_projection& made) {
  auto& bound = made.steps.emplace_back();
  if (step.condition) {
    WEIR_ASSIGN(bound.condition, bind_condition(*step.condition, input));
    bound.kept = step.columns.empty() ? all_columns(input) : columns_read(step.columns, input);
    // A selection of no columns would lose how many rows there are.
    if (bound.kept.empty() && input.size() > 0)
      bound.kept = {0};
    if (bound.kept.size() < input.size())
      input = columns_of(input, bound.kept);
    bound.arrow_kept = input.to_arrow();
  }
  if (!step.columns.empty()) {
    std::vector<field> fields;
    WEIR_ASSIGN(bound.columns, weir::bind_all(step.columns, input));
    for (std::size_t i = 0; i < step.columns.size(); ++i)
      fields.push_back({step.columns[i].output_name(), bound.columns[i].type(), bound.columns[i].nullable()});
    input = schema{std::move(fields)};
  }
  bound.output = input;
  bound.arrow_output = input.to_arrow();
  return {};
}

result<std::shared_ptr<const bound_projection>> bind_all(const schema& input,
                                                         const std::vector<projection_step>& steps) {
  auto made = std::make_shared<bound_projection>();
  auto columns = input;
  for (const auto& step : steps)
    WEIR_TRY(bind_step(step, columns, *made));
  made->output = std::move(columns);
  return std::shared_ptr<const bound_projection>{std::move(made)};
}

class projection_instance : public detail::row_step_instance {
public:
  projection_instance(std::shared_ptr<const bound_projection> bound, const row_step_options& options)
      : row_step_instance{options}, bound_{std::move(bound)} {}

  status open(const operator_context& context) override {
    seed_ = context.seed;
    return row_step_instance::open(context);
  }

  status process(const epoch_context& epoch, int /*port*/, const batch& rows, collector& out) override {
    metrics_.rows_in += rows.num_rows();
    if (epoch.id != epoch_) {
      epoch_ = epoch.id;
      batches_ = 0;
    }
    context_ = {epoch.time, batch_seed(seed_, epoch.id, batches_++)};
    input_ = &rows;
    places_.clear();
    moved_ = false;
    auto current = rows;
    for (const auto& step : bound_->steps) {
      if (step.condition)
        WEIR_TRY(select(step, current));
      if (!step.columns.empty())
        WEIR_TRY(project(step, current));
      if (current.num_rows() == 0)
        break;
    }
    errors_.flush(out);
    if (current.num_rows() == 0)
      return {};
    metrics_.rows_out += current.num_rows();
    out.emit(batch{current.arrow(), moved_ ? nullptr : rows.origin()});
    return {};
  }

private:
  /// The index in the operator's input of a row of the current batch.
  std::int64_t place(std::int64_t row) const { return moved_ ? places_[static_cast<std::size_t>(row)] : row; }

  /// A column of the current batch; rows without a value are refused, marked, and null in it.
  result<std::shared_ptr<arrow::Array>> evaluate(const bound_expression& value, const batch& rows) {
    auto made = value.evaluate(rows, context_);
    if (made.ok())
      return made;
    refused_.resize(static_cast<std::size_t>(rows.num_rows()));
    return value.evaluate_each(rows, context_, [this](std::int64_t row, const status& reason) -> status {
      const auto index = static_cast<std::size_t>(row);
      if (refused_[index])
        return {};
      refused_[index] = true;
      return errors_.refuse(*input_, place(row), reason);
    });
  }

  status select(const bound_projection::step& step, batch& current) {
    refused_.clear();
    if (!select_rows(*step.condition, current, context_, selection_).ok()) {
      selection_.clear();
      WEIR_ASSIGN(const auto column, evaluate(*step.condition, current));
      const auto& passes = static_cast<const arrow::BooleanArray&>(*column);
      for (std::int64_t row = 0; row < passes.length(); ++row)
        if (passes.IsValid(row) && passes.Value(row))
          selection_.push_back(row);
    }
    if (static_cast<int>(step.kept.size()) < current.arrow()->num_columns())
      current = keep(step, current);
    return take(current);
  }

  static batch keep(const bound_projection::step& step, const batch& current) {
    std::vector<std::shared_ptr<arrow::ArrayData>> columns;
    for (const auto index : step.kept)
      columns.push_back(current.arrow()->column_data(index));
    return batch{arrow::RecordBatch::Make(step.arrow_kept, current.num_rows(), std::move(columns))};
  }

  status project(const bound_projection::step& step, batch& current) {
    refused_.clear();
    std::vector<std::shared_ptr<arrow::ArrayData>> columns;
    for (const auto& one : step.columns) {
      if (one.column() >= 0) {
        columns.push_back(current.arrow()->column_data(one.column()));
        continue;
      }
      WEIR_ASSIGN(const auto column, evaluate(one, current));
      columns.push_back(column->data());
    }
    current = batch{arrow::RecordBatch::Make(step.arrow_output, current.num_rows(), std::move(columns))};
    if (refused_.empty())
      return {};
    selection_.clear();
    for (std::size_t row = 0; row < refused_.size(); ++row)
      if (!refused_[row])
        selection_.push_back(static_cast<std::int64_t>(row));
    return take(current);
  }

  /// Leaves the selected rows.
  status take(batch& current) {
    if (static_cast<std::int64_t>(selection_.size()) == current.num_rows())
      return {};
    std::vector<std::int64_t> places;
    places.reserve(selection_.size());
    for (const auto row : selection_)
      places.push_back(place(row));
    WEIR_ASSIGN(current, take_rows(current, selection_));
    places_ = std::move(places);
    moved_ = true;
    return {};
  }

  std::shared_ptr<const bound_projection> bound_;
  std::uint64_t seed_ = 0;
  epoch_id epoch_{-1};
  std::uint64_t batches_ = 0;  ///< of the epoch
  evaluation_context context_;

  // Of the batch being processed.
  const batch* input_ = nullptr;
  std::vector<std::int64_t> places_;  ///< where the current rows were in the input, once some were dropped
  bool moved_ = false;
  std::vector<std::int64_t> selection_;
  std::vector<bool> refused_;  ///< empty: none was
};

}  // namespace

projection_operator::projection_operator(schema input, std::vector<projection_step> steps, row_step_options options)
    : row_step{options}, input_{std::move(input)}, steps_{std::move(steps)}, bound_{bind_all(input_, steps_)} {}

std::string projection_operator::kind() const {
  return std::ranges::any_of(steps_, [](const projection_step& one) { return !one.columns.empty(); }) ? "select"
                                                                                                      : "filter";
}

result<schema> projection_operator::bind(std::span<const schema> inputs) const {
  if (inputs[0] != input_)
    return status{errc::type_mismatch,
                  "expected rows of (" + input_.to_string() + "), got (" + inputs[0].to_string() + ")"};
  if (!bound_.ok())
    return bound_.error();
  return (*bound_)->output;
}

std::unique_ptr<operator_instance> projection_operator::instantiate() const {
  return std::make_unique<projection_instance>(*bound_, options());
}

bool projection_operator::one_to_one() const {
  return std::ranges::none_of(steps_, [](const projection_step& one) { return one.condition.has_value(); });
}

std::string projection_operator::details() const {
  std::string text;
  for (const auto& step : steps_) {
    if (step.condition)
      text += (text.empty() ? "where " : "; where ") + step.condition->to_string();
    if (step.columns.empty())
      continue;
    text += text.empty() ? "" : "; ";
    for (std::size_t i = 0; i < step.columns.size(); ++i)
      text += (i > 0 ? ", " : "") + step.columns[i].to_string();
  }
  if (const auto errors = row_step::details(); !errors.empty())
    text += (text.empty() ? "" : ", ") + errors;
  return text;
}

}  // namespace weir
