#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <weir/state/checkpoint.hpp>

namespace weir {

/// The `plan` file: what a checkpoint's query is made of, as JSON.
std::string plan_to_json(const std::vector<plan_entry>& plan);

/// Whether a query of the plan `now` may go on from a checkpoint whose plan file is `before`. Adding is fine, but
/// for stateful operators' rows: members may be added, not removed or changed, and the key stays. A source or a
/// stateful operator may not go; a sink only when it is not in `owing` (it has tokens to commit). Errors:
/// checkpoint_mismatch with a table, corrupt_checkpoint.
status compare_plans(std::string_view before, const std::vector<plan_entry>& now, const std::set<std::string>& owing);

}  // namespace weir
