#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <weir/columns/schema.hpp>

namespace weir {

/// What is computed of a group's rows.
enum class aggregate_kind : unsigned char {
  count,
  sum,
  avg,
  min,
  max,
  first,
  last,
  stddev,
  stddev_pop,
  variance,
  var_pop,
  collect_list,
  collect_set,
  max_by,
  min_by
};

/// One line of the table of aggregate functions: what messages, explain() and the documents say of it.
struct aggregate_function {
  aggregate_kind kind;
  std::string_view name;
  std::string_view also;  ///< another name for it, or empty
  int least_arguments;
  int most_arguments;
  std::string_view accepts;  ///< the types of its last argument: "numbers"; empty: any
  std::string_view gives;    ///< its result, for people: "int64, never null"
};

/// All aggregate functions, by kind.
std::span<const aggregate_function> aggregate_functions();
const aggregate_function& aggregate_function_of(aggregate_kind kind);
/// The function called `name`, or null.
const aggregate_function* find_aggregate_function(std::string_view name);

/// The column that an aggregate of these arguments gives, called `name`: count is int64 and never null; sum of integers
/// int64, of floating numbers float64; avg, stddev and variance float64; others as their argument. Errors:
/// invalid_argument for the number of arguments; type_mismatch naming function, column, the type found and those
/// accepted.
result<field> aggregate_result(aggregate_kind kind, std::span<const field> arguments, std::string name);

/// The name of an aggregate's column where none is given: "count", "sum(amount)", "max_by(user, score)".
std::string default_aggregate_name(aggregate_kind kind, std::span<const std::string> arguments);

}  // namespace weir
