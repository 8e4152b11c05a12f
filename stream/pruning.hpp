#pragma once

#include <vector>

#include <weir/stream/plan.hpp>

namespace weir {

/// The plans without columns that nobody reads: projections leave them out, from_json() leaves their members alone, and
/// sources that can do not read them.
std::vector<plan_output> pruned(const std::vector<plan_output>& outputs);

}  // namespace weir
