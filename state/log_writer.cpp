#include <weir/state/log_writer.hpp>

#include <algorithm>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <boost/json.hpp>

#include <weir/state/frame.hpp>
#include <weir/state/log_format.hpp>
#include <weir/state/state_ipc.hpp>
#include <weir/state/summary_json.hpp>

namespace weir {

namespace {

/// Bytes of buffers that stay for the next epoch.
constexpr std::size_t most_kept = std::size_t{16} << 20;

}  // namespace

log_writer::log_writer(std::shared_ptr<storage> files, std::string directory, std::string query_id,
                       std::uint32_t attempt, bool sync_to_disk, std::uint64_t segment_bytes)
    : files_{std::move(files)}, directory_{std::move(directory)}, query_id_{std::move(query_id)}, attempt_{attempt},
      sync_to_disk_{sync_to_disk}, segment_bytes_{segment_bytes} {}

status log_writer::open(std::vector<segment_info>& segments) {
  if (segments.empty())
    return begin_segment(segments, 1);
  path_ = segments.back().path;
  size_ = segments.back().bytes;
  WEIR_ASSIGN(file_, files_->open_write(path_));
  return {};
}

status log_writer::begin_segment(std::vector<segment_info>& segments, std::uint64_t number) {
  segment_info made;
  made.number = number;
  made.path = segment_path(directory_, number);
  WEIR_ASSIGN(file_, files_->open_write(made.path));
  WEIR_TRY(file_->truncate(0));
  path_ = made.path;
  schemas_.clear();
  const boost::json::object header{{"format", checkpoint_format}, {"segment", number}, {"query", query_id_}};
  std::string bytes;
  append_frame(bytes, {frame_kind::segment, 0, attempt_, 0}, {boost::json::serialize(header)});
  const std::string_view parts[]{bytes};
  WEIR_TRY(file_->append(parts));
  if (sync_to_disk_) {
    WEIR_TRY(file_->sync());
    WEIR_TRY(files_->sync_directory(directory_));
  }
  size_ = bytes.size();
  bytes_written_ += bytes.size();
  made.bytes = bytes.size();
  segments.push_back(std::move(made));
  return {};
}

status log_writer::append_part(epoch_id epoch, const state_part& part) {
  WEIR_TRY(failure_);
  open_part one;
  one.name = part.operator_name;
  one.partition = part.partition.value;
  if (part.changes.num_rows() > 0) {
    one.columns = part.changes.arrow()->schema();
    one.changes = part.changes;
  }
  parts_[epoch.value].push_back(std::move(one));
  return {};
}

status log_writer::add_schema(const std::string& name, const std::shared_ptr<arrow::Schema>& columns) {
  auto& known = schemas_[name];
  if (std::ranges::find(known, columns) != known.end())
    return {};
  if (known.empty() || !known.front()->Equals(*columns)) {
    WEIR_ASSIGN(const auto message, schema_to_ipc(*columns));
    append_frame(waiting_, {frame_kind::schema, 0, attempt_, 0}, {payload_name(name), message});
    known.clear();
  }
  known.push_back(columns);
  return {};
}

status log_writer::append_epoch(const epoch_summary& summary, std::size_t parts) {
  WEIR_TRY(failure_);
  auto gathered = std::move(parts_[summary.epoch.value]);
  parts_.erase(summary.epoch.value);
  if (gathered.size() != parts)
    return {errc::internal, "epoch " + std::to_string(summary.epoch.value) + " has " + std::to_string(gathered.size()) +
                                " state parts, expected " + std::to_string(parts)};
  for (const auto& part : gathered)
    if (part.columns)
      WEIR_TRY(add_schema(part.name, part.columns));

  std::uint64_t checksum = 0;
  std::uint32_t sequence = 0;
  std::size_t written = 0;
  const auto add = [&](frame_kind kind, std::initializer_list<std::string_view> payload) {
    checksum = chain(checksum, append_frame(waiting_, {kind, summary.epoch.value, attempt_, sequence++}, payload));
  };
  for (auto& part : gathered) {
    if (!part.columns)
      continue;  // nothing changed there
    part_place place;
    place.path = path_;
    place.begin = size_ + waiting_.size();
    const std::string_view partition{reinterpret_cast<const char*>(&part.partition), sizeof part.partition};
    WEIR_TRY(rows_to_ipc(std::exchange(part.changes, {}), message_));
    add(frame_kind::part, {payload_name(part.name), partition, message_});
    place.end = size_ + waiting_.size();
    place.epoch = summary.epoch;
    place.operator_name = std::move(part.name);
    place.partition = partition_id{part.partition};
    place.columns = std::move(part.columns);
    places_.push_back(std::move(place));
    ++written;
  }
  for (const auto& [sink, token] : summary.tokens)
    add(frame_kind::token, {payload_name(sink), token});
  append_frame(waiting_, {frame_kind::epoch, summary.epoch.value, attempt_, sequence},
               {summary_to_json(summary, written, checksum)});
  closed_.push_back(summary.epoch);
  if (message_.capacity() > most_kept) {
    message_.clear();
    message_.shrink_to_fit();
  }
  return {};
}

void log_writer::append_commit(const std::string& sink, epoch_id epoch) {
  append_frame(waiting_, {frame_kind::commit, epoch.value, attempt_, 0}, {payload_name(sink)});
}

void log_writer::append_idle(epoch_id epoch) {
  append_frame(waiting_, {frame_kind::idle, epoch.value, attempt_, 0}, {});
}

status log_writer::sync(std::vector<segment_info>& segments, bool roll) {
  WEIR_TRY(failure_);
  if (!waiting_.empty()) {
    const std::string_view parts[]{waiting_};
    failure_ = file_->append(parts);
    if (failure_.ok() && sync_to_disk_)
      failure_ = file_->sync();
    WEIR_TRY(failure_);
    size_ += waiting_.size();
    bytes_written_ += waiting_.size();
    waiting_.clear();
    if (waiting_.capacity() > most_kept)
      waiting_.shrink_to_fit();
    auto& segment = segments.back();
    segment.bytes = size_;
    for (const auto epoch : closed_) {
      if (!segment.first)
        segment.first = epoch;
      segment.last = epoch;
    }
    closed_.clear();
  }
  if ((roll && segments.back().last) || size_ > segment_bytes_)
    failure_ = begin_segment(segments, segments.back().number + 1);
  return failure_;
}

}  // namespace weir
