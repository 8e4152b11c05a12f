#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <weir/operators/error_policy.hpp>
#include <weir/operators/operator.hpp>
#include <weir/sinks/sink.hpp>
#include <weir/sources/source.hpp>

namespace weir {

/// A source as a plan keeps it, whatever its type.
struct any_source {
  std::string kind;
  schema output;
  bool bounded = false;  ///< its rows can end
  std::function<result<std::unique_ptr<source>>()> open;
  /// The same source for some of its columns, in the order they had; empty where it cannot leave any out.
  std::function<any_source(const std::vector<std::string>&)> with_columns;

  /// Throws analysis_error when the description cannot tell its columns.
  template <source_description Source>
  static any_source of(Source description,
                       const describe_context& context = {make_local_storage(), make_system_clock(), quiet_logger()}) {
    if constexpr (looking_source<Source>)
      return of_found(description, found_columns(description.describe(context), description.kind()));
    else
      return of_known(std::move(description));
  }

private:
  static schema found_columns(result<schema> found, const std::string& kind);
  static schema some_of(const schema& all, const std::vector<std::string>& names);

  template <class Source>
  static any_source of_known(Source description) {
    any_source made;
    made.kind = description.kind();
    made.output = description.output_schema();
    made.bounded = bounded_source_description<Source>;
    if constexpr (narrowing_source<Source>)
      made.with_columns = [description](const std::vector<std::string>& names) {
        return of_known(description.with_columns(names));
      };
    made.open = [description = std::move(description)] { return description.open(); };
    return made;
  }
  template <class Source>
  static any_source of_found(Source description, const schema& found) {
    any_source made;
    made.kind = description.kind();
    made.output = found;
    made.bounded = bounded_source_description<Source>;
    if constexpr (narrowing_source<Source>)
      made.with_columns = [description, found](const std::vector<std::string>& names) {
        auto some = of_found(description.with_columns(names), found);
        some.output = some_of(found, names);
        return some;
      };
    made.open = [description = std::move(description), found] { return description.open(found); };
    return made;
  }
};

/// A sink as a plan keeps it, whatever its type.
struct any_sink {
  std::string kind;
  std::string name;  ///< empty: kind and ordinal
  std::function<result<std::unique_ptr<sink>>()> open;

  template <sink_description Sink>
  static any_sink of(Sink description) {
    any_sink made;
    made.kind = description.kind();
    made.open = [description = std::move(description)] { return description.open(); };
    return made;
  }

  /// The name under which a checkpoint remembers the sink.
  any_sink named(std::string given) && {
    name = std::move(given);
    return std::move(*this);
  }
};

/// What a user may say of a step after it was added.
struct step_options {
  error_policy on_error = error_policy::fail;
  std::optional<any_sink> dead_letters;    ///< with on_error dead_letter
  std::optional<any_sink> late_rows;       ///< for what a late filter drops
  bool blocking = false;                   ///< the step's function may block: a thread of its own
  bool per_row = false;                    ///< group functions: one call a row
  output_mode mode = output_mode::update;  ///< the query's, known once it is lowered
};

struct projection_plan;
struct aggregation_plan;
struct plan_node;
using plan_ptr = std::shared_ptr<const plan_node>;

/// A source or a step of a plan; immutable once it is shared.
struct plan_node {
  std::string kind;
  std::string name;       ///< given by `.named()`; empty: kind and ordinal
  std::string full_name;  ///< in the query: set when it is lowered, before anything is optimised
  std::vector<plan_ptr> inputs;
  schema output;
  std::string event_time;  ///< the column that carries the event time; empty: none
  bool bounded = false;    ///< read to its end, not as a stream: all its sources are

  std::optional<any_source> source;  ///< a source; else a step:
  read_limit limit;
  std::function<operator_ptr(const step_options&)> make;
  step_options options;

  // What a step of expressions is made of, for the optimiser; other steps have neither.
  std::shared_ptr<const projection_plan> projection;
  std::shared_ptr<const aggregation_plan> aggregation;
  std::string watermark_column;  ///< of a watermark step
  bool stateful = false;
  bool internal = false;  ///< stands for a part of the next step, by whose name it goes
};

/// Binds a step's operator to the inputs' schemas: fills kind, output and event time. Throws analysis_error.
plan_ptr bound_plan(plan_node node);
/// Makes a source's node.
plan_ptr source_plan(any_source description, read_limit limit);
/// Adds a step: binds it to its inputs' schemas. Throws analysis_error.
plan_ptr step_plan(std::vector<plan_ptr> inputs, std::function<operator_ptr(const step_options&)> make);
/// The same node under a name, or with other options. Throws analysis_error where the step has no such option.
plan_ptr named_plan(const plan_ptr& node, std::string name);
plan_ptr with_options(const plan_ptr& node, step_options options);

/// A result and where it goes; see `to()`.
struct plan_output {
  plan_ptr plan;
  any_sink target;
};

}  // namespace weir
