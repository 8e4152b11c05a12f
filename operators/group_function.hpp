#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/columns/row_codec.hpp>
#include <weir/operators/group_call.hpp>
#include <weir/operators/group_rows.hpp>
#include <weir/operators/group_state.hpp>
#include <weir/operators/state_rows.hpp>
#include <weir/state/keyed_state.hpp>

namespace weir {

/// map_groups_with_state and flat_map_groups_with_state (G01 to G13): calls `F(key, rows, state)` once for
/// each key and epoch with all its rows in order of arrival, then, after all data, for each key whose timeout has
/// expired, with no rows. F gives one U (`Flat` false) or a range of them.
///
/// K is the key's type, T the rows', S the state's. T and U may hold views; U is encoded before the next call.
template <class K, class T, class S, class U, bool Flat, class F>
class group_function_operator : public operator_description {
public:
  using initial_state = std::vector<std::pair<K, S>>;

  group_function_operator(F function, group_options options, initial_state initial = {})
      : function_{std::move(function)}, options_{std::move(options)}, initial_{std::move(initial)} {
    for (const auto column : options_.key_columns)
      key_fields_.push_back(options_.input[static_cast<std::size_t>(column)]);
  }

  std::string kind() const override { return Flat ? "flat_map_groups_with_state" : "map_groups_with_state"; }

  result<schema> bind(std::span<const schema> inputs) const override {
    if (inputs[0] != options_.input)
      return status{errc::type_mismatch,
                    "expected rows of (" + options_.input.to_string() + "), got (" + inputs[0].to_string() + ")"};
    WEIR_TRY(check_row_type<T>(inputs[0]));
    WEIR_TRY(check_key_type<K>(key_fields_));
    WEIR_TRY(check_state_columns(row_schema<S>()));
    return row_schema<U>();
  }
  std::vector<int> key_columns() const override { return options_.key_columns; }
  std::optional<schema> state_schema() const override {
    return group_state_schema(key_fields_, row_schema<S>(), options_.timeout);
  }
  std::map<std::string, std::string> fixed_settings() const override {
    return {{"output_mode", std::string{to_string(options_.mode)}},
            {"timeout", std::string{to_string(options_.timeout)}}};
  }
  bool blocking() const override { return options_.blocking; }
  bool uses_event_time() const override { return options_.timeout == group_timeout::event_time; }
  std::string details() const override {
    std::string text = "key";
    for (const auto& one : key_fields_)
      text += " " + one.name;
    if (options_.timeout != group_timeout::none)
      text += ", timeout " + std::string{to_string(options_.timeout)};
    return options_.per_row ? text + ", a call a row" : text;
  }
  std::unique_ptr<operator_instance> instantiate() const override { return std::make_unique<instance>(*this); }

private:
  class instance;

  F function_;
  group_options options_;
  initial_state initial_;
  std::vector<field> key_fields_;
};

template <class K, class T, class S, class U, bool Flat, class F>
class group_function_operator<K, T, S, U, Flat, F>::instance : public operator_instance {
  static constexpr std::int64_t emit_rows = 8 * 1024;
  /// An epoch of up to as many rows is decoded at once, each row straight to its group's place; the rows of a larger
  /// one are gathered group by group, so that its memory stays bounded.
  static constexpr std::size_t decoded_rows = 128 * 1024;

public:
  explicit instance(const group_function_operator& of)
      : function_{of.function_}, options_{of.options_}, initial_{of.initial_}, key_fields_{of.key_fields_},
        keys_{value_of(key_encoder::make(of.options_.input, of.options_.key_columns))},
        changes_{of.key_fields_, of.options_.timeout} {}

  status open(const operator_context& context) override {
    context_ = context;
    group_.timeout = options_.timeout;
    group_.watermark_defined = context.watermark_defined;
    if (context.first_run)
      WEIR_TRY(add_initial_state());
    initial_.clear();
    return {};
  }

  status process_keyed(const epoch_context& epoch, int /*port*/, keyed_rows rows, collector& /*out*/) override {
    metrics_.rows_in += static_cast<std::int64_t>(rows.selection.size());
    if (options_.timeout == group_timeout::event_time && options_.event_time_column)
      metrics_.rows_dropped_by_watermark +=
          drop_late_rows(rows.rows, *options_.event_time_column, epoch.watermarks.late, rows.selection);
    if (rows.selection.empty())
      return {};
    keys_.bind(rows.rows);
    const auto ordinals = rows_.add(rows.rows, std::move(rows.selection));
    state_.touch_rows(
        *rows.hashes, rows_.selection_of_last(), [this](std::uint32_t row) { return keys_.key(row); }, ordinals.data());
    return check_limit();
  }

