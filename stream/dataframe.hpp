#pragma once

#include <chrono>
#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <weir/expressions/expression.hpp>
#include <weir/expressions/functions.hpp>
#include <weir/operators/sort.hpp>
#include <weir/stream/aggregates.hpp>
#include <weir/stream/bounded.hpp>
#include <weir/stream/dataset.hpp>
#include <weir/stream/plan.hpp>
#include <weir/stream/stream_writer.hpp>

namespace weir {

class engine;
class grouped_dataframe;

/// A column where select(), group_by() and their like take one: a name, or an expression.
class column_choice {
public:
  column_choice(const char* name) : value_{col(name)} {}                    // NOLINT: by design
  column_choice(const std::string& name) : value_{col(name)} {}             // NOLINT: by design
  column_choice(std::string_view name) : value_{col(std::string{name})} {}  // NOLINT: by design
  column_choice(expression value) : value_{std::move(value)} {}             // NOLINT: by design
  const expression& value() const noexcept { return value_; }

private:
  expression value_;
};

/// A column to sort by: a name, or asc() and desc() of one.
class sort_choice {
public:
  sort_choice(const char* column) : key_{column} {}             // NOLINT: by design
  sort_choice(std::string column) : key_{std::move(column)} {}  // NOLINT: by design
  sort_choice(sort_key key) : key_{std::move(key)} {}           // NOLINT: by design
  const sort_key& key() const noexcept { return key_; }

private:
  sort_key key_;
};
inline sort_key asc(std::string column) { return {std::move(column), true}; }
inline sort_key desc(std::string column) { return {std::move(column), false}; }

/// A stream of rows with named columns, composed of expressions. Immutable, cheap to copy: each call gives another.
/// Calls throw analysis_error where a column, a type or a name is wrong, naming the expression. What engine::read gives
/// is a dataframe, too, with the actions of bounded_actions.
///
///     auto busy = engine.read_stream(weir::sources::socket{.port = 9999}).to_df()
///         .select(weir::from_json(weir::col("value"), "user STRING, time TIMESTAMP, amount DOUBLE").as("data"))
///         .select("data.*")
///         .with_watermark("time", "10 minutes")
///         .group_by(weir::window(weir::col("time"), "5 minutes"),
///         "user").agg(weir::sum(weir::col("amount")).as("total"));
class dataframe : public bounded_actions<dataframe> {
public:
  dataframe(plan_ptr plan, engine* on) : plan_{std::move(plan)}, engine_{on} {}

  const schema& columns() const noexcept { return plan_->output; }
  /// The columns as a tree, as Spark's printSchema() shows them.
  std::string print_schema() const;

  /// New columns of the old; "*" and "data.*" stand for all.
  template <std::convertible_to<column_choice>... Columns>
  dataframe select(Columns&&... columns) const {
    return select_all(choices(std::forward<Columns>(columns)...));
  }
  dataframe select_all(std::vector<expression> columns) const;
  /// Adds a column, or puts another in the place of the one with that name.
  dataframe with_column(const std::string& name, const expression& value) const;
  dataframe with_column_renamed(const std::string& name, const std::string& now) const;
  /// Without these columns.
  template <std::convertible_to<std::string>... Names>
  dataframe drop(Names&&... names) const {
    return drop_all({std::string{std::forward<Names>(names)}...});
  }
  dataframe drop_all(const std::vector<std::string>& names) const;
  /// The rows for which the condition is true; not those for which it is null.
  dataframe filter(const expression& condition) const;
  dataframe where(const expression& condition) const { return filter(condition); }
  /// The rows of both; columns by position. Types that differ become the one that holds both.
  dataframe union_with(const dataframe& other) const;
  /// The same, columns by name, in this one's order; with `allow_missing` a column that one lacks is null in its rows.
  dataframe union_by_name(const dataframe& other, bool allow_missing = false) const;
  /// The first rows of the query, in append mode; of each result, in complete mode and on bounded rows (L01).
  dataframe limit(std::int64_t rows) const;
  /// A row for each element of a list, called `name`; the other columns are repeated. A null or empty list gives no
  /// row, or with `outer` one of null.
  dataframe explode(const std::string& column, const std::string& name, bool outer = false) const;
  /// Orders each result: complete mode and bounded rows only (U03).
  ///
  ///     counts.sort(weir::desc("count"), "word")
  template <std::convertible_to<sort_choice>... Keys>
  dataframe sort(Keys&&... keys) const {
    return sort_all({sort_choice{std::forward<Keys>(keys)}.key()...});
  }
  dataframe sort_all(std::vector<sort_key> keys) const;
  /// Rows pass; aggregates of each epoch's rows are reported with its progress, as `observed_metrics[name]` (M06).
  template <std::convertible_to<expression>... Aggregates>
  dataframe observe(std::string name, Aggregates&&... aggregates) const {
    return observe_all(std::move(name), {expression{std::forward<Aggregates>(aggregates)}...});
  }
  dataframe observe_all(std::string name, std::vector<expression> aggregates) const;

