#include "checkpoint_json.hpp"

#include <boost/json.hpp>

namespace {

namespace json = boost::json;

void add_line(std::string& text, const json::object& record) { text += json::serialize(record) + "\n"; }

std::int64_t micros(weir::timestamp time) { return time.time_since_epoch().count(); }

/// Offsets are JSON by contract; what a source of the user's wrote otherwise stays text.
json::value offset_value(const weir::offset& end) {
  boost::system::error_code error;
  auto value = json::parse(end.json, error);
  return error ? json::value(end.json) : value;
}

json::object texts(const std::map<std::string, std::string>& values) {
  json::object made;
  for (const auto& [name, value] : values)
    made[name] = value;
  return made;
}

json::object plan_record(const weir::recorded_entry& entry) {
  json::object made{{"record", "plan"}, {"role", entry.role}, {"name", entry.name}, {"kind", entry.kind}};
  made["settings"] = texts(entry.settings);
  if (!entry.stateful)
    return made;
  auto& columns = made["state"].emplace_array();
  for (const auto& [name, type] : entry.columns)
    columns.push_back(json::object{{"name", name}, {"type", type}});
  return made;
}

json::object epoch_record(const weir::segment_info& segment, const weir::epoch_view& epoch) {
  const auto& summary = epoch.summary;
  json::object made{{"record", "epoch"},
                    {"epoch", summary.epoch.value},
                    {"segment", segment.number},
                    {"attempt", epoch.attempt},
                    {"time_us", micros(summary.time)}};
  auto& offsets = made["offsets"].emplace_object();
  for (const auto& [source, end] : summary.end_offsets)
    offsets[source] = offset_value(end);
  auto& inputs = made["input_watermarks_us"].emplace_array();
  for (const auto& [input, time] : summary.input_watermarks)
    inputs.push_back(json::object{
        {"node", input.node}, {"source", input.source}, {"partition", input.partition}, {"time_us", micros(time)}});
  made["watermark_us"] = micros(summary.watermark);
  made["late_watermark_us"] = micros(epoch.idle_after ? summary.watermark : summary.late_watermark);
  made["idle_after"] = epoch.idle_after;
  made["settings"] = texts(summary.settings);
  auto& changes = made["changes"].emplace_array();
  for (const auto& change : epoch.changes)
    changes.push_back(json::object{{"operator", change.operator_name},
                                   {"partition", change.partition.value},
                                   {"keys", change.keys},
                                   {"bytes", change.bytes}});
  auto& sinks = made["sinks"].emplace_array();
  for (const auto& token : epoch.tokens) {
    json::object shown{{"sink", token.sink}, {"bytes", token.bytes}, {"committed", token.committed}};
    if (!token.file.empty())
      shown["file"] = token.file;
    if (!token.damage.empty())
      shown["damage"] = token.damage;
    sinks.push_back(std::move(shown));
  }
  return made;
}

void add_segment(std::string& text, const weir::segment_view& segment) {
  const auto& info = segment.info;
  json::object made{{"record", "segment"}, {"number", info.number}, {"path", info.path}, {"bytes", segment.file_bytes}};
  made["first_epoch"] = info.first ? json::value(info.first->value) : json::value(nullptr);
  made["last_epoch"] = info.last ? json::value(info.last->value) : json::value(nullptr);
  add_line(text, made);
  for (const auto& epoch : segment.epochs)
    add_line(text, epoch_record(info, epoch));
  if (info.bytes < segment.file_bytes)
    add_line(text, {{"record", "torn_tail"},
                    {"path", info.path},
                    {"begin", info.bytes},
                    {"bytes", segment.file_bytes - info.bytes}});
}

}  // namespace

std::string checkpoint_json(const weir::checkpoint_view& view) {
  std::string text;
  add_line(text, {{"record", "metadata"}, {"query", view.metadata.query_id}, {"format", view.metadata.format}});
  for (const auto& entry : view.plan)
    add_line(text, plan_record(entry));
  for (const auto& segment : view.segments)
    add_segment(text, segment);
  for (const auto& snapshot : view.snapshots) {
    json::object made{
        {"record", "snapshot"},  {"operator", snapshot.operator_name}, {"epoch", snapshot.place.epoch.value},
        {"keys", snapshot.keys}, {"bytes", snapshot.place.bytes},      {"path", snapshot.place.path}};
    if (!snapshot.damage.empty())
      made["damage"] = snapshot.damage;
    add_line(text, made);
  }
  for (const auto& source : view.sources)
    add_line(text, {{"record", "source"},
                    {"name", source.name},
                    {"files", source.files},
                    {"bytes", source.bytes},
                    {"spool_bytes", source.spool_bytes}});
  return text;
}