  result<bool> finish(const epoch_context& epoch, collector& out) override {
    if (!finishing_)
      WEIR_TRY(begin_finish(epoch));
    const auto calls = options_.per_row ? rows_.size() : groups_;
    while (next_ < calls) {
      const auto index = next_++;
      if (options_.per_row)
        WEIR_TRY(call_row(index));
      else
        WEIR_TRY(call_group(static_cast<std::uint32_t>(index)));
      if (emit_if_full(out))
        return false;
    }
    while (next_due_ < due_.size()) {
      WEIR_TRY(call_timeout(due_[next_due_++]));
      if (emit_if_full(out))
        return false;
    }
    emit(out);
    end_finish();
    WEIR_TRY(check_limit());
    return true;
  }

  result<batch> take_changes() override { return changes_.finish(); }

  status restore(const batch& changes) override {
    return restore_group_state<S>(changes, key_fields_, options_.timeout, context_, state_);
  }

  wakeup next_wakeup() const override {
    wakeup next;
    if (options_.timeout == group_timeout::processing_time)
      next.processing_time = state_.timers().first();
    if (options_.timeout == group_timeout::event_time)
      next.event_time = state_.timers().first();
    return next;
  }

  operator_metrics take_metrics() override {
    metrics_.state_rows_total = static_cast<std::int64_t>(state_.size());
    metrics_.state_bytes = static_cast<std::int64_t>(state_.bytes());
    return std::exchange(metrics_, {});
  }

private:
  static key_encoder value_of(result<key_encoder> made) { return std::move(*made); }

  status add_initial_state() {
    key_columns_writer<K> writer{key_fields_};
    for (auto& [key, value] : initial_)
      writer.append_value(key);
    const auto column = detail::make_array(writer.finish());
    auto encoder = key_encoder::of_structure(key_fields_);
    encoder.bind(*column);
    for (std::int64_t row = 0; row < encoder.size(); ++row) {
      const auto key = encoder.key(row);
      const auto hash = hash_bytes(key);
      if (partition_of_group(key_group(hash), context_.partitions) != context_.partition.value)
        continue;
      const auto entry = state_.find_or_insert(key, hash);
      if (state_.has_value(entry))
        return status{errc::invalid_argument, "the initial state contains several states with the same key; "
                                              "de-duplicate it before passing it"}
            .at_key(printable_key(key, key_fields_));
      state_.set(entry, std::move(initial_[static_cast<std::size_t>(row)].second));
      state_.touch(entry);  // called in the first epoch, with the rows that it brings
    }
    return {};
  }

  status begin_finish(const epoch_context& epoch) {
    finishing_ = true;
    group_.epoch_time = epoch.time;
    group_.watermark = epoch.watermarks.evict;
    groups_ = state_.touched().size();
    for (std::size_t i = 0; i < rows_.batches(); ++i)
      readers_.emplace_back(rows_.rows(i));
    decoded_ = false;
    if (!options_.per_row)
      WEIR_TRY(arrange());
    next_ = 0;
    due_.clear();
    next_due_ = 0;
    // Keys that got data are not timed out in this epoch, even if their call did not set the timeout anew (G02).
    if (options_.timeout != group_timeout::none)
      for (const auto entry : state_.timers().before(
               options_.timeout == group_timeout::processing_time ? group_.epoch_time : group_.watermark))
        if (!state_.is_touched(entry))
          due_.push_back(entry);
    if (options_.per_row) {
      arrivals_.clear();
      rows_.each([this](group_rows::position at, std::uint32_t ordinal) { arrivals_.emplace_back(at, ordinal); });
    }
    return {};
  }

  status arrange() {
    rows_.count(groups_);
    decoded_ = rows_.size() <= decoded_rows;
    if (!decoded_) {
      rows_.arrange();
      return {};
    }
    make_room(rows_.size());
    try {
      auto* const rows = buffer_.data();
      const auto* const readers = readers_.data();
      rows_.each_place(
          [=](std::uint32_t place) { __builtin_prefetch(&rows[place], 1); },
          [=](group_rows::position at, std::uint32_t place) { read(readers[at.batch], at.row, rows[place]); });
    } catch (...) {
      return unreadable();
    }
    return {};
  }
  /// Read whole in registers where that is possible: a place is far away, and written once.
  static void read(const row_reader<T>& from, std::int64_t row, T& to) {
    if constexpr (std::is_trivially_copyable_v<T>)
      to = from.read(row);
    else
      from.read(row, to);
  }
  void make_room(std::size_t rows) {
    if (buffer_.size() < rows)
      buffer_.resize(rows);
  }
  static status unreadable() { return current_exception_status(errc::type_mismatch, "a row cannot be read"); }

