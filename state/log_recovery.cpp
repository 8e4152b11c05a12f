#include <weir/state/log_recovery.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>

#include <boost/json.hpp>

#include <weir/state/frame.hpp>
#include <weir/state/log_format.hpp>
#include <weir/state/state_ipc.hpp>
#include <weir/state/summary_json.hpp>

namespace weir {

namespace {

/// Reads the segments one after the other; what one leaves open the next cannot close.
class log_reader {
public:
  log_reader(storage& files, const std::string& query_id, log_contents& found, log_visitor* visitor)
      : files_{files}, query_id_{query_id}, found_{found}, visitor_{visitor} {}

  status read(segment_info segment, bool is_last) {
    WEIR_ASSIGN(const auto bytes, files_.read_all(segment.path));
    segment_ = &segment;
    frame_reader reader{bytes};
    record_ = {};
    schemas_.clear();
    std::uint64_t complete = 0;
    for (auto begin = reader.at();; begin = reader.at()) {
      auto next = reader.next();
      if (!next)
        break;
      if (begin == 0 && next->kind != frame_kind::segment)
        return corrupt(segment.path, 0, "no segment header");
      auto closed = false;
      if (auto taken = take(*next, begin, reader.at(), closed); !taken.ok())
        return std::move(taken).at_operator(segment.path + " at byte " + std::to_string(begin));
      if (closed)
        complete = reader.at();
    }
    if (!reader.at_end()) {
      if (!is_last)
        return corrupt(segment.path, reader.at(), "not a valid frame");
      if (const auto later = reader.valid_frame_after())
        return corrupt(segment.path, reader.at(),
                       "not a valid frame, but one follows at byte " + std::to_string(*later));
    } else if (!is_last && complete != bytes.size()) {
      return corrupt(segment.path, complete, "a record without its end");
    }
    segment.bytes = complete;
    found_.recovered.bytes_cut += bytes.size() - complete;
    found_.segments.push_back(segment);
    if (visitor_)
      visitor_->end_segment(segment, bytes.size());
    return {};
  }

private:
  struct open_record {
    std::vector<part_place> parts;
    std::map<std::string, std::string> tokens;
    std::uint64_t checksum = 0;
    std::uint32_t frames = 0;
  };

  struct known_schema {
    std::shared_ptr<arrow::Schema> schema;
    std::uint32_t attempt = 0;
  };

  static status corrupt(const std::string& path, std::uint64_t at, const std::string& what) {
    return {errc::corrupt_checkpoint, path + " is corrupt at byte " + std::to_string(at) + ": " + what};
  }

  /// `closed`: the log may be cut after this frame.
  status take(const frame& next, std::uint64_t begin, std::uint64_t end, bool& closed) {
    found_.attempt = std::max(found_.attempt, next.attempt);
    std::string_view payload = next.payload;
    switch (next.kind) {
    case frame_kind::segment: closed = true; return check_header(payload);
    case frame_kind::schema: {
      WEIR_ASSIGN(const auto name, take_name(payload));
      WEIR_ASSIGN(auto columns, schema_from_ipc(payload));
      schemas_[name] = {std::move(columns), next.attempt};
      closed = record_.frames == 0;
      return {};
    }
    case frame_kind::commit: {
      WEIR_ASSIGN(const auto sink, take_name(payload));
      auto& owed = found_.recovered.uncommitted[sink];
      std::erase_if(owed, [&](const auto& one) { return one.first.value <= next.epoch; });
      if (visitor_)
        visitor_->commit(sink, epoch_id{next.epoch});
      closed = true;
      return {};
    }
    case frame_kind::idle:
      if (visitor_)
        visitor_->idle(epoch_id{next.epoch});
      found_.recovered.idle_after_last = found_.recovered.last && found_.recovered.last->epoch.value == next.epoch;
      closed = true;
      return {};
    case frame_kind::part: return take_part(next, payload, begin, end);
    case frame_kind::token: {
      WEIR_TRY(add_to_record(next));
      WEIR_ASSIGN(const auto sink, take_name(payload));
      record_.tokens[sink] = payload;
      return {};
    }
    case frame_kind::epoch: closed = true; return take_epoch(next, payload);
    }
    // Its checksum holds: it was written so.
    return {errc::checkpoint_newer, "a frame of kind " + std::to_string(static_cast<int>(next.kind)) +
                                        ", which this weir does not know: a newer one wrote it"};
  }

  status check_header(std::string_view payload) {
    boost::system::error_code error;
    const auto value = boost::json::parse(boost::json::string_view{payload.data(), payload.size()}, error);
    const auto* object = error ? nullptr : value.if_object();
    const auto* format = object ? object->if_contains("format") : nullptr;
    const auto* query = object ? object->if_contains("query") : nullptr;
    if (!format || !format->is_int64() || !query || !query->is_string())
      return {errc::corrupt_checkpoint, "the segment header cannot be read"};
    WEIR_TRY(check_format(format->as_int64()));
    if (query->as_string() != query_id_)
      return {errc::checkpoint_mismatch,
              "the segment belongs to query " + std::string{query->as_string()} + ", not to " + query_id_};
    return {};
  }

