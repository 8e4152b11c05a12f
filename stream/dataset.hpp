#pragma once

#include <chrono>
#include <concepts>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/columns/row_codec.hpp>
#include <weir/operators/filter.hpp>
#include <weir/operators/flat_map.hpp>
#include <weir/operators/map.hpp>
#include <weir/stream/bounded.hpp>
#include <weir/stream/grouped_dataset.hpp>
#include <weir/stream/plan.hpp>
#include <weir/stream/stream_writer.hpp>

namespace weir {

class dataframe;
class engine;

/// Where refused rows of a step go, as dead_letter_row's:
/// `.on_error(weir::dead_letter(weir::sinks::jsonl{.path = "refused"}))`.
struct dead_letter_policy {
  any_sink target;
};
template <sink_description Sink>
dead_letter_policy dead_letter(Sink target) {
  return {any_sink::of(std::move(target))};
}
inline constexpr auto fail = error_policy::fail;
inline constexpr auto skip = error_policy::skip;

namespace detail {

template <class T, class F>
concept row_function = std::invocable<F&, const row_argument_t<T, F>&>;

/// Puts the options that a step knows into those of its operator.
inline row_step_options row_options(const step_options& options) { return {options.on_error, options.blocking}; }

plan_ptr watermark_plan(const plan_ptr& input, std::string column, std::chrono::microseconds delay);
plan_ptr watermark_plan(const plan_ptr& input, std::string column, std::string_view delay);
plan_ptr late_rows_plan(const plan_ptr& step, any_sink target);
plan_ptr union_plan(std::vector<plan_ptr> inputs);
plan_ptr batches_plan(const plan_ptr& input, schema output, std::function<result<batch>(const batch&)> function);

}  // namespace detail

/// A stream of T's: rows of a described struct, or of a basic type in one column "value". A description, not
/// data: steps add to its plan, `write_stream().start()` runs it. Cheap to copy.
///
/// Functions may take a std::string row as std::string_view, and T's members may be std::string_view: views are
/// valid during the call. Functions are copied, one instance a partition; they must not share what is not thread-safe.
///
/// What engine::read gives is a dataset, too: the rows are read to their end when an action of bounded_actions runs.
template <class T>
class dataset : public bounded_actions<dataset<T>> {
  static_assert(sizeof(detail::require_row<T>) > 0);

public:
  using row_type = T;

  dataset(plan_ptr plan, engine* on) : plan_{std::move(plan)}, engine_{on} {}

  /// A U for each T; `function` gives a U or a result<U>, whose error refuses the row (see on_error).
  ///
  ///     auto parsed = lines.map([](std::string_view line) { return parse(line); });
  template <class F>
  auto map(F function) const {
    static_assert(
        detail::row_function<T, F>,
        "weir: map's function must be callable with one row: const T& (for std::string rows also std::string_view)");
    if constexpr (detail::row_function<T, F>) {
      using U = detail::step_value_t<T, F>;
      static_assert(!std::is_void_v<U>, "weir: map's function must return a row");
      static_assert(
          row<U>,
          "weir: map's function must return a row type or weir::result of one: a described struct, or a basic type");
      auto plan = step_plan({plan_}, [function = std::move(function)](const step_options& options) -> operator_ptr {
        return std::make_shared<map_operator<T, U, F>>(function, detail::row_options(options));
      });
      return dataset<U>{std::move(plan), engine_};
    }
  }

  /// The rows for which `function` gives true, or a result of it.
  template <class F>
  dataset filter(F function) const {
    static_assert(detail::row_function<T, F>, "weir: filter's function must be callable with one row: const T&");
    if constexpr (detail::row_function<T, F>) {
      using U = detail::step_value_t<T, F>;
      static_assert(std::convertible_to<U, bool>, "weir: filter's function must return bool or weir::result<bool>");
      auto plan = step_plan({plan_}, [function = std::move(function)](const step_options& options) -> operator_ptr {
        return std::make_shared<filter_operator<T, F>>(function, detail::row_options(options));
      });
      return dataset{std::move(plan), engine_};
    }
  }

  /// The elements of the range that `function` gives for each row.
  template <class F>
  auto flat_map(F function) const {
    static_assert(detail::row_function<T, F>, "weir: flat_map's function must be callable with one row: const T&");
    if constexpr (detail::row_function<T, F>) {
      using range = detail::step_value_t<T, F>;
      static_assert(std::ranges::input_range<range>,
                    "weir: flat_map's function must return a range of rows, such as std::vector");
      using U = std::ranges::range_value_t<range>;
      static_assert(row<U>,
                    "weir: flat_map's function must return a range of a row type: a described struct, or a basic type");
      auto plan = step_plan({plan_}, [function = std::move(function)](const step_options& options) -> operator_ptr {
        return std::make_shared<flat_map_operator<T, U, F>>(function, detail::row_options(options));
      });
      return dataset<U>{std::move(plan), engine_};
    }
  }

