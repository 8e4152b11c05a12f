#include <array>

#include <arrow/api.h>
#include <arrow/compute/api_scalar.h>

#include <weir/columns/batch.hpp>
#include <weir/expressions/arrow_call.hpp>
#include <weir/expressions/compare.hpp>
#include <weir/expressions/row_evaluator.hpp>
#include <weir/expressions/signature.hpp>

namespace weir::detail {

namespace {

/// Kleene's logic; Decides is the value that decides alone: false for and, true for or.
template <bool Decides>
status junction_row(const bound_node& call, row_scope& scope, cell& out) {
  cell left;
  WEIR_TRY(evaluate_row(*call.args[0], scope, left));
  out = left;
  if (!left.is_null() && left.boolean() == Decides)
    return {};
  cell right;
  WEIR_TRY(evaluate_row(*call.args[1], scope, right));
  if (!left.is_null() || (!right.is_null() && right.boolean() == Decides))
    out = right;
  return {};
}

status not_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  out = cell::of(!args[0].boolean());
  return {};
}

template <bool Wanted>
status null_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  out = cell::of(args[0].is_null() == Wanted);
  return {};
}

status coalesce_row(const bound_node& call, row_scope& scope, cell& out) {
  for (const auto& arg : call.args) {
    WEIR_TRY(evaluate_row(*arg, scope, out));
    if (!out.is_null())
      return {};
  }
  return {};
}

/// Arguments: condition, value, condition, value, ... and the value otherwise.
status when_row(const bound_node& call, row_scope& scope, cell& out) {
  std::size_t i = 0;
  for (; i + 1 < call.args.size(); i += 2) {
    cell condition;
    WEIR_TRY(evaluate_row(*call.args[i], scope, condition));
    if (!condition.is_null() && condition.boolean())
      return evaluate_row(*call.args[i + 1], scope, out);
  }
  out = {};
  return i < call.args.size() ? evaluate_row(*call.args[i], scope, out) : status{};
}

result<arrow::Datum> when_columns(const bound_node& call, const column_scope& scope,
                                  std::span<const arrow::Datum> args) {
  const auto pairs = args.size() / 2;
  std::vector<std::shared_ptr<arrow::Array>> conditions;
  arrow::FieldVector names;
  std::vector<arrow::Datum> inputs(1);
  for (std::size_t i = 0; i < pairs; ++i) {
    auto condition = args[2 * i].is_scalar() ? arrow::MakeArrayFromScalar(*args[2 * i].scalar(), scope.rows)
                                             : args[2 * i].make_array();
    if (!condition.ok())
      return from_arrow(condition.status(), call.text);
    conditions.push_back(std::move(condition).ValueUnsafe());
    names.push_back(arrow::field(std::to_string(i), arrow::boolean()));
    inputs.push_back(args[2 * i + 1]);
  }
  if (args.size() % 2 != 0)
    inputs.push_back(args.back());
  inputs[0] = std::make_shared<arrow::StructArray>(arrow::struct_(names), scope.rows, conditions);
  return call_arrow("case_when", inputs);
}

/// Conditions are boolean, the values get their common type: looked at in pairs, which no signature says.
result<data_type> when_types(std::span<const bound_ptr> args, std::vector<data_type>& types) {
  std::vector<bound_ptr> values;
  for (std::size_t i = 0; i < args.size(); ++i)
    if (i % 2 != 0 || i + 1 == args.size())
      values.push_back(args[i]);
    else if (!(args[i]->type == boolean))
      return status{errc::type_mismatch,
                    "the condition " + args[i]->text + " is " + args[i]->type.to_string() + "; a condition is boolean"};
  static constexpr function_entry of_values{"when", "T... -> T", ""};
  WEIR_ASSIGN(const auto fit, match_signature(of_values, values));
  if (!fit) {
    std::string found;
    for (const auto& value : values)
      found += (found.empty() ? "" : ", ") + value->text + " is " + value->type.to_string();
    return status{errc::type_mismatch, "the values have no common type: " + found};
  }
  for (std::size_t i = 0, next = 0; i < args.size(); ++i)
    if (i % 2 != 0 || i + 1 == args.size())
      types[i] = fit->args[next++];
  return fit->result;
}

/// The greatest (Sign 1) or least value that is not null.
template <int Sign>
status extreme_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  out = {};
  for (std::size_t i = 0; i < call.args.size(); ++i)
    if (!args[i].is_null() && (out.is_null() || compare_cells(args[i], out, call.type) * Sign > 0))
      out = args[i];
  return {};
}

constexpr std::array entries{
    function_entry{"and", "boolean, boolean -> boolean", "false if one is false, else null if one is null", nullptr,
                   arrow_kernel<"and_kleene">, nulls::some, junction_row<false>},
    function_entry{"or", "boolean, boolean -> boolean", "true if one is true, else null if one is null", nullptr,
                   arrow_kernel<"or_kleene">, nulls::some, junction_row<true>},
    function_entry{"not", "boolean -> boolean", "", not_row, arrow_kernel<"invert">},
    function_entry{"is_null", "any -> boolean", "", null_row<true>, arrow_kernel<"is_null">, nulls::never},
    function_entry{"is_not_null", "any -> boolean", "", null_row<false>, arrow_kernel<"is_valid">, nulls::never},
    function_entry{"coalesce", "T, T... -> T", "the first that is not null", nullptr, arrow_kernel<"coalesce">,
                   nulls::some, coalesce_row},
    function_entry{"when", "any, any, any... -> special",
                   "when(condition, value)...otherwise(value): the value of the first true condition", nullptr,
                   when_columns, nulls::always, when_row, depends::nothing, nullptr, when_types},
    function_entry{"greatest", "T, T, T... -> T", "of the values that are not null", extreme_row<1>, nullptr,
                   nulls::some},
    function_entry{"least", "T, T, T... -> T", "of the values that are not null", extreme_row<-1>, nullptr,
                   nulls::some},
};

}  // namespace

function_group logic_functions() { return {"Logic and nulls", entries}; }

}  // namespace weir::detail
