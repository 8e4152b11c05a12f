#include <algorithm>
#include <limits>

#include <arrow/record_batch.h>

#include <weir/operators/aggregate/instance.hpp>

namespace weir::detail {

namespace {

constexpr auto never = std::numeric_limits<std::int64_t>::max();

/// A group's time is its pane's start, the event time among its keys, or 0.
class window_instance : public aggregate_instance {
public:
  explicit window_instance(std::shared_ptr<const aggregate_plan> plan)
      : aggregate_instance{plan}, shape_{plan->windows}, windowed_{plan->window() != nullptr},
        sliding_{windowed_ && !plan->windows.tumbling()} {}

protected:
  status find_groups(rows_in& in) override;
  void begin_output() override;
  bool add_rows() override;
  void evict() override;
  std::optional<std::int64_t> first_due() const override;

private:
  void choose_panes(rows_in& in, const window_grouping& by);
  void choose_times(rows_in& in, const time_key_grouping& by);
  /// When a group with this time is closed for good.
  std::int64_t end_of(std::int64_t time) const noexcept { return windowed_ ? shape_.last_end(time) : time; }
  void add_group(std::uint32_t slot) {
    const auto start = groups().time(slot);
    output_.add(slot, start, windowed_ ? shape_.end_of(start) : 0);
  }
  template <class Counts>
  void add_windows(std::uint32_t slot, Counts counts);
  void add_panes(std::span<const group_ref> from, std::int64_t end);
  bool add_due_groups();
  bool add_due_windows();
  bool next_due_window(std::int64_t from);

  window_shape shape_;
  bool windowed_;
  bool sliding_;
  std::vector<std::int64_t> times_;
  std::int64_t closed_until_ = std::numeric_limits<std::int64_t>::min();  ///< the last evict watermark

