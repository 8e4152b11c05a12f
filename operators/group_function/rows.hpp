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
  /// Counts the rows of `groups` groups; no more are added until clear().
  void count(std::size_t groups);
  /// Where a group's rows begin and end when all rows stand group after group.
  std::size_t begin_of(std::size_t group) const noexcept { return begins_[group]; }
  std::size_t end_of(std::size_t group) const noexcept { return begins_[group + 1]; }
  /// Calls `visit(position, place)` for all rows in order of arrival, with their place group after group; some rows
  /// before that, `soon(place)` with about the same place, for a prefetch.
  template <class Soon, class Visit>
  void each_place(Soon soon, Visit visit) {
    constexpr std::size_t ahead = 16;
    next_ = begins_;
    auto* const next = next_.data();
    for (std::size_t from = 0; from < parts_.size(); ++from) {
      const std::span rows{parts_[from].selection};
      const std::span ordinals{parts_[from].ordinals};
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i + ahead < rows.size())
          soon(next[ordinals[i + ahead]]);
        visit(position{static_cast<std::uint32_t>(from), rows[i]}, next[ordinals[i]]++);
      }
    }
  }

  /// Orders the rows' positions, after count().
  void arrange();
  /// A group's rows in order of arrival, after arrange().
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
  std::vector<std::uint32_t> next_;
  std::vector<position> positions_;
  std::size_t count_ = 0;
};

/// Takes the rows that are late (event time <= `late`, W09; null counts as the Unix epoch, W01) out of a selection.
/// Gives how many.
std::int64_t drop_late_rows(const batch& rows, int event_time_column, timestamp late,
                            std::vector<std::uint32_t>& selection);

}  // namespace weir