  status call_group(std::uint32_t ordinal) {
    state_.prefetch(ordinal + std::size_t{8});
    const auto entry = state_.touched()[ordinal];
    if (decoded_)
      return call(entry, std::span<const T>{buffer_}.subspan(rows_.begin_of(ordinal), size_of(ordinal)), false);
    const auto positions = rows_.of(ordinal);
    make_room(positions.size());
    try {
      for (std::size_t i = 0; i < positions.size(); ++i)
        readers_[positions[i].batch].read(positions[i].row, buffer_[i]);
    } catch (...) {
      return unreadable().at_key(printable_key(state_.key(entry), key_fields_));
    }
    return call(entry, std::span<const T>{buffer_.data(), positions.size()}, false);
  }
  std::size_t size_of(std::size_t group) const noexcept { return rows_.end_of(group) - rows_.begin_of(group); }

  status call_row(std::size_t index) {
    const auto [at, ordinal] = arrivals_[index];
    make_room(1);
    try {
      readers_[at.batch].read(at.row, buffer_[0]);
    } catch (...) {
      return unreadable().at_key(printable_key(state_.key(state_.touched()[ordinal]), key_fields_));
    }
    return call(state_.touched()[ordinal], std::span<const T>{buffer_.data(), 1}, false);
  }

  status call_timeout(std::uint32_t entry) {
    state_.touch(entry);
    return call(entry, {}, true);
  }

  status call(std::uint32_t entry, std::span<const T> rows, bool timed_out) {
    group_state<S> state{group_, timed_out, state_.has_value(entry) ? &state_.value(entry) : nullptr};
    try {
      const auto key = decode_key<key_view_t<K>>(state_.key(entry));
      if constexpr (Flat) {
        for (auto&& row : detail::call_group_function<K, T, S>(function_, key, rows, state))
          output_.append(row);
      } else {
        output_.append(detail::call_group_function<K, T, S>(function_, key, rows, state));
      }
    } catch (...) {
      return current_exception_status(errc::user_function, "the group function threw")
          .at_key(printable_key(state_.key(entry), key_fields_));
    }
    store(entry, std::move(state));
    if (!options_.per_row || timed_out)
      settle(entry);
    return {};
  }

  void store(std::uint32_t entry, group_state<S> state) {
    if (state.is_updated()) {
      state_.set(entry, std::move(state).take());
      ++metrics_.state_rows_updated;
    } else if (state.is_removed()) {
      state_.remove(entry);
    }
    if (options_.timeout == group_timeout::none)
      return;
    // G03: every call clears the timeout; it stays armed only when set anew.
    if (state.timeout())
      state_.set_timeout(entry, *state.timeout());
    else
      state_.clear_timeout(entry);
  }

  /// After an entry's last call of the epoch.
  void settle(std::uint32_t entry) {
    state_.settle(entry, [this](std::uint32_t changed, bool present) {
      changes_.append(state_, changed, present);
      if (!present)
        ++metrics_.state_rows_removed;
    });
  }

  bool emit_if_full(collector& out) {
    if (output_.size() < emit_rows)
      return false;
    emit(out);
    return out.full();
  }
  void emit(collector& out) {
    if (output_.size() == 0)
      return;
    metrics_.rows_out += output_.size();
    out.emit(output_.finish());
  }

  void end_finish() {
    finishing_ = false;
    readers_.clear();
    rows_.clear();
    arrivals_.clear();
    if (buffer_.size() > decoded_rows) {
      buffer_.clear();
      buffer_.shrink_to_fit();
    }
    if (options_.per_row)
      for (std::size_t ordinal = 0; ordinal < groups_; ++ordinal)
        settle(state_.touched()[ordinal]);
    state_.end_epoch();
  }

  status check_limit() const {
    if (!context_.max_state_bytes || static_cast<std::int64_t>(state_.bytes()) <= *context_.max_state_bytes)
      return {};
    return {errc::state_limit, "the state takes " + std::to_string(state_.bytes()) + " bytes, max_state_bytes allows " +
                                   std::to_string(*context_.max_state_bytes) + " for this partition"};
  }

  F function_;
  group_options options_;
  initial_state initial_;
  std::vector<field> key_fields_;
  operator_context context_;
  group_context group_;
  key_encoder keys_;
  keyed_state<S> state_;
  group_rows rows_;
  group_changes<K, S> changes_;
  row_writer<U> output_;
  operator_metrics metrics_;

  // Of the epoch being finished.
  bool finishing_ = false;
  bool decoded_ = false;  ///< buffer_ holds all rows, group after group
  std::size_t groups_ = 0;
  std::size_t next_ = 0;
  std::vector<std::uint32_t> due_;
  std::size_t next_due_ = 0;
  std::vector<row_reader<T>> readers_;
  std::vector<T> buffer_;
  std::vector<std::pair<group_rows::position, std::uint32_t>> arrivals_;
};

}  // namespace weir
