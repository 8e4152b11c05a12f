#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <weir/expressions/expression.hpp>
#include <weir/expressions/json/reader.hpp>

/// The functions of docs/functions.md by their names. Arguments may be columns, literals, and other expressions.
///
///     weir::concat(weir::col("name"), " ", weir::upper(weir::col("surname")))
namespace weir {

namespace detail {
template <class... E>
expression called(std::string_view name, const E&... arguments) {
  return call_function(std::string{name}, {expression{arguments}...});
}
template <class... E>
concept expressions = (std::constructible_from<expression, const E&> && ...);
}  // namespace detail

#define WEIR_FUNCTION_0(name)                                                                                          \
  inline expression name() { return detail::called(#name); }
#define WEIR_FUNCTION_1(name)                                                                                          \
  inline expression name(const expression& a) { return detail::called(#name, a); }
#define WEIR_FUNCTION_2(name)                                                                                          \
  inline expression name(const expression& a, const expression& b) { return detail::called(#name, a, b); }
#define WEIR_FUNCTION_3(name)                                                                                          \
  inline expression name(const expression& a, const expression& b, const expression& c) {                              \
    return detail::called(#name, a, b, c);                                                                             \
  }
#define WEIR_FUNCTION_N(name)                                                                                          \
  template <detail::expressions... E>                                                                                  \
  expression name(const expression& a, const E&... more) {                                                             \
    return detail::called(#name, a, more...);                                                                          \
  }

WEIR_FUNCTION_N(concat)
WEIR_FUNCTION_N(concat_ws)
WEIR_FUNCTION_1(lower)
WEIR_FUNCTION_1(upper)
WEIR_FUNCTION_1(trim)
WEIR_FUNCTION_1(ltrim)
WEIR_FUNCTION_1(rtrim)
WEIR_FUNCTION_2(substring)
WEIR_FUNCTION_3(substring)
WEIR_FUNCTION_1(length)
WEIR_FUNCTION_3(replace)
WEIR_FUNCTION_2(split)
WEIR_FUNCTION_3(split)
WEIR_FUNCTION_2(regexp_extract)
WEIR_FUNCTION_3(regexp_extract)
WEIR_FUNCTION_3(regexp_replace)

WEIR_FUNCTION_1(abs)
WEIR_FUNCTION_1(round)
WEIR_FUNCTION_2(round)
WEIR_FUNCTION_1(floor)
WEIR_FUNCTION_1(ceil)
WEIR_FUNCTION_1(sqrt)
WEIR_FUNCTION_1(exp)
WEIR_FUNCTION_1(ln)
WEIR_FUNCTION_2(power)
WEIR_FUNCTION_2(pmod)
WEIR_FUNCTION_2(try_add)
WEIR_FUNCTION_2(try_subtract)
WEIR_FUNCTION_2(try_multiply)
WEIR_FUNCTION_2(try_divide)
WEIR_FUNCTION_N(greatest)
WEIR_FUNCTION_N(least)
WEIR_FUNCTION_N(coalesce)

WEIR_FUNCTION_0(current_timestamp)
WEIR_FUNCTION_2(date_trunc)
WEIR_FUNCTION_2(date_format)
WEIR_FUNCTION_1(to_timestamp)
WEIR_FUNCTION_2(to_timestamp)
WEIR_FUNCTION_1(try_to_timestamp)
WEIR_FUNCTION_2(try_to_timestamp)
WEIR_FUNCTION_1(year)
WEIR_FUNCTION_1(month)
WEIR_FUNCTION_1(day)
WEIR_FUNCTION_1(day_of_week)
WEIR_FUNCTION_1(hour)
WEIR_FUNCTION_1(minute)
WEIR_FUNCTION_1(second)
WEIR_FUNCTION_1(unix_seconds)
WEIR_FUNCTION_1(unix_millis)
WEIR_FUNCTION_1(unix_micros)
WEIR_FUNCTION_1(timestamp_seconds)
WEIR_FUNCTION_1(timestamp_millis)
WEIR_FUNCTION_1(timestamp_micros)

WEIR_FUNCTION_2(element_at)
WEIR_FUNCTION_2(try_element_at)
WEIR_FUNCTION_2(get)
WEIR_FUNCTION_1(size)
WEIR_FUNCTION_1(map_keys)
WEIR_FUNCTION_1(map_values)
WEIR_FUNCTION_N(array)
WEIR_FUNCTION_0(rand)
WEIR_FUNCTION_0(uuid)

#undef WEIR_FUNCTION_0
#undef WEIR_FUNCTION_1
#undef WEIR_FUNCTION_2
#undef WEIR_FUNCTION_3
#undef WEIR_FUNCTION_N

/// A JSON text as a struct of these columns, as Spark's from_json (see json_reader for its rules). `columns` is a
/// schema, or its text: "user STRING, amount DOUBLE", or a type, "ARRAY<INT>".
///
///     weir::from_json(weir::col("value"), "user STRING, amount DOUBLE").as("data")
expression from_json(const expression& document, std::string_view columns, const json_options& options = {});
expression from_json(const expression& document, const schema& columns, const json_options& options = {});
/// A struct, list or map as JSON text.
expression to_json(const expression& value);

/// A struct of the values, its members called by their output names.
///
///     weir::struct_of({weir::col("data.name"), (weir::col("a") + 1).as("b")})
inline expression struct_of(const std::vector<expression>& members) {
  std::vector<expression> arguments;
  for (const auto& member : members) {
    arguments.push_back(lit(member.output_name()));
    arguments.push_back(member);
  }
  return call_function("named_struct", std::move(arguments));
}

}  // namespace weir
