#include <weir/expressions/function_table.hpp>

#include <algorithm>
#include <array>

#include <weir/expressions/near_name.hpp>

namespace weir::detail {

std::span<const function_group> function_groups() {
  static const std::array groups{comparison_functions(), logic_functions(),      arithmetic_functions(),
                                 math_functions(),       text_functions(),       pattern_functions(),
                                 time_functions(),       conversion_functions(), nested_functions(),
                                 json_functions(),       random_functions()};
  return groups;
}

std::vector<const function_entry*> find_functions(std::string_view name) {
  std::vector<const function_entry*> found;
  for (const auto& group : function_groups())
    for (const auto& entry : group.entries)
      if (entry.name == name)
        found.push_back(&entry);
  return found;
}

std::string_view near_function(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& group : function_groups())
    for (const auto& entry : group.entries)
      names.push_back(entry.name);
  return nearest_name(name, names);
}

bool is_deterministic(std::string_view function) {
  return std::ranges::none_of(find_functions(function),
                              [](const auto* entry) { return entry->needs == depends::seed; });
}

}  // namespace weir::detail
