#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <weir/state/checkpoint.hpp>

namespace weir {

/// The first epoch that each operator with state took part in; those from the query's first epoch on need not be there.
using first_epochs = std::map<std::string, epoch_id>;

/// The `plan` file: what a checkpoint's query is made of, as JSON.
std::string plan_to_json(const std::vector<plan_entry>& plan, const first_epochs& since);

/// An entry as the file tells it.
struct recorded_entry {
  std::string role;  ///< source, operator or sink
  std::string name, kind;
  bool stateful = false;
  std::vector<std::pair<std::string, std::string>> columns;  ///< of the state rows: name, type; in their order
  std::map<std::string, std::string> settings;
  epoch_id since{};  ///< with state: the first epoch that it took part in
};
/// Errors: corrupt_checkpoint.
result<std::vector<recorded_entry>> plan_from_json(std::string_view text);

/// Whether a query of the plan `now` may go on from a checkpoint whose plan was `before`. Adding is fine, but
/// for stateful operators' rows: members may be added, not removed or changed, and the key stays. A source or a
/// stateful operator may not go; a sink only when it is not in `owing` (it has tokens to commit). Errors:
/// checkpoint_mismatch with a table.
status compare_plans(const std::vector<recorded_entry>& before, const std::vector<plan_entry>& now,
                     const std::set<std::string>& owing);

}  // namespace weir
