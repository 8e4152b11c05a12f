#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <utility>
#include <vector>

#include <weir/columns/row_codec.hpp>
#include <weir/stream/errors.hpp>
#include <weir/stream/plan.hpp>

namespace arrow {
class Table;
}

namespace weir {

class engine;

namespace detail {

/// The node of a source that is read to its end. Throws analysis_error naming one whose rows never end (a socket).
plan_ptr bounded_source_plan(any_source description);
/// Refuses what only plans with streaming sources can do, and the other way round (U02, U01). Throws analysis_error.
void require_streaming(const plan_ptr& plan);
void require_bounded(const plan_ptr& plan, const char* action);

}  // namespace detail

/// What runs a bounded plan, now and to its end: one epoch, without a checkpoint, whatever output modes its steps have.
/// Watermarks are ignored (W01); group functions are called once a key, and their timeouts never fire (G11). Rows come
/// in no fixed order. All of them throw analysis_error for a plan with streaming sources (U01) and query_error when the
/// run fails.
std::vector<batch> collect_batches(const plan_ptr& plan, engine& on);
std::shared_ptr<arrow::Table> collect_table(const plan_ptr& plan, engine& on);
/// Prints the first `rows` as the console sink does; cells are cut to 20 characters where `truncate` is true.
void show_rows(const plan_ptr& plan, engine& on, std::int64_t rows, bool truncate, std::ostream& out);
/// Hands all rows to a sink as one epoch, number 0, in the first mode of append, update and complete that it supports.
void write_rows(const plan_ptr& plan, engine& on, any_sink target);

template <class T>
std::vector<T> collect_rows(const plan_ptr& plan, engine& on) {
  static_assert(owns_its_data<T>, "weir: collected rows must own their data: no std::string_view, members included");
  detail::require_bounded(plan, "collect");
  if (auto fits = check_row_type<T>(plan->output); !fits.ok())
    throw analysis_error{std::move(fits)};
  std::vector<T> rows;
  for (const auto& one : collect_batches(plan, on)) {
    const row_reader<T> reader{one};
    for (std::int64_t i = 0; i < reader.size(); ++i)
      rows.push_back(reader.read(i));
  }
  return rows;
}

/// The standard output.
std::ostream& standard_output();

/// The actions of what `engine::read` gives, as members; see collect_batches() for how they run. `Self` has plan() and
/// on(), the engine.
///
///     engine.read(weir::sources::files{.path = "logs"}).filter(is_error).show();
template <class Self>
class bounded_actions {
public:
  std::vector<batch> collect_batches() const { return weir::collect_batches(self().plan(), *self().on()); }
  /// The rows as T's, which must own their data.
  template <class T>
  std::vector<T> collect() const {
    return collect_rows<T>(self().plan(), *self().on());
  }
  std::shared_ptr<arrow::Table> to_arrow() const { return collect_table(self().plan(), *self().on()); }
  void show(std::int64_t rows = 20, bool truncate = true) const { show(rows, truncate, standard_output()); }
  void show(std::int64_t rows, bool truncate, std::ostream& out) const {
    show_rows(self().plan(), *self().on(), rows, truncate, out);
  }
  template <sink_description Sink>
  void write(Sink target) const {
    write_rows(self().plan(), *self().on(), any_sink::of(std::move(target)));
  }

private:
  const Self& self() const noexcept { return static_cast<const Self&>(*this); }
};

}  // namespace weir
