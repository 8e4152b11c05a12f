#pragma once

#include <weir/actors/execution_graph.hpp>

namespace weir {

/// Refuses what streaming plans do not support (semantics section 4, U09 to U11): output modes, mixed or
/// chained group functions, event-time timeouts without a watermark. Throws analysis_error naming the operator.
void check_support(const execution_graph& graph);

}  // namespace weir
