#include <weir/expressions/selection.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

#include <arrow/api.h>

#include <weir/expressions/compare.hpp>
#include <weir/expressions/function_table.hpp>

namespace weir {

namespace {

using detail::bound_node;
using detail::cell;
using detail::column_view;
using id = data_type::id;

/// Rows that are looked at together: their flags stay in the first cache.
constexpr std::int64_t block_rows = 512;
using block_flags = std::array<std::uint8_t, block_rows>;

/// A comparison of a column with a constant, bound to a batch.
struct term {
  column_view column;
  cell constant;
  void (*apply)(const term& self, std::int64_t from, std::int64_t rows, std::uint8_t* flags) = nullptr;
};

/// Clears the flags of rows for which the comparison is not true. NaN is above all numbers and equal to itself, which
/// C++'s operators do not say: hence the transparent comparison of reals by compare_reals().
template <class T, class Relation>
void apply_number(const term& self, std::int64_t from, std::int64_t rows, std::uint8_t* flags) {
  const auto* values = self.column.values_as<T>() + from;
  if constexpr (std::floating_point<T>) {
    const auto constant = self.constant.real();
    for (std::int64_t i = 0; i < rows; ++i)
      flags[i] &= static_cast<std::uint8_t>(Relation{}(detail::compare_reals(double{values[i]}, constant), 0));
  } else {
    const auto constant = static_cast<T>(self.constant.integer());
    for (std::int64_t i = 0; i < rows; ++i)
      flags[i] &= static_cast<std::uint8_t>(Relation{}(values[i], constant));
  }
}

template <class Relation>
void apply_text(const term& self, std::int64_t from, std::int64_t rows, std::uint8_t* flags) {
  const auto* offsets = self.column.values_as<std::int32_t>() + from;
  const auto constant = self.constant.text();
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto size = static_cast<std::size_t>(offsets[i + 1] - offsets[i]);
    const auto equal = size == constant.size() &&
                       (size == 0 || std::memcmp(self.column.bytes + offsets[i], constant.data(), size) == 0);
    flags[i] &= static_cast<std::uint8_t>(Relation{}(equal ? 0 : 1, 0));
  }
}

using apply_function = decltype(term::apply);

template <class Relation>
apply_function function_for(const data_type& type) {
  switch (type.kind()) {
  case id::int32:
  case id::date: return apply_number<std::int32_t, Relation>;
  case id::int64:
  case id::timestamp_us:
  case id::duration_us: return apply_number<std::int64_t, Relation>;
  case id::float32: return apply_number<float, Relation>;
  case id::float64: return apply_number<double, Relation>;
  case id::utf8:
    if constexpr (std::same_as<Relation, std::equal_to<>> || std::same_as<Relation, std::not_equal_to<>>)
      return apply_text<Relation>;
    return nullptr;
  default: return nullptr;
  }
}

apply_function function_for(std::string_view relation, const data_type& type) {
  if (relation == "=")
    return function_for<std::equal_to<>>(type);
  if (relation == "!=")
    return function_for<std::not_equal_to<>>(type);
  if (relation == "<")
    return function_for<std::less<>>(type);
  if (relation == "<=")
    return function_for<std::less_equal<>>(type);
  if (relation == ">")
    return function_for<std::greater<>>(type);
  return relation == ">=" ? function_for<std::greater_equal<>>(type) : nullptr;
}

/// The same with its sides exchanged.
std::string_view mirrored(std::string_view relation) {
  if (relation == "<")
    return ">";
  if (relation == "<=")
    return ">=";
  if (relation == ">")
    return "<";
  return relation == ">=" ? "<=" : relation;
}

/// The terms of a conjunction; false: a part of it is something else.
bool gather_terms(const bound_node& node, const arrow::RecordBatch& rows, std::vector<term>& terms) {
  if (node.function == nullptr || node.args.size() != 2)
    return false;
  if (node.function->name == "and")
    return gather_terms(*node.args[0], rows, terms) && gather_terms(*node.args[1], rows, terms);
  const auto exchanged = node.args[0]->constant != nullptr;
  const auto& column = *node.args[exchanged ? 1 : 0];
  const auto& constant = *node.args[exchanged ? 0 : 1];
  if (column.column < 0 || !constant.constant || constant.constant->value.is_null())
    return false;
  const auto relation = exchanged ? mirrored(node.function->name) : node.function->name;
  const auto apply = function_for(relation, column.type);
  if (apply == nullptr)
    return false;
  terms.push_back({detail::view_of(*rows.column_data(column.column)), constant.constant->value, apply});
  return true;
}

void select_flagged(std::int64_t from, std::int64_t rows, const block_flags& flags,
                    std::vector<std::int64_t>& selection) {
  std::array<std::int64_t, block_rows + 1> chosen;
  std::size_t count = 0;
  for (std::int64_t i = 0; i < rows; i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, flags.data() + i, 8);
    if (eight == 0)
      continue;
    // Without a branch a row: which rows pass is what no processor foresees.
    for (std::int64_t row = i; row < i + 8; ++row) {
      chosen[count] = from + row;
      count += flags[static_cast<std::size_t>(row)];
    }
  }
  selection.insert(selection.end(), chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(count));
}

void select_by_terms(const std::vector<term>& terms, std::int64_t rows, std::vector<std::int64_t>& selection) {
  block_flags flags;
  for (std::int64_t from = 0; from < rows; from += block_rows) {
    const auto count = std::min(block_rows, rows - from);
    // Behind the last row no flag is set: eight are looked at together.
    std::fill_n(flags.begin(), count, std::uint8_t{1});
    std::fill(flags.begin() + count, flags.end(), std::uint8_t{0});
    for (const auto& one : terms) {
      one.apply(one, from, count, flags.data());
      for (std::int64_t i = 0; one.column.validity != nullptr && i < count; ++i)
        flags[static_cast<std::size_t>(i)] &= static_cast<std::uint8_t>(one.column.is_valid(from + i));
    }
    select_flagged(from, count, flags, selection);
  }
}

void select_true(const arrow::Array& passes, std::vector<std::int64_t>& selection) {
  const auto column = detail::view_of(passes);
  const auto* bits = reinterpret_cast<const std::uint8_t*>(column.values);
  for (std::int64_t row = 0; row < column.length;) {
    const auto bit = column.offset + row;
    // Eight rows without one that passes are passed over at once.
    if (bit % 8 == 0 && row + 8 <= column.length && bits[bit / 8] == 0) {
      row += 8;
      continue;
    }
    if (((bits[bit / 8] >> (bit % 8)) & 1) != 0 && column.is_valid(row))
      selection.push_back(row);
    ++row;
  }
}

}  // namespace

status select_rows(const bound_expression& condition, const batch& rows, const evaluation_context& context,
                   std::vector<std::int64_t>& selection) {
  selection.clear();
  std::vector<term> terms;
  if (gather_terms(condition.node(), *rows.arrow(), terms)) {
    select_by_terms(terms, rows.num_rows(), selection);
    return {};
  }
  WEIR_ASSIGN(const auto passes, condition.evaluate(rows, context));
  select_true(*passes, selection);
  return {};
}

}  // namespace weir