  status add_to_record(const frame& next) {
    if (next.sequence == 0)
      record_ = {};
    if (next.sequence != record_.frames)
      return {errc::corrupt_checkpoint, "a frame of the record is missing"};
    ++record_.frames;
    record_.checksum = chain(record_.checksum, next.checksum);
    return {};
  }

  status take_part(const frame& next, std::string_view payload, std::uint64_t begin, std::uint64_t end) {
    WEIR_TRY(add_to_record(next));
    part_place place;
    WEIR_ASSIGN(place.operator_name, take_name(payload));
    std::int32_t partition = 0;
    if (payload.size() < sizeof partition)
      return {errc::corrupt_checkpoint, "a part is too short"};
    std::memcpy(&partition, payload.data(), sizeof partition);
    place.partition = partition_id{partition};
    place.path = segment_->path;
    place.begin = begin;
    place.end = end;
    place.epoch = epoch_id{next.epoch};
    // Every start writes its schemas anew: rows read with another start's could lose columns without a word.
    const auto& columns = schemas_[place.operator_name];
    if (!columns.schema || columns.attempt != next.attempt)
      return {errc::corrupt_checkpoint, "state rows of " + place.operator_name + " without their schema"};
    place.columns = columns.schema;
    record_.parts.push_back(std::move(place));
    return {};
  }

  status take_epoch(const frame& next, std::string_view payload) {
    WEIR_ASSIGN(auto parsed, summary_from_json(payload));
    if (next.sequence == 0)
      record_ = {};
    const auto& last = found_.recovered.last;
    if (parsed.parts != record_.parts.size() || parsed.tokens != record_.tokens.size() ||
        parsed.checksum != record_.checksum || next.sequence != record_.frames)
      return {errc::corrupt_checkpoint, "the record of epoch " + std::to_string(next.epoch) + " is not whole"};
    if (last && parsed.summary.epoch.value != last->epoch.value + 1)
      return {errc::corrupt_checkpoint, "epoch " + std::to_string(parsed.summary.epoch.value) + " follows epoch " +
                                            std::to_string(last->epoch.value)};
    if (visitor_) {
      parsed.summary.tokens = record_.tokens;
      WEIR_TRY(visitor_->epoch(parsed.summary, next.attempt, record_.parts));
    }
    for (auto& part : record_.parts)
      found_.parts.push_back(std::move(part));
    for (const auto& [sink, token] : record_.tokens)
      found_.recovered.uncommitted[sink].emplace_back(parsed.summary.epoch, token);
    parsed.summary.tokens = std::move(record_.tokens);
    if (!segment_->first)
      segment_->first = parsed.summary.epoch;
    segment_->last = parsed.summary.epoch;
    found_.recovered.last = std::move(parsed.summary);
    found_.recovered.idle_after_last = false;
    record_ = {};
    return {};
  }

  storage& files_;
  const std::string& query_id_;
  log_contents& found_;
  log_visitor* visitor_;
  segment_info* segment_ = nullptr;
  open_record record_;
  std::map<std::string, known_schema> schemas_;
};

}  // namespace

std::string segment_path(const std::string& directory, std::uint64_t number) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "/%010llu.log", static_cast<unsigned long long>(number));
  return directory + name.data();
}

result<log_contents> read_log(storage& files, const std::string& directory, const std::string& query_id,
                              log_visitor* visitor) {
  log_contents found;
  WEIR_ASSIGN(const auto entries, files.list(directory));
  std::vector<segment_info> segments;
  for (const auto& entry : entries) {
    segment_info segment;
    const auto* const end = entry.name.data() + entry.name.size();
    const auto [rest, error] = std::from_chars(entry.name.data(), end, segment.number);
    if (entry.directory || error != std::errc{} || std::string_view{rest, end} != ".log")
      continue;
    segment.path = directory + "/" + entry.name;
    segments.push_back(std::move(segment));
  }
  log_reader reader{files, query_id, found, visitor};
  for (std::size_t i = 0; i < segments.size(); ++i)
    WEIR_TRY(reader.read(segments[i], i + 1 == segments.size()));
  std::erase_if(found.recovered.uncommitted, [](const auto& one) { return one.second.empty(); });
  return found;
}

result<batch> read_part(storage& files, const part_place& place) {
  WEIR_ASSIGN(const auto file, files.open_read(place.path));
  WEIR_ASSIGN(const auto bytes, file->read(place.begin, static_cast<std::size_t>(place.end - place.begin)));
  frame_reader reader{bytes};
  auto next = reader.next();
  if (!next)
    return status{errc::corrupt_checkpoint, place.path + " is corrupt at byte " + std::to_string(place.begin)};
  std::string_view payload = next->payload;
  WEIR_ASSIGN(const auto name, take_name(payload));
  auto rows = rows_from_ipc(place.columns, payload.substr(sizeof(std::int32_t)));
  if (!rows.ok())
    return rows.error().at_operator(place.path + " at byte " + std::to_string(place.begin));
  return rows;
}

}  // namespace weir