  /// Says that a column is the event time, and how late rows may come ("10 minutes", or a duration). Throws
  /// analysis_error for a column that is missing or no timestamp, and for a negative delay.
  dataframe with_watermark(std::string column, std::chrono::microseconds delay) const;
  dataframe with_watermark(std::string column, std::string_view delay) const;

  /// Groups by columns, expressions and at most one window() or session_window().
  template <std::convertible_to<column_choice>... Keys>
  grouped_dataframe group_by(Keys&&... keys) const;
  /// Aggregates of all rows.
  template <std::convertible_to<expression>... Aggregates>
  dataframe agg(Aggregates&&... aggregates) const;

  /// Names the last step: in metrics, messages and the checkpoint. Names are unique in a query.
  dataframe named(std::string name) const { return dataframe{named_plan(plan_, std::move(name)), engine_}; }
  /// What becomes of rows for which an expression of the last step has no value; default: the query fails.
  dataframe on_error(error_policy policy) const;
  dataframe on_error(dead_letter_policy policy) const;
  /// Where the rows go that the last step drops as late: its input rows, unchanged, in a sink of the same query named
  /// `<step>.late_rows`. They are counted with or without it. Throws analysis_error for a step that drops none.
  template <sink_description Sink>
  dataframe late_rows(Sink target) const {
    return dataframe{detail::late_rows_plan(plan_, any_sink::of(std::move(target))), engine_};
  }

  /// Its rows as T's. Throws analysis_error naming the column that does not fit.
  template <class T>
  dataset<T> as() const {
    if (auto fits = check_row_type<T>(plan_->output); !fits.ok())
      throw analysis_error{std::move(fits)};
    return dataset<T>{plan_, engine_};
  }
  stream_writer write_stream() const { return stream_writer{plan_, engine_}; }
  const plan_ptr& plan() const noexcept { return plan_; }
  engine* on() const noexcept { return engine_; }

private:
  template <class... Columns>
  static std::vector<expression> choices(Columns&&... columns) {
    return {column_choice{std::forward<Columns>(columns)}.value()...};
  }

  plan_ptr plan_;
  engine* engine_;
};

/// Rows grouped by keys; see dataframe::group_by. An aggregation turns it back into a dataframe.
class grouped_dataframe {
public:
  grouped_dataframe(plan_ptr plan, std::vector<expression> keys, engine* on)
      : plan_{std::move(plan)}, keys_{std::move(keys)}, engine_{on} {}

  /// Each epoch's rows for themselves: no state, any output mode (what a function of foreach_batch would do).
  grouped_dataframe per_epoch() const {
    auto copy = *this;
    copy.per_epoch_ = true;
    return copy;
  }

  /// The keys' columns, then one for each aggregate. Aggregates stand alone, with as() for a name: what is computed of
  /// them goes into a select() behind.
  template <std::convertible_to<expression>... Aggregates>
  dataframe agg(Aggregates&&... aggregates) const {
    return agg_all({expression{std::forward<Aggregates>(aggregates)}...});
  }
  dataframe agg_all(std::vector<expression> aggregates) const;
  /// How many rows, in a column "count".
  dataframe count() const { return agg_all({weir::count()}); }
  template <std::convertible_to<std::string>... Names>
  dataframe sum(Names&&... names) const {
    return agg_all({weir::sum(col(std::string{std::forward<Names>(names)}))...});
  }
  template <std::convertible_to<std::string>... Names>
  dataframe avg(Names&&... names) const {
    return agg_all({weir::avg(col(std::string{std::forward<Names>(names)}))...});
  }
  template <std::convertible_to<std::string>... Names>
  dataframe min(Names&&... names) const {
    return agg_all({weir::min(col(std::string{std::forward<Names>(names)}))...});
  }
  template <std::convertible_to<std::string>... Names>
  dataframe max(Names&&... names) const {
    return agg_all({weir::max(col(std::string{std::forward<Names>(names)}))...});
  }

private:
  plan_ptr plan_;
  std::vector<expression> keys_;
  engine* engine_;
  bool per_epoch_ = false;
};

template <std::convertible_to<column_choice>... Keys>
grouped_dataframe dataframe::group_by(Keys&&... keys) const {
  return grouped_dataframe{plan_, choices(std::forward<Keys>(keys)...), engine_};
}

template <std::convertible_to<expression>... Aggregates>
dataframe dataframe::agg(Aggregates&&... aggregates) const {
  return grouped_dataframe{plan_, {}, engine_}.agg(std::forward<Aggregates>(aggregates)...);
}

template <class T>
dataframe dataset<T>::to_df() const {
  return dataframe{plan_, engine_};
}

}  // namespace weir
