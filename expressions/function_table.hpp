#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <weir/columns/error.hpp>
#include <weir/expressions/bound_node.hpp>

namespace arrow {
struct Datum;
}

namespace weir::detail {

/// Computes one row: `args` are its arguments' values, none null under nulls::propagate.
using row_kernel = status (*)(const bound_node& call, row_scope& scope, const cell* args, cell& out);
/// Computes one row from its arguments' nodes, of which it may leave some alone.
using lazy_kernel = status (*)(const bound_node& call, row_scope& scope, cell& out);

struct column_scope {
  const evaluation_context& context;
  std::int64_t rows;
};
/// Computes all rows. Arguments and result are arrays, or a scalar for the same value in each row. A Datum of kind NONE
/// says: row by row, for these types.
using column_kernel = result<arrow::Datum> (*)(const bound_node& call, const column_scope& scope,
                                               std::span<const arrow::Datum> args);
/// Looks at constant arguments once; errors refuse the expression.
using prepare_call = status (*)(bound_node& call);
/// The result's type where the signature cannot say it ("-> special"), and the arguments' types, which it may change.
using type_rule = result<data_type> (*)(std::span<const bound_ptr> args, std::vector<data_type>& types);

/// What a null argument makes.
enum class nulls : unsigned char {
  propagate,  ///< null
  partial,    ///< null, and so may other values
  never,      ///< the result is never null
  some,       ///< the function decides; null may come of null arguments only
  always      ///< the function decides; null may come of anything
};

constexpr bool propagates(nulls rule) { return rule == nulls::propagate || rule == nulls::partial; }

/// Beyond its arguments, a call depends on this.
enum class depends : unsigned char { nothing, epoch, seed };

/// One line of the table of functions, which is all that binding, explain() and docs/functions.md know of them.
struct function_entry {
  std::string_view name;
  /// "utf8, int64? -> utf8". Of arguments: a type, or integer, number, map, any; T (all T get their common type), N
  /// (the same, of numbers), list<T>; ? may be left out, ... any number. Of results: a type, T, N, list<T>, or special.
  std::string_view signature;
  std::string_view note;
  row_kernel row = nullptr;
  column_kernel columns = nullptr;
  nulls null_rule = nulls::propagate;
  lazy_kernel lazy = nullptr;
  depends needs = depends::nothing;
  prepare_call prepare = nullptr;
  type_rule types = nullptr;
};

/// A part of the table: functions of one kind.
struct function_group {
  std::string_view title;
  std::span<const function_entry> entries;
};
std::span<const function_group> function_groups();

/// All lines of that name; empty where there is none.
std::vector<const function_entry*> find_functions(std::string_view name);
/// The nearest name, empty where none is near.
std::string_view near_function(std::string_view name);
bool is_deterministic(std::string_view function);
/// The text of docs/functions.md.
std::string functions_document();

// The groups, each beside its kernels.
function_group comparison_functions();
function_group logic_functions();
function_group arithmetic_functions();
function_group conversion_functions();
function_group nested_functions();
function_group text_functions();
function_group pattern_functions();
function_group math_functions();
function_group time_functions();
function_group json_functions();
function_group random_functions();

}  // namespace weir::detail
