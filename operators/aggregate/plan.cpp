#include <weir/operators/aggregate/plan.hpp>

#include <set>

#include <arrow/type.h>

#include <weir/columns/key_codec.hpp>
#include <weir/columns/time.hpp>
#include <weir/state/checkpoint.hpp>

namespace weir::detail {

data_type window_type() { return struct_of({{"start", timestamp_type, false}, {"end", timestamp_type, false}}); }

int window_end_member(const data_type& type) {
  if (type.kind() != data_type::id::structure)
    return -1;
  const auto& members = type.children();
  for (std::size_t i = 0; i < members.size(); ++i)
    if (members[i].name == "end" && members[i].type == timestamp_type)
      return static_cast<int>(i);
  return -1;
}

result<std::shared_ptr<const aggregate_plan>> aggregate_plan::make(aggregate_options options) {
  auto plan = std::make_shared<aggregate_plan>();
  plan->options = std::move(options);
  WEIR_TRY(plan->check());
  return std::shared_ptr<const aggregate_plan>{std::move(plan)};
}

status aggregate_plan::check() {
  WEIR_TRY(add_keys());
  WEIR_TRY(check_time());
  WEIR_TRY(add_aggregates());
  WEIR_TRY(add_output());
  add_state();
  return {};
}

status aggregate_plan::add_keys() {
  for (const auto& key : options.keys) {
    if (key.column < 0 || static_cast<std::size_t>(key.column) >= options.input.size())
      return {errc::invalid_argument, "aggregate: key '" + key.name + "' is column " + std::to_string(key.column) +
                                          " of (" + options.input.to_string() + ")"};
    keys.push_back(options.input[static_cast<std::size_t>(key.column)]);
    key_columns.push_back(key.column);
  }
  if (!keys.empty())
    WEIR_TRY(key_encoder::make(options.input, key_columns).error());
  return {};
}

status aggregate_plan::check_timestamp(int column, const std::string& what) const {
  if (column < 0 || static_cast<std::size_t>(column) >= options.input.size())
    return {errc::invalid_argument,
            what + ": column " + std::to_string(column) + " of (" + options.input.to_string() + ")"};
  const auto& found = options.input[static_cast<std::size_t>(column)];
  if (found.type != timestamp_type)
    return {errc::type_mismatch,
            what + ": column '" + found.name + "' is " + found.type.to_string() + ", it accepts timestamp"};
  return {};
}

status aggregate_plan::check_time() {
  using std::chrono::microseconds;
  if (const auto* of = window()) {
    WEIR_TRY(check_timestamp(of->column, "window"));
    if (of->size <= microseconds{0} || of->slide <= microseconds{0})
      return {errc::invalid_argument, "window: size and slide must be positive, got " + format_interval(of->size) +
                                          " and " + format_interval(of->slide)};
    if (of->slide > of->size)
      return {errc::invalid_argument, "window: the slide (" + format_interval(of->slide) +
                                          ") must not be longer than the window (" + format_interval(of->size) + ")"};
    if (of->start >= of->slide || of->start <= -of->slide)
      return {errc::invalid_argument, "window: the start (" + format_interval(of->start) +
                                          ") must be shorter than the slide (" + format_interval(of->slide) + ")"};
    windows = {of->size.count(), of->slide.count(), of->start.count()};
  }
  if (const auto* of = session()) {
    WEIR_TRY(check_timestamp(of->column, "session_window"));
    if (of->gap_column) {
      if (*of->gap_column < 0 || static_cast<std::size_t>(*of->gap_column) >= options.input.size())
        return {errc::invalid_argument, "session_window: column " + std::to_string(*of->gap_column) + " of (" +
                                            options.input.to_string() + ")"};
      const auto& gap = options.input[static_cast<std::size_t>(*of->gap_column)];
      if (gap.type != duration_type)
        return {errc::type_mismatch, "session_window: the gap, column '" + gap.name + "', is " + gap.type.to_string() +
                                         ", it accepts duration"};
    } else if (of->gap <= microseconds{0}) {
      return {errc::invalid_argument, "session_window: the gap must be positive, got " + format_interval(of->gap)};
    }
    if (keys.empty())
      return {errc::unsupported,
              "aggregate: session windows need at least one key beside them; add one to group_by, if need be a "
              "constant column"};
  }
  if (const auto* of = time_key()) {
    if (of->key >= keys.size())
      return {errc::invalid_argument,
              "aggregate: the event time is key " + std::to_string(of->key) + " of " + std::to_string(keys.size())};
    const auto& key = keys[of->key];
    if (key.type != timestamp_type && window_end_member(key.type) < 0)
      return {errc::type_mismatch, "aggregate: the event time, column '" + key.name + "', is " + key.type.to_string() +
                                       ", it accepts timestamp or a window (struct<start, end>)"};
  }
  if (mode() == output_mode::append && (!options.watermarked || options.time.index() == 0))
    return {errc::unsupported, "streaming aggregations without a watermark are not supported in output mode append, "
                               "since no group is ever final: call with_watermark() and group by that column or a "
                               "window of it, or use update or complete"};
  return {};
}

status aggregate_plan::add_aggregates() {
  for (const auto& call : options.aggregates) {
    accumulator_options aggregate{call.kind, {}, call.ignore_nulls, call.max_elements};
    for (const auto column : call.arguments) {
      if (column < 0 || static_cast<std::size_t>(column) >= options.input.size())
        return {errc::invalid_argument, "aggregate: '" + call.name + "' is of column " + std::to_string(column) +
                                            " of (" + options.input.to_string() + ")"};
      aggregate.arguments.push_back(options.input[static_cast<std::size_t>(column)]);
    }
    WEIR_ASSIGN(auto made, aggregate_result(call.kind, aggregate.arguments, call.name));
    results.push_back(std::move(made));
    aggregates.push_back(std::move(aggregate));
  }
  return {};
}

status aggregate_plan::add_output() {
  std::vector<field> columns;
  for (std::size_t i = 0; i < keys.size(); ++i)
    columns.push_back({options.keys[i].name, keys[i].type, keys[i].nullable});
  if (has_window()) {
    if (options.window_position > columns.size())
      return {errc::invalid_argument, "aggregate: the window is column " + std::to_string(options.window_position) +
                                          " of " + std::to_string(columns.size()) + " keys"};
    columns.insert(columns.begin() + static_cast<std::ptrdiff_t>(options.window_position),
                   {window_name(), window_type(), false});
  }
  columns.insert(columns.end(), results.begin(), results.end());
  std::set<std::string> names;
  for (const auto& column : columns)
    if (!names.insert(column.name).second)
      return {errc::invalid_argument,
              "aggregate: two columns of the result are called '" + column.name + "'; rename one"};
  output = schema{std::move(columns)};
  arrow_output = output.to_arrow();
  return {};
}

void aggregate_plan::add_state() {
  auto full_key = keys;
  std::vector<field> values;
  if (has_window())
    full_key.push_back({window_name() + ".start", timestamp_type, false});
  if (session() != nullptr)
    values.push_back({window_name() + ".end", timestamp_type, false});
  for (std::size_t i = 0; i < aggregates.size(); ++i)
    for (auto& part : make_accumulators(aggregates[i])->state_fields()) {
      part.name = results[i].name + "." + part.name;
      values.push_back(std::move(part));
    }
  state = make_state_schema(full_key, values);
  arrow_state = state.to_arrow();
}

}  // namespace weir::detail
