#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <weir/columns/key_codec.hpp>
#include <weir/operators/operator.hpp>

namespace weir {

/// The rows that an epoch brought to one partition, by group: batches as they came, and for each row the
/// ordinal of its key. Once complete, a group's rows are found by counting, never by sorting.
class group_rows {
public:
  /// Where a row is: its batch and its index there.
  struct position {
    std::uint32_t batch;
    std::uint32_t row;
  };

  /// Adds rows; the ordinals go to the returned space, one for each selected row.
  std::span<std::uint32_t> add(const batch& rows, std::vector<std::uint32_t> selection);
  std::span<const std::uint32_t> selection_of_last() const noexcept { return parts_.back().selection; }
  /// Orders the rows of `groups` groups; no more are added until clear().
  void arrange(std::size_t groups);

  /// A group's rows in order of arrival.
  std::span<const position> of(std::size_t group) const noexcept {
    return std::span{positions_}.subspan(begins_[group], begins_[group + 1] - begins_[group]);
  }
  /// Calls `visit(position, ordinal)` for all rows in order of arrival.
  template <class Visit>
  void each(Visit visit) const {
    for (std::size_t from = 0; from < parts_.size(); ++from)
      for (std::size_t i = 0; i < parts_[from].selection.size(); ++i)
        visit(position{static_cast<std::uint32_t>(from), parts_[from].selection[i]}, parts_[from].ordinals[i]);
  }
  std::size_t batches() const noexcept { return parts_.size(); }
  const batch& rows(std::size_t index) const noexcept { return parts_[index].rows; }
  std::size_t size() const noexcept { return count_; }
  void clear();

private:
  struct part {
    batch rows;
    std::vector<std::uint32_t> selection;
    std::vector<std::uint32_t> ordinals;
  };
  std::vector<part> parts_;
  std::vector<std::uint32_t> begins_;
  std::vector<position> positions_;
  std::size_t count_ = 0;
};

/// Takes the rows that are late (event time <= `late`, W09; null counts as the Unix epoch, W01) out of a selection.
/// Gives how many.
std::int64_t drop_late_rows(const batch& rows, int event_time_column, timestamp late,
                            std::vector<std::uint32_t>& selection);

}  // namespace weir
