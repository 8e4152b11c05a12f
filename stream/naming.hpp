#pragma once

#include <string>
#include <vector>

#include <weir/stream/plan.hpp>

namespace weir {

/// The plans with a full name on every node and sink, as the user wrote them: given names, else kind and ordinal. A
/// checkpoint knows operators by these, so they are set before anything is optimised. Throws analysis_error for two of
/// one name.
std::vector<plan_output> with_names(const std::vector<plan_output>& outputs);

/// The steps of named plans for explain(), a line each, sources first.
std::string plan_text(const std::vector<plan_output>& outputs, output_mode mode);

}  // namespace weir
