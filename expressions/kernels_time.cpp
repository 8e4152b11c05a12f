#include <array>
#include <chrono>

#include <arrow/api.h>

#include <weir/columns/text.hpp>
#include <weir/columns/time.hpp>
#include <weir/expressions/arrow_call.hpp>
#include <weir/expressions/cell_column.hpp>
#include <weir/expressions/column_loops.hpp>
#include <weir/expressions/time_pattern.hpp>
#include <weir/expressions/value_text.hpp>

namespace weir::detail {

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t minute_us = 60 * second_us;
constexpr std::int64_t hour_us = 60 * minute_us;
constexpr std::int64_t day_us = 24 * hour_us;

constexpr std::int64_t floor_divide(std::int64_t value, std::int64_t unit) {
  return value / unit - (value % unit < 0 ? 1 : 0);
}
constexpr std::int64_t floor_rest(std::int64_t value, std::int64_t unit) {
  const auto rest = value % unit;
  return rest < 0 ? rest + unit : rest;
}

std::chrono::year_month_day date_of(std::int64_t micros) {
  return {std::chrono::sys_days{std::chrono::days{floor_divide(micros, day_us)}}};
}

// What of a time a function gives, of microseconds since the Unix epoch.
std::int32_t hour_of(std::int64_t micros) { return static_cast<std::int32_t>(floor_rest(micros, day_us) / hour_us); }
std::int32_t minute_of(std::int64_t micros) {
  return static_cast<std::int32_t>(floor_rest(micros, hour_us) / minute_us);
}
std::int32_t second_of(std::int64_t micros) {
  return static_cast<std::int32_t>(floor_rest(micros, minute_us) / second_us);
}
std::int32_t day_of(std::int64_t micros) {
  return static_cast<std::int32_t>(static_cast<unsigned>(date_of(micros).day()));
}
std::int32_t month_of(std::int64_t micros) {
  return static_cast<std::int32_t>(static_cast<unsigned>(date_of(micros).month()));
}
std::int32_t year_of(std::int64_t micros) { return static_cast<int>(date_of(micros).year()); }
/// 1 is Sunday; 1970-01-01 was a Thursday.
std::int32_t weekday_of(std::int64_t micros) {
  return static_cast<std::int32_t>(floor_rest(floor_divide(micros, day_us) + 4, 7) + 1);
}
std::int64_t millis_of(std::int64_t micros) { return floor_divide(micros, 1000); }
std::int64_t seconds_of(std::int64_t micros) { return floor_divide(micros, second_us); }
std::int64_t micros_of(std::int64_t micros) { return micros; }

template <auto Part>
status part_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  out = cell::of(static_cast<std::int64_t>(Part(args[0].integer())));
  return {};
}

template <auto Part>
result<arrow::Datum> part_columns(const bound_node& call, const column_scope& /*scope*/,
                                  std::span<const arrow::Datum> args) {
  return map_values<std::int64_t, decltype(Part(0))>(call, args[0], Part);
}

template <auto Part>
constexpr function_entry part_entry(std::string_view name, std::string_view signature, std::string_view note) {
  return {name, signature, note, part_row<Part>, part_columns<Part>};
}

template <std::int64_t Unit>
status from_number_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  std::int64_t micros = 0;
  if (__builtin_mul_overflow(args[0].integer(), Unit, &micros))
    return {errc::invalid_row, std::to_string(args[0].integer()) + " overflows timestamp"};
  out = cell::of(micros);
  return {};
}

status now_row(const bound_node& /*call*/, row_scope& scope, const cell* /*args*/, cell& out) {
  out = cell::of(std::int64_t{scope.context.epoch_time.time_since_epoch().count()});
  return {};
}

result<arrow::Datum> now_columns(const bound_node& call, const column_scope& scope,
                                 std::span<const arrow::Datum> /*args*/) {
  return arrow::Datum{std::make_shared<arrow::TimestampScalar>(
      std::int64_t{scope.context.epoch_time.time_since_epoch().count()}, call.arrow_type)};
}

using truncate = std::int64_t (*)(std::int64_t);

template <std::int64_t Unit>
std::int64_t truncated(std::int64_t micros) {
  return micros - floor_rest(micros, Unit);
}
/// Monday's.
std::int64_t truncated_to_week(std::int64_t micros) {
  return floor_divide(micros, day_us) * day_us - floor_rest(floor_divide(micros, day_us) + 3, 7) * day_us;
}
template <unsigned Months>
std::int64_t truncated_to_months(std::int64_t micros) {
  const auto date = date_of(micros);
  const auto month = (static_cast<unsigned>(date.month()) - 1) / Months * Months + 1;
  const std::chrono::sys_days first{date.year() / std::chrono::month{month} / std::chrono::day{1}};
  return first.time_since_epoch().count() * day_us;
}

struct unit_rule {
  std::string_view name;
  truncate function;
};
constexpr std::array units{unit_rule{"year", truncated_to_months<12>}, unit_rule{"yyyy", truncated_to_months<12>},
                           unit_rule{"yy", truncated_to_months<12>},   unit_rule{"quarter", truncated_to_months<3>},
                           unit_rule{"month", truncated_to_months<1>}, unit_rule{"mon", truncated_to_months<1>},
                           unit_rule{"mm", truncated_to_months<1>},    unit_rule{"week", truncated_to_week},
                           unit_rule{"day", truncated<day_us>},        unit_rule{"dd", truncated<day_us>},
                           unit_rule{"hour", truncated<hour_us>},      unit_rule{"minute", truncated<minute_us>},
                           unit_rule{"second", truncated<second_us>},  unit_rule{"millisecond", truncated<1000>},
                           unit_rule{"microsecond", truncated<1>}};

