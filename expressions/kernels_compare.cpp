#include <array>
#include <cmath>
#include <compare>

#include <arrow/api.h>
#include <arrow/compute/api_scalar.h>

#include <weir/columns/batch.hpp>
#include <weir/expressions/arrow_call.hpp>
#include <weir/expressions/cell_column.hpp>
#include <weir/expressions/compare.hpp>
#include <weir/expressions/row_evaluator.hpp>
#include <weir/expressions/signature.hpp>

namespace weir::detail {

namespace {

using id = data_type::id;

enum class relation : unsigned char { equal, not_equal, less, less_equal, greater, greater_equal };

constexpr bool holds(relation wanted, int order) {
  switch (wanted) {
  case relation::equal: return order == 0;
  case relation::not_equal: return order != 0;
  case relation::less: return order < 0;
  case relation::less_equal: return order <= 0;
  case relation::greater: return order > 0;
  case relation::greater_equal: return order >= 0;
  }
  return false;
}

constexpr std::string_view arrow_relation(relation wanted) {
  constexpr std::array<std::string_view, 6> names{"equal",      "not_equal", "less",
                                                  "less_equal", "greater",   "greater_equal"};
  return names[static_cast<std::size_t>(wanted)];
}

template <relation Relation>
status compare_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  out = cell::of(holds(Relation, compare_cells(args[0], args[1], call.args[0]->type)));
  return {};
}

/// Arrow compares NaN as C++ does, Spark calls it equal to itself and above all: where one may be NaN, rows decide.
result<bool> any_nan(std::span<const arrow::Datum> args) {
  for (const auto& arg : args) {
    if (arg.is_scalar()) {
      const auto& value = static_cast<const arrow::DoubleScalar&>(*arg.scalar());
      if (value.is_valid && std::isnan(value.value))
        return true;
      continue;
    }
    const auto column = view_of(*arg.array());
    const auto* values = column.values_as<double>();
    // Summed differences are NaN if one is; infinities too give NaN, and then rows decide as well.
    auto sum = 0.0;
    for (std::int64_t row = 0; row < column.length; ++row)
      sum += values[row] - values[row];
    if (std::isnan(sum))
      return true;
  }
  return false;
}

template <relation Relation>
result<arrow::Datum> compare_columns(const bound_node& call, const column_scope& /*scope*/,
                                     std::span<const arrow::Datum> args) {
  const auto& type = call.args[0]->type;
  if (!type.children().empty())
    return by_rows();
  if (is_real(type)) {
    WEIR_ASSIGN(const auto nan, any_nan(args));
    if (nan)
      return by_rows();
  }
  return call_arrow(arrow_relation(Relation), args);
}

status null_safe_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  const auto null = args[0].is_null() || args[1].is_null();
  out = cell::of(null ? args[0].is_null() == args[1].is_null()
                      : compare_cells(args[0], args[1], call.args[0]->type) == 0);
  return {};
}

/// True as soon as one is equal; null where none is and one is null.
status in_row(const bound_node& call, row_scope& scope, cell& out) {
  cell value;
  WEIR_TRY(evaluate_row(*call.args[0], scope, value));
  out = {};
  if (value.is_null())
    return {};
  auto null = false;
  for (std::size_t i = 1; i < call.args.size(); ++i) {
    cell candidate;
    WEIR_TRY(evaluate_row(*call.args[i], scope, candidate));
    if (candidate.is_null()) {
      null = true;
    } else if (compare_cells(value, candidate, call.args[0]->type) == 0) {
      out = cell::of(true);
      return {};
    }
  }
  if (!null)
    out = cell::of(false);
  return {};
}

result<arrow::Datum> in_columns(const bound_node& call, const column_scope& /*scope*/,
                                std::span<const arrow::Datum> args) {
  const auto& type = call.args[0]->type;
  if (is_real(type) || !type.children().empty())
    return by_rows();
  auto has_null = false;
  cell_writer writer{type, static_cast<std::int64_t>(args.size())};
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (!call.args[i]->constant)
      return by_rows();
    const auto& value = call.args[i]->constant->value;
    has_null = has_null || value.is_null();
    if (!value.is_null())
      WEIR_TRY(writer.append(value));
  }
  if (has_null)
    return by_rows();
  WEIR_ASSIGN(const auto values, writer.finish());
  const arrow::compute::SetLookupOptions options{values,
                                                 arrow::compute::SetLookupOptions::NullMatchingBehavior::EMIT_NULL};
  return call_arrow("is_in", args.first(1), options);
}

constexpr std::array entries{
    function_entry{"=", "T, T -> boolean", "equality; NaN equals NaN", compare_row<relation::equal>,
                   compare_columns<relation::equal>},
    function_entry{"!=", "T, T -> boolean", "inequality", compare_row<relation::not_equal>,
                   compare_columns<relation::not_equal>},
    function_entry{"<", "T, T -> boolean", "order; NaN is above all numbers", compare_row<relation::less>,
                   compare_columns<relation::less>},
    function_entry{"<=", "T, T -> boolean", "order", compare_row<relation::less_equal>,
                   compare_columns<relation::less_equal>},
    function_entry{">", "T, T -> boolean", "order", compare_row<relation::greater>, compare_columns<relation::greater>},
    function_entry{">=", "T, T -> boolean", "order", compare_row<relation::greater_equal>,
                   compare_columns<relation::greater_equal>},
    function_entry{"<=>", "T, T -> boolean", "eq_null_safe(): equality of values or of two nulls", null_safe_row,
                   nullptr, nulls::never},
    function_entry{"in", "T, T... -> boolean", "isin(): equal to one of the values; null if to none and one is null",
                   nullptr, in_columns, nulls::some, in_row},
};

}  // namespace

int compare_reals(double a, double b) {
  if (a < b)
    return -1;
  if (a > b)
    return 1;
  return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
}

int compare_cells(const cell& a, const cell& b, const data_type& type) {
  const auto sign = [](auto order) { return order < 0 ? -1 : order > 0 ? 1 : 0; };
  if (is_real(type))
    return compare_reals(a.real(), b.real());
  if (type.kind() == id::utf8 || type.kind() == id::binary)
    return sign(a.text().compare(b.text()));
  if (type.children().empty())
    return sign(a.integer() <=> b.integer());
  const auto left = a.items();
  const auto right = b.items();
  for (std::size_t i = 0; i < left.size() && i < right.size(); ++i) {
    const auto& child = type.children()[i % type.children().size()].type;
    if (left[i].is_null() || right[i].is_null()) {
      if (left[i].is_null() != right[i].is_null())
        return left[i].is_null() ? -1 : 1;
    } else if (const auto order = compare_cells(left[i], right[i], child); order != 0) {
      return order;
    }
  }
  return sign(left.size() <=> right.size());
}

function_group comparison_functions() { return {"Comparison", entries}; }

}  // namespace weir::detail
