#pragma once

#include <cstdint>
#include <vector>

#include <weir/columns/value_bytes.hpp>
#include <weir/operators/aggregate/state.hpp>

namespace weir::detail {

/// Rows of the result being gathered: each of a group's key, a window, and the values of one slot, or of several panes
/// merged.
class aggregate_output {
public:
  aggregate_output(std::shared_ptr<const aggregate_plan> plan, const aggregate_state& state);

  std::size_t size() const noexcept { return keys_.size(); }
  bool full() const noexcept { return keys_.size() >= most_rows; }
  /// A row of one group.
  void add(std::uint32_t slot, std::int64_t start = 0, std::int64_t end = 0) {
    keys_.push_back(slot);
    if (!windowed_)
      return;
    starts_.push_back(start);
    ends_.push_back(end);
  }
  /// A row whose values are those of the panes that add_pane() names next, all of one key; all rows of an output are
  /// made so, or none.
  void add_window(std::uint32_t slot, std::int64_t start, std::int64_t end) {
    add(slot, start, end);
    merges_ = true;
  }
  void add_pane(std::uint32_t slot) {
    into_.push_back(static_cast<std::uint32_t>(keys_.size() - 1));
    panes_.push_back(slot);
  }
  /// The rows as a batch; the output is empty again.
  result<batch> finish();

private:
  static constexpr std::size_t most_rows = 8 * 1024;

  status merge_panes();

  std::shared_ptr<const aggregate_plan> plan_;
  const aggregate_state& state_;
  bool windowed_;
  bool merges_ = false;
  value_columns key_columns_;
  std::vector<std::uint32_t> keys_;  ///< the slot whose key a row has
  std::vector<std::int64_t> starts_, ends_;
  std::vector<std::uint32_t> into_, panes_;
  accumulator_list merged_;  ///< by row
  std::vector<std::uint32_t> rows_;
};

}  // namespace weir::detail