struct truncation : prepared_call {
  truncate function = nullptr;
};

result<std::string> constant_text(const bound_node& arg, std::string_view what) {
  if (!arg.constant || arg.constant->value.is_null())
    return status{errc::invalid_argument, std::string{what} + " must be a constant; " + arg.text + " is none"};
  return std::string{arg.constant->value.text()};
}

status prepare_truncation(bound_node& call) {
  WEIR_ASSIGN(auto unit, constant_text(*call.args[0], "the unit"));
  for (auto& c : unit)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  auto made = std::make_shared<truncation>();
  std::string names;
  for (const auto& one : units) {
    names.append(names.empty() ? "" : ", ").append(one.name);
    if (one.name == unit)
      made->function = one.function;
  }
  if (made->function == nullptr)
    return {errc::invalid_argument, "'" + unit + "' is no unit; there are: " + names};
  call.prepared = std::move(made);
  return {};
}

truncate truncation_of(const bound_node& call) { return static_cast<const truncation&>(*call.prepared).function; }

status truncate_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  out = cell::of(truncation_of(call)(args[1].integer()));
  return {};
}

result<arrow::Datum> truncate_columns(const bound_node& call, const column_scope& /*scope*/,
                                      std::span<const arrow::Datum> args) {
  return map_values<std::int64_t, std::int64_t>(call, args[1], truncation_of(call));
}

struct prepared_pattern : prepared_call {
  explicit prepared_pattern(time_pattern p) : pattern{std::move(p)} {}
  time_pattern pattern;
};

status prepare_pattern(bound_node& call) {
  if (call.args.size() < 2)
    return {};
  WEIR_ASSIGN(const auto text, constant_text(*call.args[1], "the pattern"));
  WEIR_ASSIGN(auto pattern, time_pattern::parse(text));
  call.prepared = std::make_shared<prepared_pattern>(std::move(pattern));
  return {};
}

const time_pattern& pattern_of(const bound_node& call) {
  return static_cast<const prepared_pattern&>(*call.prepared).pattern;
}

status format_row(const bound_node& call, row_scope& scope, const cell* args, cell& out) {
  std::string text;
  pattern_of(call).format(args[0].integer(), text);
  out = cell::of(keep(text, scope.memory));
  return {};
}

template <bool Try>
status to_timestamp_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  const auto time = call.prepared ? pattern_of(call).read(args[0].text()) : timestamp_from(args[0].text());
  out = time ? cell::of(*time) : cell{};
  if (time || Try)
    return {};
  return {errc::invalid_row, "'" + std::string{args[0].text()} + "' is no time; try_to_timestamp gives null"};
}

status interval_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  const auto length = parse_interval(args[0].text());
  if (!length.ok())
    return {errc::invalid_row, length.error().message()};
  out = cell::of(std::int64_t{length->count()});
  return {};
}

status prepare_interval(bound_node& call) {
  const auto& constant = call.args[0]->constant;
  return constant && !constant->value.is_null() ? parse_interval(constant->value.text()).error() : status{};
}

constexpr std::array entries{
    function_entry{"current_timestamp", " -> timestamp", "the epoch's time, the same for all its rows", now_row,
                   now_columns, nulls::never, nullptr, depends::epoch},
    function_entry{"date_trunc", "utf8, timestamp -> timestamp",
                   "down to a unit: year, quarter, month, week (Monday), day, hour, minute, second, millisecond, "
                   "microsecond",
                   truncate_row, truncate_columns, nulls::propagate, nullptr, depends::nothing, prepare_truncation},
    function_entry{"date_format", "timestamp, utf8 -> utf8",
                   "by a constant pattern of y M d H h m s S a E and 'quoted text'", format_row, nullptr,
                   nulls::propagate, nullptr, depends::nothing, prepare_pattern},
    function_entry{"to_timestamp", "utf8, utf8? -> timestamp", "by a pattern, or as cast reads it; no time is an error",
                   to_timestamp_row<false>, nullptr, nulls::propagate, nullptr, depends::nothing, prepare_pattern},
    function_entry{"try_to_timestamp", "utf8, utf8? -> timestamp", "to_timestamp with null for no time",
                   to_timestamp_row<true>, nullptr, nulls::partial, nullptr, depends::nothing, prepare_pattern},
    part_entry<year_of>("year", "timestamp -> int32", ""),
    part_entry<month_of>("month", "timestamp -> int32", "from 1"),
    part_entry<day_of>("day", "timestamp -> int32", "of the month"),
    part_entry<weekday_of>("day_of_week", "timestamp -> int32", "1 is Sunday"),
    part_entry<hour_of>("hour", "timestamp -> int32", ""),
    part_entry<minute_of>("minute", "timestamp -> int32", ""),
    part_entry<second_of>("second", "timestamp -> int32", ""),
    part_entry<seconds_of>("unix_seconds", "timestamp -> int64", "since 1970-01-01 00:00:00 UTC, rounded down"),
    part_entry<millis_of>("unix_millis", "timestamp -> int64", "rounded down"),
    part_entry<micros_of>("unix_micros", "timestamp -> int64", ""),
    function_entry{"timestamp_seconds", "int64 -> timestamp", "", from_number_row<second_us>},
    function_entry{"timestamp_millis", "int64 -> timestamp", "", from_number_row<1000>},
    function_entry{"timestamp_micros", "int64 -> timestamp", "", from_number_row<1>},
    function_entry{"interval", "utf8 -> duration", "as in \"5 minutes\"; a month has 31 days, a year 12 months",
                   interval_row, nullptr, nulls::propagate, nullptr, depends::nothing, prepare_interval},
};

}  // namespace

function_group time_functions() { return {"Time", entries}; }

}  // namespace weir::detail
