#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <weir/expressions/bound_node.hpp>
#include <weir/expressions/function_table.hpp>

namespace weir::detail {

/// How a call fits a line of the table: the types its arguments must get, and its result's.
struct call_types {
  std::vector<data_type> args;
  data_type result;
  int casts = 0;  ///< how many arguments change their type
};

/// None where the arguments do not fit the entry's signature.
result<std::optional<call_types>> match_signature(const function_entry& entry, std::span<const bound_ptr> args);

/// The type that holds both, where there is one: equal types, or the wider of two numbers (int32 and int64: int64, an
/// integer and float64: float64).
std::optional<data_type> common_type(const data_type& a, const data_type& b);
/// Whether a value may become `to` without being asked: numbers that grow, constants of text, and nulls of no type.
bool may_become(const bound_node& from, const data_type& to);
/// A null literal without a type, which any other gives it.
bool is_untyped_null(const bound_node& node);

bool is_number(const data_type& type);
bool is_integer(const data_type& type);
bool is_real(const data_type& type);

}  // namespace weir::detail
