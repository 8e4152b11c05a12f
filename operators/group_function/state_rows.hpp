#pragma once

#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <weir/columns/key_codec.hpp>
#include <weir/columns/row_codec.hpp>
#include <weir/operators/group_state.hpp>
#include <weir/operators/operator.hpp>
#include <weir/state/keyed_state.hpp>

namespace weir {

/// The columns of a group function's state rows: key group, present, the key, the state's members, and with a
/// timeout `has_value` and `timeout`.
schema group_state_schema(const std::vector<field>& key, const schema& state, group_timeout timeout);
/// A state's members may not be named like the columns beside them. Errors: invalid_argument naming the member.
status check_state_columns(const schema& state);

namespace detail {

batch state_batch(const std::shared_ptr<arrow::Schema>& columns, std::size_t rows,
                  std::vector<std::shared_ptr<arrow::ArrayData>> data);
/// The column called `name`, or null.
std::shared_ptr<arrow::ArrayData> shared_column(const batch& rows, std::string_view name);
inline const arrow::ArrayData* find_column(const batch& rows, std::string_view name) {
  return shared_column(rows, name).get();  // the batch keeps it
}

/// Columns of a state: a column a member, or "value".
template <class S>
class state_columns {
public:
  void append(const S& value) { store_.append(value); }
  void append_default() { store_.append_default(); }
  std::vector<std::shared_ptr<arrow::ArrayData>> finish() {
    if constexpr (described<S>)
      return store_.finish_members();
    else
      return {store_.finish()};
  }

private:
  column_store<S> store_;
};

/// Reads states back; a member without a column (it was added since) keeps its default.
template <class S>
class state_reader {
public:
  explicit state_reader(const batch& rows) {
    if constexpr (described<S>)
      bind(rows, static_cast<boost::mp11::mp_rename<members_of<S>, boost::mp11::mp_list>*>(nullptr));
    else
      value_.emplace(view_of(*find_column(rows, "value")));
  }
  void read(std::int64_t row, S& out) const {
    if constexpr (described<S>) {
      for (const auto& member : members_)
        member(row, out);
    } else {
      value_->read(row, out);
    }
  }

private:
  template <class... D>
  void bind(const batch& rows, boost::mp11::mp_list<D...>*) {
    (bind_member<D>(rows), ...);
  }
  template <class D>
  void bind_member(const batch& rows) {
    const auto* column = find_column(rows, D::name);
    if (column == nullptr)
      return;
    members_.push_back([loader = column_loader<member_type<S, D>>{view_of(*column)}](std::int64_t row, S& out) {
      loader.read(row, out.*D::pointer);
    });
  }

  struct nothing {
    template <class View>
    void emplace(View&&) {}
  };
  template <class T>
  struct loader_of {
    using type = std::optional<column_loader<T>>;
  };
  std::conditional_t<described<S>, std::type_identity<nothing>, loader_of<S>>::type value_;
  std::vector<std::function<void(std::int64_t, S&)>> members_;
};

}  // namespace detail

/// The state rows whose key group is the partition's, by their column `key_group`.
std::vector<std::int64_t> rows_of_partition(const detail::column_view& groups, partition_id partition, int partitions);

/// Gathers what an epoch changed, as rows for the log.
template <class K, class S>
class group_changes {
public:
  group_changes(std::vector<field> key, group_timeout timeout)
      : timeout_{timeout}, arrow_columns_{group_state_schema(key, row_schema<S>(), timeout).to_arrow()},
        keys_{std::move(key)} {}

  void append(const keyed_state<S>& state, std::uint32_t entry, bool present) {
    const auto key = state.key(entry);
    groups_.append(state.group(entry));
    present_.append(present);
    keys_.append(key);
    const auto has_value = state.has_value(entry);
    if (has_value)
      values_.append(state.value(entry));
    else
      values_.append_default();
    if (timeout_ == group_timeout::none)
      return;
    has_value_.append(has_value);
    timeouts_.append(state.timeout(entry));
  }

  batch finish() {
    const auto rows = static_cast<std::size_t>(groups_.size());
    if (rows == 0)
      return {};
    std::vector<std::shared_ptr<arrow::ArrayData>> data{groups_.finish_data(), present_.finish_data(), keys_.finish()};
    for (auto& column : values_.finish())
      data.push_back(std::move(column));
    if (timeout_ != group_timeout::none) {
      data.push_back(has_value_.finish_data());
      data.push_back(timeouts_.finish_data());
    }
    return detail::state_batch(arrow_columns_, rows, std::move(data));
  }

private:
  group_timeout timeout_;
  std::shared_ptr<arrow::Schema> arrow_columns_;
  column_writer<std::int32_t> groups_;
  column_writer<bool> present_;
  key_columns_writer<K> keys_;
  detail::state_columns<S> values_;
  column_writer<bool> has_value_;
  column_writer<std::optional<timestamp>> timeouts_;
};

/// Puts state rows back; rows of other partitions, by their key group, are skipped.
template <class S>
status restore_group_state(const batch& rows, const std::vector<field>& key_fields, group_timeout timeout,
                           const operator_context& context, keyed_state<S>& state) {
  const auto* keys = detail::find_column(rows, "key");
  const auto* present = detail::find_column(rows, "present");
  const auto* groups = detail::find_column(rows, "key_group");
  if (keys == nullptr || present == nullptr || groups == nullptr)
    return {errc::corrupt_checkpoint, "state rows without the columns key_group, present and key"};
  auto encoder = key_encoder::of_structure(key_fields);
  const auto key_array = detail::make_array(detail::shared_column(rows, "key"));
  encoder.bind(*key_array);
  const detail::column_loader<bool> is_present{detail::view_of(*present)};
  const detail::state_reader<S> values{rows};
  std::optional<detail::column_loader<bool>> has_value;
  std::optional<detail::column_loader<std::optional<timestamp>>> timeouts;
  if (timeout != group_timeout::none) {
    has_value.emplace(detail::view_of(*detail::find_column(rows, "has_value")));
    timeouts.emplace(detail::view_of(*detail::find_column(rows, "timeout")));
  }
  std::vector<std::uint64_t> hashes;
  encoder.hash_all(hashes);
  const auto own = rows_of_partition(detail::view_of(*groups), context.partition, context.partitions);
  const auto restore_row = [&](std::int64_t row, std::uint32_t entry) {
    auto there = false;
    is_present.read(row, there);
    if (!there) {
      state.restore_removed(entry);
      return;
    }
    S value{};
    auto with_value = true;
    std::optional<timestamp> time;
    if (has_value) {
      has_value->read(row, with_value);
      timeouts->read(row, time);
    }
    if (with_value)
      values.read(row, value);
    state.restore_value(entry, std::move(value), with_value, time);
  };
  state.each_entry(
      own.size(), [&](std::size_t i) { return hashes[static_cast<std::size_t>(own[i])]; },
      [&](std::size_t i) { return encoder.key(own[i]); },
      [&](std::size_t i, std::uint32_t entry) { restore_row(own[i], entry); });
  return {};
}

}  // namespace weir
