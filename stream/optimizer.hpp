#pragma once

#include <vector>

#include <weir/stream/plan.hpp>

namespace weir {

/// Plans that give the same rows with less work, behind with_names():
///
/// - conditions that do not read the event time go below its watermark (W18): what they drop does not move it;
/// - neighbouring select(), with_column() and filter() steps become one operator;
/// - columns that nobody reads are not computed, nor read from sources that can leave them out, nor parsed from JSON.
///
/// Steps with a name of the user's, on_error or late_rows stay as they are, and so does what several steps read. Names
/// stay: the checkpoint of a plan fits it with and without this.
std::vector<plan_output> optimized(const std::vector<plan_output>& outputs);

}  // namespace weir