  // Where add_rows() goes on: a touched group or a slot; with append mode a window, and a slot of a pane in it.
  std::size_t next_ = 0;
  std::map<std::int64_t, std::vector<std::uint32_t>>::const_iterator pane_;
  std::optional<std::int64_t> window_;
};

status window_instance::find_groups(rows_in& in) {
  times_.clear();
  if (const auto* of = plan().window())
    choose_panes(in, *of);
  else if (const auto* key = plan().time_key(); key != nullptr && evicts())
    choose_times(in, *key);
  touch_rows(in, times_);
  return {};
}

void window_instance::choose_panes(rows_in& in, const window_grouping& by) {
  const auto column = view_of(*in.rows.arrow()->column_data(by.column));
  const auto* times = column.values_as<std::int64_t>();
  times_.resize(in.selection.size());
  // Rows mostly come in order of time: one division a pane, not one a row.
  std::int64_t pane = 0;
  auto late = false;
  auto known = false;
  std::size_t kept = 0;
  for (const auto row : in.selection) {
    if (!column.is_valid(row))
      continue;
    const auto time = times[row];
    const auto past = static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(pane);
    if (!known || past >= static_cast<std::uint64_t>(shape_.pane)) {
      pane = shape_.pane_of(time);
      late = shape_.last_end(pane) <= late_until_;
      known = true;
    }
    if (late) {
      late_.push_back(row);
      continue;
    }
    in.selection[kept] = row;
    times_[kept++] = pane;
  }
  in.selection.resize(kept);
  times_.resize(kept);
}

void window_instance::choose_times(rows_in& in, const time_key_grouping& by) {
  const key_time times{view_of(*in.rows.arrow()->column_data(plan().key_columns[by.key])), plan().keys[by.key].type};
  times_.resize(in.selection.size());
  std::size_t kept = 0;
  for (const auto row : in.selection) {
    const auto time = times.at(row);
    if (time <= late_until_) {
      late_.push_back(row);
      continue;
    }
    in.selection[kept] = row;
    times_[kept++] = time;
  }
  in.selection.resize(kept);
  times_.resize(kept);
}

void window_instance::begin_output() {
  next_ = mode() == output_mode::complete ? 1 : 0;
  window_.reset();
  if (mode() != output_mode::append)
    return;
  pane_ = groups().by_time().begin();
  if (sliding_ && pane_ != groups().by_time().end())
    next_due_window(shape_.first_window(pane_->first));
}

bool window_instance::add_rows() {
  switch (mode()) {
  case output_mode::append: return sliding_ ? add_due_windows() : add_due_groups();
  case output_mode::update:
    while (next_ < groups().touched().size()) {
      if (output_.full())
        return false;
      const auto slot = groups().touched()[next_++];
      if (sliding_)
        add_windows(slot, [this](std::uint32_t other) { return groups().is_touched(other); });
      else
        add_group(slot);
    }
    return true;
  case output_mode::complete:
    while (next_ < groups().slots()) {
      if (output_.full())
        return false;
      const auto slot = static_cast<std::uint32_t>(next_++);
      if (!groups().is_used(slot))
        continue;
      if (sliding_)
        add_windows(slot, [](std::uint32_t) { return true; });
      else
        add_group(slot);
    }
    return true;
  }
  return true;
}

/// The windows that contain the slot's pane and are not closed, but for those that a later pane of the key for which
/// `counts` holds is in too: that one adds them.
template <class Counts>
void window_instance::add_windows(std::uint32_t slot, Counts counts) {
  const auto time = groups().time(slot);
  const auto all = groups().groups_of(groups().key_of(slot));
  auto from = std::ranges::lower_bound(all, time - shape_.size + shape_.pane, {}, &group_ref::time);
  auto last_end = never;
  for (auto later = std::ranges::upper_bound(all, time, {}, &group_ref::time);
       later != all.end() && later->time < time + shape_.size; ++later)
    if (counts(later->slot)) {
      last_end = later->time;
      break;
    }
  for (auto window = shape_.first_window(time); window <= time; window += shape_.slide) {
    const auto end = shape_.end_of(window);
    if (end > last_end)
      return;
    if (end <= late_until_)
      continue;
    while (from->time < window)
      ++from;
    output_.add_window(slot, window, end);
    add_panes({from, all.end()}, end);
  }
}

void window_instance::add_panes(std::span<const group_ref> from, std::int64_t end) {
  for (const auto& pane : from) {
    if (pane.time >= end)
      return;
    output_.add_pane(pane.slot);
  }
}

bool window_instance::add_due_groups() {
  for (; pane_ != groups().by_time().end() && end_of(pane_->first) <= evict_until_; ++pane_, next_ = 0)
    while (next_ < pane_->second.size()) {
      if (output_.full())
        return false;
      add_group(pane_->second[next_++]);
    }
  return true;
}

/// Goes to the first window from `from` on that has a pane and is due: its end is passed now and was not before.
bool window_instance::next_due_window(std::int64_t from) {
  window_.reset();
  const auto& panes = groups().by_time();
  const auto after = std::max(late_until_, closed_until_);
  for (;;) {
    if (shape_.end_of(from) <= after)
      from = shape_.first_window(floor_to(after, shape_.start, shape_.pane));
    pane_ = panes.lower_bound(from);
    if (pane_ == panes.end())
      return false;
    if (pane_->first >= shape_.end_of(from)) {
      from = shape_.first_window(pane_->first);
      continue;
    }
    if (shape_.end_of(from) > evict_until_)
      return false;
    window_ = from;
    next_ = 0;
    return true;
  }
}

bool window_instance::add_due_windows() {
  while (window_) {
    const auto start = *window_;
    const auto end = shape_.end_of(start);
    for (; pane_ != groups().by_time().end() && pane_->first < end; ++pane_, next_ = 0)
      while (next_ < pane_->second.size()) {
        if (output_.full())
          return false;
        const auto slot = pane_->second[next_++];
        // A key's first pane in the window stands for all of them.
        const auto all = groups().groups_of(groups().key_of(slot));
        const auto at = std::ranges::lower_bound(all, pane_->first, {}, &group_ref::time);
        if (at != all.begin() && std::prev(at)->time >= start)
          continue;
        output_.add_window(slot, start, end);
        add_panes({at, all.end()}, end);
      }
    next_due_window(start + shape_.slide);
  }
  return true;
}

void window_instance::evict() {
  closed_until_ = std::max(closed_until_, evict_until_);
  while (!groups().by_time().empty() && end_of(groups().by_time().begin()->first) <= evict_until_)
    for (const auto slot : groups().take_earliest())
      state_.evict(slot);
}

std::optional<std::int64_t> window_instance::first_due() const {
  const auto& panes = groups().by_time();
  if (panes.empty())
    return {};
  const auto first = panes.begin()->first;
  if (!sliding_ || mode() != output_mode::append)
    return end_of(first);
  auto window = shape_.first_window(first);
  while (shape_.end_of(window) <= closed_until_)
    window += shape_.slide;
  return shape_.end_of(window);
}

}  // namespace

std::unique_ptr<operator_instance> make_window_instance(std::shared_ptr<const aggregate_plan> plan) {
  return std::make_unique<window_instance>(std::move(plan));
}

}  // namespace weir::detail
