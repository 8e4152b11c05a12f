#include <array>
#include <cmath>
#include <limits>

#include <arrow/api.h>
#include <arrow/compute/cast.h>

#include <weir/columns/display.hpp>
#include <weir/columns/text.hpp>
#include <weir/expressions/arrow_call.hpp>
#include <weir/expressions/cell_column.hpp>
#include <weir/expressions/row_evaluator.hpp>
#include <weir/expressions/signature.hpp>
#include <weir/expressions/value_text.hpp>

namespace weir::detail {

namespace {

using id = data_type::id;

constexpr std::int64_t second_us = 1'000'000;

bool is_text(const data_type& type) { return type.kind() == id::utf8; }

std::string shown(const cell& value, const data_type& type) {
  std::string out;
  switch (type.kind()) {
  case id::boolean: return value.boolean() ? "true" : "false";
  case id::float64: append_display_number(value.real(), out); return out;
  case id::timestamp_us: append_display_time(value.integer(), out); return out;
  case id::duration_us: append_display_duration(value.integer(), out); return out;
  case id::utf8:
  case id::binary: return std::string{value.text()};
  default: return std::to_string(value.integer());
  }
}

/// The bounds of an integer type.
std::pair<std::int64_t, std::int64_t> bounds(const data_type& type) {
  if (type.kind() == id::int32)
    return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
  return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
}

std::optional<cell> within(std::int64_t value, const data_type& to) {
  const auto [least, most] = bounds(to);
  return value < least || value > most ? std::nullopt : std::optional{cell::of(value)};
}

std::optional<cell> to_integer(const cell& value, const data_type& from, const data_type& to) {
  switch (from.kind()) {
  case id::utf8: {
    const auto read = integer_from(value.text());
    return read ? within(*read, to) : std::nullopt;
  }
  case id::float64: {
    // Cut towards zero. 2^63 is a double, 2^63 - 1 is not.
    const auto whole = std::trunc(value.real());
    if (std::isnan(whole) || whole < -0x1p63 || whole >= 0x1p63)
      return std::nullopt;
    return within(static_cast<std::int64_t>(whole), to);
  }
  case id::timestamp_us: {
    const auto micros = value.integer();
    return within(micros / second_us - (micros % second_us < 0 ? 1 : 0), to);
  }
  default: return within(value.integer(), to);
  }
}

std::optional<cell> to_real(const cell& value, const data_type& from) {
  switch (from.kind()) {
  case id::utf8: {
    const auto read = real_from(value.text());
    return read ? std::optional{cell::of(*read)} : std::nullopt;
  }
  case id::float64: return value;
  case id::timestamp_us: return cell::of(static_cast<double>(value.integer()) / static_cast<double>(second_us));
  default: return cell::of(static_cast<double>(value.integer()));
  }
}

std::optional<cell> to_boolean(const cell& value, const data_type& from) {
  if (is_text(from)) {
    const auto read = boolean_from(value.text());
    return read ? std::optional{cell::of(*read)} : std::nullopt;
  }
  return cell::of(is_real(from) ? value.real() != 0 : value.integer() != 0);
}

std::optional<cell> to_timestamp(const cell& value, const data_type& from) {
  if (is_text(from)) {
    const auto read = timestamp_from(value.text());
    return read ? std::optional{cell::of(*read)} : std::nullopt;
  }
  if (is_real(from)) {
    const auto micros = value.real() * static_cast<double>(second_us);
    if (!(std::abs(micros) < 0x1p63))
      return std::nullopt;
    return cell::of(static_cast<std::int64_t>(micros));
  }
  std::int64_t micros = 0;
  return __builtin_mul_overflow(value.integer(), second_us, &micros) ? std::nullopt : std::optional{cell::of(micros)};
}

std::optional<cell> converted(const cell& value, const data_type& from, const data_type& to, cell_memory& memory) {
  switch (to.kind()) {
  case id::boolean: return to_boolean(value, from);
  case id::float64: return to_real(value, from);
  case id::timestamp_us: return to_timestamp(value, from);
  case id::utf8: return cell::of(keep(shown(value, from), memory));
  case id::binary:
  case id::list: return value;
  default: return to_integer(value, from, to);
  }
}

template <bool Try>
status cast_row(const bound_node& call, row_scope& scope, const cell* args, cell& out) {
  const auto& from = call.args[0]->type;
  const auto made = converted(args[0], from, call.type, scope.memory);
  out = made.value_or(cell{});
  if (made || Try)
    return {};
  const auto value = is_text(from) ? "'" + shown(args[0], from) + "'" : shown(args[0], from);
  return {errc::invalid_row,
          value + " (" + from.to_string() + ") is no " + call.type.to_string() + "; try_cast gives null"};
}

/// Where Arrow's cast is the same.
result<arrow::Datum> cast_columns(const bound_node& call, const column_scope& /*scope*/,
                                  std::span<const arrow::Datum> args) {
  const auto& from = call.args[0]->type;
  const auto& to = call.type;
  const auto widens = is_integer(from) && is_number(to) && common_type(from, to) == to;
  const auto prints = is_text(to) && (is_integer(from) || from == boolean);
  const auto narrows = is_integer(from) && is_integer(to) && call.function->null_rule == nulls::propagate;
  if (!widens && !prints && !narrows)
    return by_rows();
  // Large integers lose digits as doubles, as everywhere.
  auto options = arrow::compute::CastOptions::Safe(call.arrow_type);
  options.allow_float_truncate = true;
  options.allow_int_overflow = false;
  if (is_real(to))
    options = arrow::compute::CastOptions::Unsafe(call.arrow_type);
  return call_arrow("cast", args, options);
}

constexpr std::array entries{
    function_entry{"cast", "any -> special", "cast(type): a value that does not fit is an error", cast_row<false>,
                   cast_columns},
    function_entry{"try_cast", "any -> special", "try_cast(type): a value that does not fit is null", cast_row<true>,
                   cast_columns, nulls::partial},
};

}  // namespace

bool can_cast(const data_type& from, const data_type& to) {
  if (from == to)
    return true;
  if (from.kind() == id::list && to.kind() == id::list)
    return common_type(from, to) == to;
  if (!from.children().empty() || !to.children().empty())
    return false;
  const auto plain = [](const data_type& type) { return is_number(type) || type == boolean; };
  if (is_text(to))
    return true;
  if (is_text(from))
    return plain(to) || to == timestamp_type || to == binary;
  if (from == timestamp_type)
    return is_number(to);
  if (to == timestamp_type)
    return is_number(from);
  return plain(from) && plain(to);
}

function_group conversion_functions() { return {"Conversion", entries}; }

}  // namespace weir::detail
