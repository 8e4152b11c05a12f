#include <array>
#include <cmath>
#include <limits>

#include <arrow/api.h>
#include <arrow/compute/cast.h>

#include <weir/columns/date.hpp>
#include <weir/columns/decimal.hpp>
#include <weir/columns/display.hpp>
#include <weir/columns/text.hpp>
#include <weir/expressions/arrow_call.hpp>
#include <weir/expressions/cell_column.hpp>
#include <weir/expressions/decimal_cell.hpp>
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
  case id::decimal: return format_decimal(unscaled_of(value), type.scale());
  case id::date: return format_date(static_cast<std::int32_t>(value.integer()));
  case id::float32:
  case id::float64: append_display_number(value.real(), out); return out;
  case id::timestamp_us: append_display_time(value.integer(), out); return out;
  case id::duration_us: append_display_duration(value.integer(), out); return out;
  case id::utf8:
  case id::binary: return std::string{value.text()};
  default: return std::to_string(value.integer());
  }
}

std::optional<cell> within(std::int64_t value, const data_type& to) {
  const auto [least, most] = integer_bounds(to);
  return value < least || value > most ? std::nullopt : std::optional{cell::of(value)};
}

std::optional<cell> to_integer(const cell& value, const data_type& from, const data_type& to) {
  switch (from.kind()) {
  case id::utf8: {
    const auto read = integer_from(value.text());
    return read ? within(*read, to) : std::nullopt;
  }
  case id::decimal: {
    const auto whole = unscaled_of(value) / power_of_ten(from.scale());
    const auto [least, most] = integer_bounds(to);
    return whole < least || whole > most ? std::nullopt : std::optional{cell::of(static_cast<std::int64_t>(whole))};
  }
  case id::float32:
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
  case id::decimal: return cell::of(*real_from(shown(value, from)));
  case id::utf8: {
    const auto read = real_from(value.text());
    return read ? std::optional{cell::of(*read)} : std::nullopt;
  }
  case id::float32:
  case id::float64: return value;
  case id::timestamp_us: return cell::of(static_cast<double>(value.integer()) / static_cast<double>(second_us));
  default: return cell::of(static_cast<double>(value.integer()));
  }
}

/// The unscaled value of a decimal number's text; digits that the scale has no place for are rounded off.
std::optional<int128> decimal_from(std::string_view text, const data_type& to) {
  for (auto scale = to.scale(); scale <= max_decimal_digits; ++scale)
    if (const auto read = parse_decimal(text, max_decimal_digits, scale); read.ok()) {
      auto value = *read;
      return rescale_decimal(value, scale, to.precision(), to.scale()) ? std::optional{value} : std::nullopt;
    }
  return std::nullopt;
}

std::optional<cell> to_decimal(const cell& value, const data_type& from, const data_type& to) {
  std::optional<int128> made;
  if (is_text(from)) {
    made = decimal_from(trimmed(value.text()), to);
  } else if (is_real(from)) {
    // By its shortest digits, so that 0.1 is 0.1.
    std::string digits;
    append_number(value.real(), digits);
    made = std::isfinite(value.real()) ? decimal_from(digits, to) : std::nullopt;
  } else {
    made = is_decimal(from) ? unscaled_of(value) : int128{value.integer()};
    if (!rescale_decimal(*made, from.scale(), to.precision(), to.scale()))
      made.reset();
  }
  return made ? std::optional{decimal_cell(*made)} : std::nullopt;
}

constexpr std::int64_t day_us = 86'400 * second_us;

std::optional<cell> to_date(const cell& value, const data_type& from) {
  const auto micros = is_text(from) ? timestamp_from(value.text()) : std::optional{value.integer()};
  if (!micros)
    return std::nullopt;
  return within(*micros / day_us - (*micros % day_us < 0 ? 1 : 0), date_type);
}

std::optional<cell> to_boolean(const cell& value, const data_type& from) {
  if (is_text(from)) {
    const auto read = boolean_from(value.text());
    return read ? std::optional{cell::of(*read)} : std::nullopt;
  }
  if (is_decimal(from))
    return cell::of(unscaled_of(value) != 0);
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
  const auto unit = from == date_type ? day_us : second_us;
  return __builtin_mul_overflow(value.integer(), unit, &micros) ? std::nullopt : std::optional{cell::of(micros)};
}

std::optional<cell> converted(const cell& value, const data_type& from, const data_type& to, cell_memory& memory) {
  switch (to.kind()) {
  case id::boolean: return to_boolean(value, from);
  case id::decimal: return to_decimal(value, from, to);
  case id::date: return to_date(value, from);
  case id::float64: return to_real(value, from);
  case id::float32: {
    auto made = to_real(value, from);
    return made ? std::optional{cell::of(double{static_cast<float>(made->real())})} : std::nullopt;
  }
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
  if (is_decimal(from) || is_decimal(to))
    return by_rows();
  const auto widens = is_number(from) && is_number(to) && common_type(from, to) == to;
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
    return plain(to) || to == timestamp_type || to == date_type || to == binary;
  if (from == date_type || to == date_type)
    return from == timestamp_type || to == timestamp_type;
  if (is_decimal(from) || is_decimal(to))
    return plain(from) && plain(to);
  if (from == timestamp_type)
    return is_number(to);
  if (to == timestamp_type)
    return is_number(from);
  return plain(from) && plain(to);
}

function_group conversion_functions() { return {"Conversion", entries}; }

}  // namespace weir::detail
