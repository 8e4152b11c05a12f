#pragma once

#include <concepts>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/operators/group_function.hpp>
#include <weir/operators/key_operator.hpp>
#include <weir/stream/errors.hpp>
#include <weir/stream/plan.hpp>

namespace weir {

class engine;
template <class T>
class dataset;

namespace detail {

/// The name of the described member that `pointer` points to.
template <class T, class M>
std::string_view member_column(M T::*pointer) {
  std::string_view name;
  boost::mp11::mp_for_each<members_of<T>>([&]<class D>(D) {
    if constexpr (std::same_as<std::remove_cvref_t<decltype(D::pointer)>, M T::*>) {
      if (D::pointer == pointer)
        name = D::name;
    }
  });
  return name;
}

/// Indexes of columns by name. Throws analysis_error for one that is missing.
std::vector<int> column_indexes(const schema& columns, const std::vector<std::string>& names);
/// The event-time column that reaches this plan, if any.
std::optional<int> event_time_column(const plan_ptr& plan);

}  // namespace detail

/// Rows grouped by a key K; see dataset::group_by_key. A group function turns it back into a dataset.
template <class K, class T>
class grouped_dataset {
public:
  grouped_dataset(plan_ptr plan, const std::vector<std::string_view>& key_columns, engine* on)
      : plan_{std::move(plan)}, engine_{on} {
    keys_ = detail::column_indexes(plan_->output, {key_columns.begin(), key_columns.end()});
  }
  grouped_dataset(plan_ptr plan, std::vector<int> keys, engine* on)
      : plan_{std::move(plan)}, keys_{std::move(keys)}, engine_{on} {}

  /// One call a row, in order of arrival, instead of one a key and epoch: faster where most keys have one row an epoch.
  grouped_dataset per_row() const {
    auto copy = *this;
    copy.per_row_ = true;
    return copy;
  }

  /// Keys that only the initial state has are not called in the first epoch. Their states are kept all the same, for
  /// the rows that come later (Spark's skipEmittingInitialStateKeys, G12).
  ///
  ///     words.group_by_key(&word::text).skip_emitting_initial_state_keys().map_groups_with_state<std::int64_t>(
  ///         count, weir::group_timeout::none, {{"apple", 1}, {"mango", 5}})
  grouped_dataset skip_emitting_initial_state_keys() const {
    auto copy = *this;
    copy.skip_initial_keys_ = true;
    return copy;
  }

  /// One row for each key that an epoch touched: `function(key, std::span<const T>, group_state<S>&)` gives it. Update
  /// mode only. `initial` are the states of a new query; each of their keys is called in its first epoch, without rows
  /// where it has none, unless skip_emitting_initial_state_keys() says otherwise.
  template <class S, class F>
  auto map_groups_with_state(F function, group_timeout timeout = group_timeout::none,
                             std::vector<std::pair<K, S>> initial = {}) const {
    check<S, F>();
    if constexpr (detail::group_function<K, T, S, F>) {
      using U = detail::group_result_t<K, T, S, F>;
      static_assert(row<U>,
                    "weir: map_groups_with_state's function must return a row: a described struct, or a basic type");
      return add<S, U, false>(std::move(function), output_mode::update, timeout, std::move(initial));
    }
  }

  /// Any number of rows: the function gives a range of them. `mode` is append or update, and the query's must be the
  /// same.
  template <class S, class F>
  auto flat_map_groups_with_state(output_mode mode, F function, group_timeout timeout = group_timeout::none,
                                  std::vector<std::pair<K, S>> initial = {}) const {
    check<S, F>();
    if (mode == output_mode::complete)
      throw analysis_error{{errc::unsupported, "the output mode of a group function should be append or update"}};
    if constexpr (detail::group_function<K, T, S, F>) {
      using range = detail::group_result_t<K, T, S, F>;
      static_assert(std::ranges::input_range<range>,
                    "weir: flat_map_groups_with_state's function must return a range of rows, such as std::vector");
      using U = std::ranges::range_value_t<range>;
      static_assert(row<U>, "weir: flat_map_groups_with_state's function must return a range of a row type");
      return add<S, U, true>(std::move(function), mode, timeout, std::move(initial));
    }
  }

private:
  template <class S, class F>
  static constexpr void check() {
    static_assert(row<S>, "weir: a group's state must be a described struct or a basic type");
    static_assert(owns_its_data<S>, "weir: a group's state must own its data: no std::string_view, members included");
    static_assert(
        detail::group_function<K, T, S, F>,
        "weir: a group function must be callable as f(key, std::span<const T> rows, weir::group_state<S>& state); "
        "text keys come as std::string_view");
  }

  template <class S, class U, bool Flat, class F>
  dataset<U> add(F function, output_mode mode, group_timeout timeout, std::vector<std::pair<K, S>> initial) const {
    group_options fixed;
    fixed.timeout = timeout;
    fixed.mode = mode;
    fixed.input = plan_->output;
    fixed.key_columns = keys_;
    fixed.event_time_column = detail::event_time_column(plan_);
    fixed.per_row = per_row_;
    fixed.skip_initial_keys = skip_initial_keys_;
    auto plan = step_plan({plan_},
                          [function = std::move(function), fixed,
                           initial = std::move(initial)](const step_options& options) -> operator_ptr {
                            auto all = fixed;
                            all.blocking = options.blocking;
                            return std::make_shared<group_function_operator<K, T, S, U, Flat, F>>(
                                function, std::move(all), initial);
                          });
    return dataset<U>{std::move(plan), engine_};
  }

  plan_ptr plan_;
  std::vector<int> keys_;
  engine* engine_;
  bool per_row_ = false;
  bool skip_initial_keys_ = false;
};

}  // namespace weir
