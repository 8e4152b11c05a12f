#include <weir/expressions/aggregate_function.hpp>

#include <algorithm>
#include <array>

#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <weir/columns/decimal.hpp>

namespace weir {

namespace {

constexpr std::string_view numbers = "numbers";
constexpr std::string_view binary_numbers = "integers and floating numbers";
constexpr std::string_view ordered = "numbers, texts, binary, booleans and times";

using enum aggregate_kind;
constexpr std::array functions{
    aggregate_function{count, "count", "", 0, 1, "", "int64, never null"},
    aggregate_function{sum, "sum", "", 1, 1, numbers,
                       "int64 of integers, float64 of floating numbers, decimals with ten digits more"},
    aggregate_function{avg, "avg", "mean", 1, 1, numbers, "float64, of decimals four digits more"},
    aggregate_function{min, "min", "", 1, 1, ordered, "as its argument"},
    aggregate_function{max, "max", "", 1, 1, ordered, "as its argument"},
    aggregate_function{first, "first", "first_value", 1, 1, "", "as its argument"},
    aggregate_function{last, "last", "last_value", 1, 1, "", "as its argument"},
    aggregate_function{stddev, "stddev", "stddev_samp", 1, 1, binary_numbers, "float64"},
    aggregate_function{stddev_pop, "stddev_pop", "", 1, 1, binary_numbers, "float64"},
    aggregate_function{variance, "variance", "var_samp", 1, 1, binary_numbers, "float64"},
    aggregate_function{var_pop, "var_pop", "", 1, 1, binary_numbers, "float64"},
    aggregate_function{collect_list, "collect_list", "", 1, 1, "", "a list, never null"},
    aggregate_function{collect_set, "collect_set", "", 1, 1, "", "a list, never null"},
    aggregate_function{max_by, "max_by", "", 2, 2, ordered, "as its first argument"},
    aggregate_function{min_by, "min_by", "", 2, 2, ordered, "as its first argument"},
};

bool is_number(arrow::Type::type id) {
  return arrow::is_signed_integer(id) || arrow::is_floating(id) || id == arrow::Type::DECIMAL128;
}

bool is_binary_number(arrow::Type::type id) { return is_number(id) && id != arrow::Type::DECIMAL128; }

bool is_ordered(arrow::Type::type id) {
  return is_number(id) || id == arrow::Type::BOOL || id == arrow::Type::STRING || id == arrow::Type::BINARY ||
         id == arrow::Type::TIMESTAMP || id == arrow::Type::DURATION || id == arrow::Type::DATE32;
}

}  // namespace

std::span<const aggregate_function> aggregate_functions() { return functions; }

const aggregate_function& aggregate_function_of(aggregate_kind kind) {
  return functions[static_cast<std::size_t>(kind)];
}

const aggregate_function* find_aggregate_function(std::string_view name) {
  const auto found = std::ranges::find_if(
      functions, [&](const auto& one) { return one.name == name || (!one.also.empty() && one.also == name); });
  return found == functions.end() ? nullptr : &*found;
}

result<field> aggregate_result(aggregate_kind kind, std::span<const field> arguments, std::string name) {
  const auto& function = aggregate_function_of(kind);
  const auto given = static_cast<int>(arguments.size());
  if (given < function.least_arguments || given > function.most_arguments) {
    auto expected = std::to_string(function.least_arguments);
    if (function.most_arguments != function.least_arguments)
      expected += " or " + std::to_string(function.most_arguments);
    return status{errc::invalid_argument, std::string{function.name} + ": expected " + expected +
                                              (function.most_arguments == 1 ? " argument" : " arguments") + ", got " +
                                              std::to_string(given)};
  }
  auto type = int64;
  if (!arguments.empty() && !function.accepts.empty()) {
    const auto& tested = arguments.back();
    const auto id = tested.type.to_arrow()->id();
    const auto accepted = function.accepts == numbers          ? is_number(id)
                          : function.accepts == binary_numbers ? is_binary_number(id)
                                                               : is_ordered(id);
    if (!accepted)
      return status{errc::type_mismatch, std::string{function.name} + ": column '" + tested.name + "' is " +
                                             tested.type.to_string() + ", it accepts " + std::string{function.accepts}};
  }
  switch (kind) {
  case count: return field{std::move(name), int64, false};
  case sum:
    if (arrow::is_floating(arguments[0].type.to_arrow()->id()))
      type = float64;
    else if (const auto& of = arguments[0].type; of.kind() == data_type::id::decimal)
      type = decimal_of(std::min(of.precision() + 10, max_decimal_digits), of.scale());
    break;
  case avg:
    if (const auto& of = arguments[0].type; of.kind() == data_type::id::decimal) {
      if (of.precision() + 4 > max_decimal_digits)
        return status{errc::type_mismatch, "avg: column '" + arguments[0].name + "' is " + of.to_string() +
                                               ", it accepts decimals of up to 34 digits; cast the column"};
      type = decimal_of(of.precision() + 4, of.scale() + 4);
      break;
    }
    type = float64;
    break;
  case stddev:
  case stddev_pop:
  case variance:
  case var_pop: type = float64; break;
  case collect_list:
  case collect_set: return field{std::move(name), list_of({"item", arguments[0].type, false}), false};
  default: type = arguments[0].type;
  }
  return field{std::move(name), std::move(type), true};
}

std::string default_aggregate_name(aggregate_kind kind, std::span<const std::string> arguments) {
  std::string name{aggregate_function_of(kind).name};
  if (arguments.empty())
    return name;
  name += '(';
  for (std::size_t i = 0; i < arguments.size(); ++i)
    name.append(i > 0 ? ", " : "").append(arguments[i]);
  return name + ')';
}

}  // namespace weir
