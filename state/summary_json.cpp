#include <weir/state/summary_json.hpp>

#include <boost/json.hpp>

namespace weir {

namespace {

namespace json = boost::json;

std::int64_t micros(timestamp time) { return time.time_since_epoch().count(); }

timestamp from_micros(const json::value& value) {
  return timestamp{std::chrono::microseconds{value.to_number<std::int64_t>()}};
}

/// The object that is the member `name` of `of`, made where it is missing.
json::object& member(json::object& of, const std::string& name) {
  auto& value = of[name];
  return value.is_object() ? value.get_object() : value.emplace_object();
}

}  // namespace

std::string summary_to_json(const epoch_summary& summary, std::size_t parts, std::uint64_t checksum) {
  json::object made;
  made["epoch"] = summary.epoch.value;
  made["time"] = micros(summary.time);
  auto& offsets = made["offsets"].emplace_object();
  for (const auto& [source, end] : summary.end_offsets)
    offsets[source] = end.json;
  if (!summary.input_watermarks.empty()) {
    auto& inputs = made["input_watermarks"].emplace_object();
    for (const auto& [input, time] : summary.input_watermarks)
      member(member(inputs, input.node), input.source)[std::to_string(input.partition)] = micros(time);
  }
  made["watermark"] = micros(summary.watermark);
  made["late_watermark"] = micros(summary.late_watermark);
  made["used_late_watermark"] = micros(summary.used_late_watermark);
  if (!summary.settings.empty()) {
    auto& settings = made["settings"].emplace_object();
    for (const auto& [name, value] : summary.settings)
      settings[name] = value;
  }
  made["parts"] = parts;
  made["tokens"] = summary.tokens.size();
  made["checksum"] = checksum;
  return json::serialize(made);
}

result<parsed_summary> summary_from_json(std::string_view text) {
  try {
    const auto value = json::parse(json::string_view{text.data(), text.size()});
    const auto& object = value.as_object();
    parsed_summary parsed;
    parsed.summary.epoch = epoch_id{object.at("epoch").to_number<std::int64_t>()};
    parsed.summary.time = from_micros(object.at("time"));
    for (const auto& [source, end] : object.at("offsets").as_object())
      parsed.summary.end_offsets[source] = offset{std::string{end.as_string()}};
    if (const auto* inputs = object.if_contains("input_watermarks"))
      for (const auto& [node, sources] : inputs->as_object())
        for (const auto& [source, partitions] : sources.as_object())
          for (const auto& [partition, time] : partitions.as_object())
            parsed.summary.input_watermarks[{node, source, std::stoi(partition)}] = from_micros(time);
    parsed.summary.watermark = from_micros(object.at("watermark"));
    parsed.summary.late_watermark = from_micros(object.at("late_watermark"));
    parsed.summary.used_late_watermark = from_micros(object.at("used_late_watermark"));
    if (const auto* settings = object.if_contains("settings"))
      for (const auto& [name, setting] : settings->as_object())
        parsed.summary.settings[name] = std::string{setting.as_string()};
    parsed.parts = object.at("parts").to_number<std::size_t>();
    parsed.tokens = object.at("tokens").to_number<std::size_t>();
    parsed.checksum = object.at("checksum").to_number<std::uint64_t>();
    return parsed;
  } catch (const std::exception& error) {
    return status{errc::corrupt_checkpoint, std::string{"the summary of an epoch cannot be read: "} + error.what()};
  }
}

}  // namespace weir