  /// The rows of all; the order within each stays.
  template <class... Others>
    requires(std::same_as<Others, dataset> && ...)
  dataset union_with(const dataset& other, const Others&... others) const {
    return dataset{detail::union_plan({plan_, other.plan_, others.plan_...}), engine_};
  }

  /// Says that a column is the event time, and how late rows may come ("10 minutes", or a duration). Throws
  /// analysis_error for a column that is missing or no timestamp, and for a negative delay.
  dataset with_watermark(std::string column, std::chrono::microseconds delay) const {
    return dataset{detail::watermark_plan(plan_, std::move(column), delay), engine_};
  }
  dataset with_watermark(std::string column, std::string_view delay) const {
    return dataset{detail::watermark_plan(plan_, std::move(column), delay), engine_};
  }

  /// Groups by members, or by what a function gives for a row.
  ///
  ///     events.group_by_key(&event::user)
  ///     events.group_by_key(&event::user, &event::device)       // the key is a std::tuple
  ///     events.group_by_key([](const event& e) { return e.id / 10; })
  template <class Row, class M, class... More>
    requires std::same_as<Row, T>
  auto group_by_key(M Row::*member, More Row::*... more) const {
    using K = std::conditional_t<sizeof...(More) == 0, M, std::tuple<M, More...>>;
    const std::vector<std::string_view> columns{detail::member_column(member), detail::member_column(more)...};
    return grouped_dataset<K, T>{plan_, columns, engine_};
  }
  template <class F>
    requires(!std::is_member_pointer_v<F>)
  auto group_by_key(F function) const {
    static_assert(detail::row_function<T, F>, "weir: group_by_key's function must be callable with one row: const T&");
    if constexpr (detail::row_function<T, F>) {
      using K = std::remove_cvref_t<std::invoke_result_t<F&, const detail::row_argument_t<T, F>&>>;
      static_assert(column_value<K>,
                    "weir: group_by_key's function must return a key: a basic type or a described struct");
      auto plan = step_plan({plan_}, [function = std::move(function)](const step_options&) -> operator_ptr {
        return std::make_shared<key_operator<T, K, F>>(function);
      });
      const auto column = static_cast<int>(plan->output.size()) - 1;
      return grouped_dataset<K, T>{std::move(plan), std::vector<int>{column}, engine_};
    }
  }

  /// Names the last step: its name in progress and explain(), and in the checkpoint. Throws analysis_error for a bad
  /// name.
  dataset named(std::string name) const { return dataset{named_plan(plan_, std::move(name)), engine_}; }
  /// What becomes of rows that the last step refuses; default: the query fails.
  dataset on_error(error_policy policy) const {
    auto options = plan_->options;
    options.on_error = policy;
    return dataset{with_options(plan_, std::move(options)), engine_};
  }
  dataset on_error(dead_letter_policy policy) const {
    auto options = plan_->options;
    options.on_error = error_policy::dead_letter;
    options.dead_letters = std::move(policy.target);
    return dataset{with_options(plan_, std::move(options)), engine_};
  }
  /// Where the rows go that the last step, a group function with an event-time timeout, drops as late (G07, W09): its
  /// input rows, unchanged, in a sink of the same query named `<step>.late_rows`. They are counted with or
  /// without it. Throws analysis_error for a step that drops none.
  ///
  ///     auto sessions = events.with_watermark("time", 10s).group_by_key(&event::user)
  ///         .flat_map_groups_with_state<session>(weir::output_mode::append, close, weir::group_timeout::event_time)
  ///         .late_rows(weir::sinks::jsonl{.path = "late"});
  template <sink_description Sink>
  dataset late_rows(Sink target) const {
    return dataset{detail::late_rows_plan(plan_, any_sink::of(std::move(target))), engine_};
  }
  /// The last step's function may block: it gets a thread of its own.
  dataset blocking() const {
    auto options = plan_->options;
    options.blocking = true;
    return dataset{with_options(plan_, std::move(options)), engine_};
  }

  /// The same rows as another type with the same columns. Throws analysis_error naming the column that does not fit.
  template <class U>
  dataset<U> as() const {
    if (auto fits = check_row_type<U>(plan_->output); !fits.ok())
      throw analysis_error{std::move(fits)};
    return dataset<U>{plan_, engine_};
  }
  /// The same rows by the names of their columns, for expressions.
  dataframe to_df() const;
  /// U's made of whole record batches.
  template <class U>
  dataset<U> map_batches(std::function<result<batch>(const batch&)> function) const {
    return dataset<U>{detail::batches_plan(plan_, row_schema<U>(), std::move(function)), engine_};
  }

  /// The rows; bounded datasets only, see bounded_actions. T must own its data.
  std::vector<T> collect() const { return collect_rows<T>(plan_, *engine_); }

  stream_writer write_stream() const { return stream_writer{plan_, engine_}; }
  const plan_ptr& plan() const noexcept { return plan_; }
  engine* on() const noexcept { return engine_; }

private:
  plan_ptr plan_;
  engine* engine_;
};

}  // namespace weir
