#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <weir/expressions/aggregate_function.hpp>
#include <weir/operators/operator.hpp>

namespace weir {

/// One aggregate of a group: a function of columns of the input, and the name of its column.
struct aggregate_call {
  aggregate_kind kind = aggregate_kind::count;
  std::vector<int> arguments;         ///< column indexes; count(*) has none
  std::string name;                   ///< unique among the output's columns
  bool ignore_nulls = false;          ///< first and last pass nulls by
  std::size_t max_elements = 10'000;  ///< of collect_list and collect_set, a group; more fail the query
};

/// A column that groups rows, and its name in the output.
struct group_key {
  int column = 0;
  std::string name;
};

/// Groups by windows [start, start + size) of a timestamp column: one begins every `slide`, at `start` after the Unix
/// epoch (V01). Rows whose time is null are dropped.
struct window_grouping {
  int column = 0;
  std::chrono::microseconds size{};
  std::chrono::microseconds slide{};  ///< at most `size`; the same: tumbling windows
  std::chrono::microseconds start{};
  std::string name = "window";
};

/// Groups by sessions: a row's session is [time, time + gap), and those of a key that touch are one (V03). The gap is fixed
/// or a duration column's (V04). Rows whose time or gap is null, or whose gap is not positive, are dropped.
struct session_grouping {
  int column = 0;
  std::chrono::microseconds gap{};
  std::optional<int> gap_column;
  std::string name = "session_window";
};

/// One of the keys is the event time: a timestamp, or the window of an aggregation before, whose time is its `end`.
struct time_key_grouping {
  std::size_t key = 0;  ///< index in `keys`
};

struct aggregate_options {
  schema input;
  std::vector<group_key> keys;
  std::variant<std::monostate, window_grouping, session_grouping, time_key_grouping> time;
  std::size_t window_position = 0;  ///< where among the keys the window's column stands in the output
  std::vector<aggregate_call> aggregates;
  output_mode mode = output_mode::update;
  /// The time that groups is the input's event time: late rows are dropped and groups evicted by the watermark, but in
  /// complete mode.
  bool watermarked = false;
};

namespace detail {
class aggregate_plan;
}

/// Groups rows by keys and time and aggregates each group, incrementally over epochs. Output columns: keys and window
/// (struct<start, end>) in the user's order, then the aggregates.
///
/// - update: one row for each group that the epoch touched (A03); groups are evicted silently.
/// - append: each group once, when the watermark passes it.
/// - complete: all groups in every epoch with data; nothing is late, nothing is evicted.
///
/// A row is late when every window it belongs to is (W09); it is counted, and goes to late_rows_port where that is read.
/// Sessions in update mode: a changed session's row replaces every earlier row of the key whose window it touches.
///
/// Without keys and time there is one group, whose row comes in every epoch with data, also when none of the
/// data reached it (A02).
class aggregate_operator : public operator_description {
public:
  explicit aggregate_operator(aggregate_options options);
  ~aggregate_operator() override;

  std::string kind() const override { return "aggregate"; }
  result<schema> bind(std::span<const schema> inputs) const override;
  std::unique_ptr<operator_instance> instantiate() const override;
  std::vector<int> key_columns(int port) const override;
  std::optional<schema> state_schema() const override;
  std::map<std::string, std::string> fixed_settings() const override;
  bool uses_event_time() const override;
  std::string output_event_time() const override;
  std::optional<schema> side_output(int port) const override;
  std::string details() const override;

private:
  result<std::shared_ptr<const detail::aggregate_plan>> plan_;
};

}  // namespace weir
