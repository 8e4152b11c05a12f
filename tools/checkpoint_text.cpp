#include "checkpoint_text.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <weir/columns/time.hpp>

namespace {

std::string counted(std::uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string plan_text(const std::vector<weir::recorded_entry>& plan) {
  if (plan.empty())
    return "plan: none yet\n";
  std::size_t name_width = 0;
  std::size_t kind_width = 0;
  for (const auto& entry : plan) {
    name_width = std::max(name_width, entry.name.size());
    kind_width = std::max(kind_width, entry.kind.size());
  }
  std::string text = "plan\n";
  for (const auto& entry : plan) {
    auto line = "  " + padded(entry.role, 8) + "  " + padded(entry.name, name_width) + "  ";
    line += entry.settings.empty() ? entry.kind : padded(entry.kind, kind_width);
    for (const auto& [name, value] : entry.settings)
      line += "  " + name + "=" + value;
    text += line + "\n";
    for (const auto& [name, type] : entry.columns)
      text += "            " + padded(name, 10) + "  " + type + "\n";
  }
  return text;
}

/// What an operator changed in an epoch, all partitions together.
struct operator_changes {
  std::uint64_t keys = 0;
  std::uint64_t bytes = 0;
  std::set<int> partitions;
};

std::string epoch_text(const weir::epoch_view& epoch) {
  const auto& summary = epoch.summary;
  auto text = "  epoch " + std::to_string(summary.epoch.value) + "  " + weir::format_iso(summary.time) + "  attempt " +
              std::to_string(epoch.attempt) + "\n";
  for (const auto& [source, end] : summary.end_offsets)
    text += "    source    " + source + " to " + end.json + "\n";
  for (const auto& [input, time] : summary.input_watermarks)
    text += "    latest    " + input.node + " <- " + input.source +
            (input.partition == 0 ? "" : "/" + std::to_string(input.partition)) + ": " + weir::format_iso(time) + "\n";
  if (!summary.input_watermarks.empty())
    text += "    watermark " + weir::format_iso(summary.watermark) + ", late before " +
            weir::format_iso(epoch.idle_after ? summary.watermark : summary.late_watermark) +
            (epoch.idle_after ? " since nothing was left to do\n" : "\n");
  for (const auto& [name, value] : summary.settings)
    text += "    setting   " + name + "=" + value + "\n";
  std::map<std::string, operator_changes> changes;
  for (const auto& change : epoch.changes) {
    auto& all = changes[change.operator_name];
    all.keys += static_cast<std::uint64_t>(change.keys);
    all.bytes += change.bytes;
    all.partitions.insert(change.partition.value);
  }
  for (const auto& [name, all] : changes) {
    text += "    changed   " + name + ": " + counted(all.keys, "key") + ", " + counted(all.bytes, "byte") +
            (all.partitions.size() == 1 ? ", partition" : ", partitions");
    for (const auto partition : all.partitions)
      text += " " + std::to_string(partition);
    text += "\n";
  }
  for (const auto& token : epoch.tokens)
    text += "    sink      " + token.sink + ": " + counted(token.bytes, "byte") +
            (token.file.empty() ? ", " : " in " + token.file + ", ") +
            (token.committed ? "committed" : "NOT COMMITTED") +
            (token.damage.empty() ? "\n" : ", DAMAGED: " + token.damage + "\n");
  return text;
}

std::string segment_text(const weir::segment_view& segment) {
  const auto& info = segment.info;
  auto text = "log segment " + std::to_string(info.number) + "  " + info.path + "  " +
              counted(segment.file_bytes, "byte") + "\n";
  for (const auto& epoch : segment.epochs)
    text += epoch_text(epoch);
  if (info.bytes < segment.file_bytes)
    text += "  torn tail from byte " + std::to_string(info.bytes) + ": " +
            counted(segment.file_bytes - info.bytes, "byte") +
            " of a record that is not whole; the next start drops them\n";
  return text;
}

}  // namespace

std::string checkpoint_text(const std::string& directory, const weir::checkpoint_view& view) {
  auto text = "checkpoint  " + directory + "\nquery       " + view.metadata.query_id + "\nformat      " +
              std::to_string(view.metadata.format) + "\n\n" + plan_text(view.plan) + "\n";
  for (const auto& segment : view.segments)
    text += segment_text(segment);
  if (view.segments.empty())
    text += "log: empty\n";
  if (!view.snapshots.empty())
    text += "\nsnapshots\n";
  for (const auto& snapshot : view.snapshots)
    text += "  " + snapshot.operator_name + " after epoch " + std::to_string(snapshot.place.epoch.value) + ": " +
            (snapshot.damage.empty() ? counted(static_cast<std::uint64_t>(snapshot.keys), "key") + ", " +
                                           counted(snapshot.place.bytes, "byte")
                                     : "DAMAGED: " + snapshot.damage) +
            "\n";
  if (!view.sources.empty())
    text += "\nsources\n";
  for (const auto& source : view.sources)
    text += "  " + source.name + ": " + counted(source.files, "file") + ", " + counted(source.bytes, "byte") + ", " +
            std::to_string(source.spool_bytes) + " of them spooled rows\n";
  return text;
}

std::string token_text(const std::string& bytes) {
  if (bytes.empty())
    return "an empty token";
  const auto size = counted(bytes.size(), "byte");
  const auto rows = weir::from_ipc(bytes);
  if (!rows.ok())
    return "a token of the sink's own, " + size;
  std::uint64_t count = 0;
  for (const auto& one : *rows)
    count += static_cast<std::uint64_t>(one.num_rows());
  return counted(count, "row") + " as an Arrow stream, " + size;
}
