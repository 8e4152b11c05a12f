#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <weir/operators/aggregate/group_table.hpp>
#include <weir/operators/aggregate/plan.hpp>

namespace weir::detail {

using accumulator_list = std::vector<std::unique_ptr<accumulators>>;

accumulator_list make_accumulators(const aggregate_plan& plan);

/// One partition's groups with their values, and what of them an epoch changed.
class aggregate_state {
public:
  explicit aggregate_state(std::shared_ptr<const aggregate_plan> plan);

  group_table& groups() noexcept { return groups_; }
  const group_table& groups() const noexcept { return groups_; }
  const accumulator_list& values() const noexcept { return values_; }
  /// Groups that are there.
  std::size_t size() const noexcept { return groups_.groups() - evicted_.size(); }
  std::size_t bytes() const noexcept;

  /// Makes room for the slots that the table has given out since.
  void grow();
  /// Takes rows[i] of a batch into slots[i]. Errors: at the group's key.
  status update(const batch& rows, std::span<const std::uint32_t> selection, std::span<const std::uint32_t> slots);
  /// Takes `slot`, whose group was unlinked, into `into`: its rows count as the later ones.
  status merge(std::uint32_t into, std::uint32_t slot);

  /// When a session ends.
  std::int64_t end_of(std::uint32_t slot) const noexcept { return ends_[slot]; }
  void set_end(std::uint32_t slot, std::int64_t end) { ends_[slot] = end; }
  /// Told apart from the group that had the slot before.
  std::uint32_t generation(std::uint32_t slot) const noexcept { return generations_[slot]; }

  /// The group is no more after this epoch.
  void evict(std::uint32_t slot) {
    flags_[slot] |= gone;
    evicted_.push_back(slot);
  }
  /// The group's rows went to another; unlinked already.
  void merged_away(std::uint32_t slot) {
    flags_[slot] |= gone;
    merged_.push_back(slot);
  }
  bool is_gone(std::uint32_t slot) const noexcept { return (flags_[slot] & gone) != 0; }

  /// Rows of the state schema: what the epoch that just finished changed. Ends the epoch.
  batch take_changes();
  /// Ends an epoch whose changes nobody wants.
  void end_epoch();
  status restore(const batch& changes, const operator_context& context);
  std::string printable(std::uint32_t slot) const;

private:
  static constexpr std::uint8_t gone = 1;
  static constexpr std::uint8_t logged = 2;  ///< a row of it stands in the log or a snapshot, under logged_times_

  void add_removed(std::uint32_t slot);
  void drop(std::uint32_t slot);

  std::shared_ptr<const aggregate_plan> plan_;
  group_table groups_;
  accumulator_list values_;
  // By slot.
  std::vector<std::uint8_t> flags_;
  std::vector<std::int64_t> ends_;          ///< of sessions
  std::vector<std::int64_t> logged_times_;  ///< of sessions, whose start may move
  std::vector<std::uint32_t> generations_;  ///< of sessions

  std::vector<std::uint32_t> evicted_;
  std::vector<std::uint32_t> merged_;
};

/// Reads the event time of a key: a timestamp's, or a window's end. Null counts as the Unix epoch (W01).
class key_time {
public:
  key_time(const column_view& column, const data_type& type);
  std::int64_t at(std::int64_t row) const noexcept { return column_.is_valid(row) ? times_[row] : 0; }

private:
  column_view column_;
  const std::int64_t* times_;
};

}  // namespace weir::detail
