#pragma once

#include <string>
#include <vector>

#include <weir/operators/projection.hpp>
#include <weir/stream/plan.hpp>

namespace weir {

/// A step of filters and projections, as the optimiser sees it.
struct projection_plan {
  std::vector<projection_step> steps;
};

/// An aggregation as the user wrote it.
struct aggregation_plan {
  std::vector<expression> keys;  ///< windows among them
  std::vector<expression> aggregates;
  bool per_epoch = false;
  std::vector<std::string> computed;  ///< columns that its internal projection adds to the input
};

/// Adds filters and projections; "*" and "data.*" are written out. The event time's mark goes with its column, renamed
/// or not. Throws analysis_error.
plan_ptr projection_node(const plan_ptr& input, std::vector<projection_step> steps);
/// The same of a node that exists, on another input and with other steps; its name and options stay.
plan_ptr projection_like(const plan_node& node, const plan_ptr& input, std::vector<projection_step> steps);
/// Adds an aggregation, behind a projection of its own where keys or arguments are computed, or columns are not read;
/// `all_columns` keeps those, for its late rows. Throws analysis_error.
plan_ptr aggregation_node(const plan_ptr& input, std::vector<expression> keys, std::vector<expression> aggregates,
                          bool per_epoch, bool all_columns = false);

/// Adds an observation of aggregates of the input's columns. Throws analysis_error.
plan_ptr observation_node(const plan_ptr& input, std::string name, std::vector<expression> aggregates);

}  // namespace weir
