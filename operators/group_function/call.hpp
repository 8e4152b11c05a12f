#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/columns/key_codec.hpp>
#include <weir/operators/group_state.hpp>

namespace weir {

/// How a group function runs.
struct group_options {
  group_timeout timeout = group_timeout::none;
  output_mode mode = output_mode::update;
  schema input;                          ///< of the rows
  std::vector<int> key_columns;          ///< indexes into it
  std::optional<int> event_time_column;  ///< rows of an event-time timeout are late by it (G07)
  bool per_row = false;                  ///< one call a row instead of one a key and epoch
  bool skip_initial_keys = false;        ///< a key that only the initial state has is kept, but not called (G12)
  bool blocking = false;
};

namespace detail {

/// Calls a group function with the key as it wants it: a view, or the key type itself.
template <class K, class T, class S, class F>
decltype(auto) call_group_function(F& function, const key_view_t<K>& key, std::span<const T> rows,
                                   group_state<S>& state) {
  if constexpr (std::invocable<F&, const key_view_t<K>&, std::span<const T>, group_state<S>&>)
    return function(key, rows, state);
  else
    return function(K{key}, rows, state);
}

template <class K, class T, class S, class F>
concept group_function = std::invocable<F&, const key_view_t<K>&, std::span<const T>, group_state<S>&> ||
                         std::invocable<F&, K, std::span<const T>, group_state<S>&>;

template <class K, class T, class S, class F>
using group_result_t = std::remove_cvref_t<decltype(call_group_function<K, T, S, F>(
    std::declval<F&>(), std::declval<const key_view_t<K>&>(), std::declval<std::span<const T>>(),
    std::declval<group_state<S>&>()))>;

}  // namespace detail

}  // namespace weir
