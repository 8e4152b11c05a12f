#include <weir/operators/union/columns.hpp>

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/initialize.h>

namespace weir::detail {

namespace {

std::string input_name(std::size_t input) { return "input " + std::to_string(input); }

status check_names(const schema& columns, std::size_t input) {
  for (const auto& one : columns.fields())
    if (std::ranges::count(columns.fields(), one.name, &field::name) > 1)
      return {errc::invalid_argument,
              "union_by_name: " + input_name(input) + " has several columns named '" + one.name + "'"};
  return {};
}

/// Makes `into`, of inputs before, hold a column of `input` too.
status add(field& into, const field& one, std::size_t input, const std::string& kind) {
  auto type = union_type(into.type, one.type);
  if (!type)
    return {errc::type_mismatch, kind + ": column '" + into.name + "' is " + one.type.to_string() + " in " +
                                     input_name(input) + ", " + into.type.to_string() +
                                     " before; there is no type for both"};
  into.type = std::move(*type);
  into.nullable = into.nullable || one.nullable;
  return {};
}

result<std::vector<field>> by_position(const std::vector<schema>& inputs) {
  auto output = inputs[0].fields();
  for (std::size_t input = 1; input < inputs.size(); ++input) {
    const auto& columns = inputs[input].fields();
    if (!std::ranges::equal(columns, inputs[0].fields(), {}, &field::name, &field::name))
      return status{errc::type_mismatch, "union: other columns: input 0 is (" + inputs[0].to_string() + "), " +
                                             input_name(input) + " is (" + inputs[input].to_string() +
                                             "); union_by_name matches columns by name"};
    for (std::size_t i = 0; i < columns.size(); ++i)
      WEIR_TRY(add(output[i], columns[i], input, "union"));
  }
  return output;
}

result<std::vector<field>> by_name(const std::vector<schema>& inputs, bool allow_missing) {
  std::vector<field> output;
  for (std::size_t input = 0; input < inputs.size(); ++input) {
    WEIR_TRY(check_names(inputs[input], input));
    for (const auto& one : inputs[input].fields()) {
      const auto known = std::ranges::find(output, one.name, &field::name);
      if (known != output.end())
        WEIR_TRY(add(*known, one, input, "union_by_name"));
      else if (input == 0 || allow_missing)
        output.push_back(one);
      else
        return status{errc::unknown_column, "union_by_name: column '" + one.name + "' of " + input_name(input) +
                                                " is not in input 0 (" + inputs[0].to_string() +
                                                "); allow_missing fills it with nulls"};
    }
  }
  for (auto& one : output)
    for (std::size_t input = 0; input < inputs.size(); ++input) {
      if (inputs[input].index_of(one.name) >= 0)
        continue;
      if (!allow_missing)
        return status{errc::unknown_column, "union_by_name: no column '" + one.name + "' in " + input_name(input) +
                                                " (" + inputs[input].to_string() +
                                                "); allow_missing fills it with nulls"};
      one.nullable = true;
    }
  return output;
}

using array_data = std::shared_ptr<arrow::ArrayData>;

/// The column as one of type `to`, which holds its values.
arrow::Result<array_data> widen(const array_data& column, const std::shared_ptr<arrow::DataType>& to) {
  if (column->type->Equals(*to))
    return column;
  if (!column->child_data.empty()) {
    auto made = column->Copy();
    made->type = to;
    for (int i = 0; i < to->num_fields(); ++i) {
      auto& child = made->child_data[static_cast<std::size_t>(i)];
      ARROW_ASSIGN_OR_RAISE(child, widen(child, to->field(i)->type()));
    }
    return made;
  }
  auto options = arrow::compute::CastOptions::Safe(to);
  options.allow_float_truncate = true;  // an int64 past 2^53
  ARROW_ASSIGN_OR_RAISE(const auto cast, arrow::compute::Cast(*arrow::MakeArray(column), to, options));
  return cast->data();
}

}  // namespace

result<std::shared_ptr<const union_columns>> match_columns(const union_options& options) {
  if (options.inputs.empty())
    return status{errc::invalid_argument, "union: no inputs"};
  WEIR_ASSIGN(auto fields,
              options.by_name ? by_name(options.inputs, options.allow_missing) : by_position(options.inputs));
  auto made = std::make_shared<union_columns>();
  made->output = schema{std::move(fields)};
  made->type = made->output.to_arrow();
  for (const auto& input : options.inputs) {
    auto& from = made->from.emplace_back();
    for (std::size_t i = 0; i < made->output.size(); ++i)
      from.push_back(options.by_name ? input.index_of(made->output[i].name) : static_cast<int>(i));
    made->unchanged.push_back(input == made->output);
  }
  return std::shared_ptr<const union_columns>{std::move(made)};
}

result<batch> as_output(const union_columns& columns, std::size_t input, const batch& rows) {
  if (columns.unchanged[input])
    return rows;
  static const auto initialized = arrow::compute::Initialize();
  if (!initialized.ok())
    return from_arrow(initialized, "union");
  std::vector<array_data> made;
  for (std::size_t i = 0; i < columns.output.size(); ++i) {
    const auto from = columns.from[input][i];
    const auto& type = columns.type->field(static_cast<int>(i))->type();
    const auto column = [&]() -> arrow::Result<array_data> {
      if (from >= 0)
        return widen(rows.arrow()->column_data(from), type);
      ARROW_ASSIGN_OR_RAISE(const auto nulls, arrow::MakeArrayOfNull(type, rows.num_rows()));
      return nulls->data();
    }();
    if (!column.ok())
      return from_arrow(column.status(), "union: column '" + columns.output[i].name + "' of " + input_name(input));
    made.push_back(*column);
  }
  return batch{arrow::RecordBatch::Make(columns.type, rows.num_rows(), std::move(made)), rows.origin()}.with_tag(
      rows.tag());
}

}  // namespace weir::detail
