#include <weir/state/plan_file.hpp>

#include <algorithm>
#include <map>

#include <boost/json.hpp>

namespace weir {

namespace {

namespace json = boost::json;

constexpr const char* role_name(plan_entry::role part) {
  switch (part) {
  case plan_entry::role::source: return "source";
  case plan_entry::role::operation: return "operator";
  case plan_entry::role::sink: return "sink";
  }
  return "";
}

std::string type_of_column(const field& column) {
  return column.type.to_string() + (column.nullable ? "" : " not null");
}

recorded_entry recorded(const plan_entry& entry) {
  recorded_entry made{role_name(entry.part), entry.name, entry.kind, entry.state.has_value(), {}, entry.settings, {}};
  if (entry.state)
    for (const auto& column : entry.state->fields())
      made.columns.emplace_back(column.name, type_of_column(column));
  return made;
}

/// Of what a source has found out, only what it finds out again can differ: what the user says counts.
std::string source_difference(const recorded_entry& before, const recorded_entry& now) {
  for (const auto& [name, setting] : before.settings)
    if (const auto found = now.settings.find(name); found != now.settings.end() && found->second != setting)
      return name + " was (" + setting + "), is (" + found->second + "): give the source its schema";
  return {};
}

/// What keeps an entry from going on as the other; empty when nothing does.
std::string difference(const recorded_entry& before, const recorded_entry& now) {
  if (before.role != now.role)
    return "was a " + before.role + ", is a " + now.role;
  if (before.stateful != now.stateful)
    return before.stateful ? "had state, has none (" + now.kind + ")" : "had no state, has some (" + now.kind + ")";
  if (before.role == "source")
    return source_difference(before, now);
  if (!before.stateful)
    return {};
  if (before.kind != now.kind)
    return "was " + before.kind + ", is " + now.kind;
  for (const auto& [name, type] : before.columns) {
    const auto found = std::ranges::find(now.columns, name, &std::pair<std::string, std::string>::first);
    if (found == now.columns.end())
      return "schema changed: member " + name + " was removed";
    if (found->second != type)
      return "schema changed: " + (name == "key" ? std::string{"the key"} : "member " + name) + " was " + type +
             ", is " + found->second;
  }
  for (const auto& [name, setting] : before.settings) {
    const auto found = now.settings.find(name);
    const auto value = found == now.settings.end() ? std::string{"unset"} : found->second;
    if (value != setting)
      return "setting " + name + " was " + setting + ", is " + value;
  }
  return {};
}

}  // namespace

std::string plan_to_json(const std::vector<plan_entry>& plan, const first_epochs& since) {
  json::array entries;
  for (const auto& entry : plan) {
    json::object one;
    one["role"] = role_name(entry.part);
    one["name"] = entry.name;
    one["kind"] = entry.kind;
    auto& settings = one["settings"].emplace_object();
    for (const auto& [name, value] : entry.settings)
      settings[name] = value;
    if (entry.state) {
      auto& columns = one["state"].emplace_array();
      for (const auto& column : entry.state->fields())
        columns.push_back(json::object{{"name", column.name}, {"type", type_of_column(column)}});
      if (const auto first = since.find(entry.name); first != since.end() && first->second.value > 0)
        one["since"] = first->second.value;
    }
    entries.push_back(std::move(one));
  }
  return json::serialize(json::object{{"entries", std::move(entries)}}) + "\n";
}

result<std::vector<recorded_entry>> plan_from_json(std::string_view text) {
  try {
    std::vector<recorded_entry> plan;
    const auto value = json::parse(json::string_view{text.data(), text.size()});
    for (const auto& one : value.as_object().at("entries").as_array()) {
      const auto& object = one.as_object();
      const auto text_at = [&](const char* name) { return std::string{object.at(name).as_string()}; };
      recorded_entry entry{text_at("role"), text_at("name"), text_at("kind"), object.contains("state"), {}, {}, {}};
      if (entry.stateful)
        for (const auto& column : object.at("state").as_array())
          entry.columns.emplace_back(std::string{column.at("name").as_string()},
                                     std::string{column.at("type").as_string()});
      if (const auto* since = object.if_contains("since"))
        entry.since.value = since->to_number<std::int64_t>();
      for (const auto& [name, setting] : object.at("settings").as_object())
        entry.settings[name] = std::string{setting.as_string()};
      plan.push_back(std::move(entry));
    }
    return plan;
  } catch (const std::exception& error) {
    return status{errc::corrupt_checkpoint, std::string{"the plan file cannot be read: "} + error.what()};
  }
}

status compare_plans(const std::vector<recorded_entry>& before, const std::vector<plan_entry>& now,
                     const std::set<std::string>& owing) {
  std::string table;
  auto refused = false;
  const auto line = [&](const std::string& name, const std::string& what) { table += "\n  " + name + " | " + what; };
  for (const auto& entry : before) {
    const auto found = std::ranges::find(now, entry.name, &plan_entry::name);
    if (found != now.end()) {
      const auto changed = difference(entry, recorded(*found));
      refused = refused || !changed.empty();
      line(entry.name, changed.empty() ? "kept" : changed);
      continue;
    }
    const auto owes = entry.role == "sink" && owing.contains(entry.name);
    const auto fatal = entry.role == "source" || entry.stateful || owes;
    refused = refused || fatal;
    line(entry.name, owes ? "removed, but it has epochs to commit (see weir-checkpoint discard)"
                     : fatal
                         ? "removed: its " + std::string{entry.stateful ? "state" : "offset"} + " is in the checkpoint"
                         : "removed");
  }
  for (const auto& entry : now)
    if (std::ranges::none_of(before, [&](const recorded_entry& one) { return one.name == entry.name; }))
      line(entry.name, "added");
  if (refused)
    return {errc::checkpoint_mismatch,
            "the checkpoint belongs to another plan:\n  operator | change" + table +
                "\nkeep what it holds (see docs/checkpoint.md, Plans), or give the query a checkpoint of its own"};
  return {};
}

}  // namespace weir
