#include <weir/sinks/files/rolling_parquet_sink.hpp>

#include <algorithm>

#include <boost/json.hpp>
#include <spdlog/logger.h>

#include <weir/sinks/files/file_sink.hpp>

namespace weir {

rolling_parquet_sink::rolling_parquet_sink(options settings, sinks::parquet_roll roll)
    : parquet_base{std::move(settings)}, roll_{roll} {}

std::string rolling_parquet_sink::description() const {
  auto text = "parquet " + settings().directory + ", rows visible after";
  if (roll_.interval)
    text +=
        " " + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(*roll_.interval).count()) + " ms";
  if (roll_.bytes)
    text += (roll_.interval ? " or " : " ") + std::to_string(*roll_.bytes) + " bytes";
  return text;
}

std::string rolling_parquet_sink::hidden_directory(const std::string& directory) const {
  return out().own_path("open") + (directory.empty() ? "" : "/" + directory);
}

std::string rolling_parquet_sink::hidden_path(const open_part& part, const char* extension) const {
  return hidden_directory(part.directory) + "/" + part.file + extension;
}

status rolling_parquet_sink::start(const sink_context& context) {
  WEIR_TRY(parquet_base::start(context));
  return make_hidden({});
}

status rolling_parquet_sink::make_hidden(const std::string& directory) {
  if (!made_.insert(directory).second)
    return {};
  return out().make(hidden_directory(directory).substr(out().path().size() + 1));
}

rolling_parquet_sink::open_part& rolling_parquet_sink::growing(const std::string& directory, epoch_id epoch) {
  const auto known = growing_.find(directory);
  if (known != growing_.end())
    return parts_[known->second];
  const auto file = part_name(epoch, context().query_id);
  const auto key = place{directory, file, 0, 0}.key();
  growing_[directory] = key;
  auto& part = parts_[key];
  part = {directory, file, 0, context().time->now(), 0, false};
  return part;
}

void rolling_parquet_sink::close(open_part& part) {
  part.closed = true;
  if (const auto known = growing_.find(part.directory);
      known != growing_.end() && known->second == place{part.directory, part.file, 0, 0}.key())
    growing_.erase(known);
}

result<token> rolling_parquet_sink::prepare(epoch_id epoch) {
  boost::json::array where;
  std::string all;
  for (const auto& [directory, rows] : take(epoch)) {
    auto& part = growing(directory, epoch);
    WEIR_ASSIGN(const auto bytes, to_ipc_messages(columns(), rows, part.length == 0));
    where.push_back({{"directory", directory}, {"file", part.file}, {"begin", part.length}, {"length", bytes.size()}});
    part.length += bytes.size();
    ++part.owed;
    owing_[epoch].push_back(place{directory, part.file, 0, 0}.key());
    if (roll_.bytes && part.length >= static_cast<std::uint64_t>(*roll_.bytes))
      close(part);
    all += bytes;
  }
  set_alarm();
  return where.empty() ? token{} : token{boost::json::serialize(where) + "\n" + all};
}

result<rolling_parquet_sink::places> rolling_parquet_sink::parse(const token& staged) {
  places all;
  if (staged.bytes.empty())
    return all;
  const auto bad = status{errc::corrupt_checkpoint, "the token of a parquet sink cannot be read"};
  const auto line = staged.bytes.find('\n');
  if (line == std::string::npos)
    return bad;
  auto rest = std::string_view{staged.bytes}.substr(line + 1);
  try {
    const auto value = boost::json::parse(staged.bytes.substr(0, line));
    for (const auto& one : value.as_array()) {
      const auto& object = one.as_object();
      auto where = place{std::string{object.at("directory").as_string()}, std::string{object.at("file").as_string()},
                         object.at("begin").to_number<std::uint64_t>(), object.at("length").to_number<std::uint64_t>()};
      if (rest.size() < where.length)
        return bad;
      const auto bytes = rest.substr(0, where.length);
      rest.remove_prefix(where.length);
      all.emplace_back(std::move(where), bytes);
    }
  } catch (const std::exception&) {
    return bad;
  }
  return rest.empty() ? result<places>{std::move(all)} : result<places>{bad};
}

status rolling_parquet_sink::write(const place& where, std::string_view bytes) {
  WEIR_TRY(make_hidden(where.directory));
  const auto path = hidden_directory(where.directory) + "/" + where.file + ".arrows";
  WEIR_ASSIGN(const auto file, files().open_write(path));
  WEIR_TRY(file->write_at(where.begin, bytes));
  if (!out().syncs())
    return {};
  WEIR_TRY(file->sync());
  return where.begin == 0 ? files().sync_directory(hidden_directory(where.directory)) : status{};
}

status rolling_parquet_sink::commit(epoch_id epoch, const token& staged) {
  WEIR_ASSIGN(const auto all, parse(staged));
  for (const auto& [where, bytes] : all)
    if (parts_.contains(where.key()))  // else it is a Parquet file already
      WEIR_TRY(write(where, bytes));
  if (const auto owing = owing_.find(epoch); owing != owing_.end()) {
    for (const auto& key : owing->second)
      --parts_[key].owed;
    owing_.erase(owing);
  }
  WEIR_TRY(convert_ready());
  return out().note_commit(epoch);
}

/// Whether the epoch is in the log is not known here: what it has a place in stays hidden until the next start.
void rolling_parquet_sink::abort(epoch_id epoch) {
  parquet_base::abort(epoch);
  const auto owing = owing_.find(epoch);
  if (owing == owing_.end())
    return;
  for (const auto& key : owing->second)
    close(parts_[key]);
  owing_.erase(owing);
}

status rolling_parquet_sink::convert(const open_part& part) {
  const auto hidden = hidden_path(part, ".arrows");
  WEIR_ASSIGN(const auto file, files().open_read(hidden));
  WEIR_ASSIGN(auto bytes, file->read(0, part.length));
  if (bytes.size() < part.length)
    return {errc::checkpoint_mismatch, hidden + " has " + std::to_string(bytes.size()) +
                                           " bytes, the checkpoint expects " + std::to_string(part.length)};
  auto rows = from_ipc_messages(std::move(bytes));
  if (!rows.ok())
    return {rows.error().code(), hidden + ": " + rows.error().message()};
  // Of the file's own columns: the query may have others by now.
  WEIR_ASSIGN(const auto of_file,
              rows->empty() ? result<schema>{columns()} : schema::from_arrow(*rows->front().arrow()->schema()));
  WEIR_ASSIGN(const auto content, to_parquet(of_file, *rows, settings().style));
  const auto whole = hidden_path(part, ".parquet");
  WEIR_TRY(write_hidden(whole, content));
  WEIR_TRY(out().make(part.directory));
  WEIR_TRY(files().rename(whole, out().path(part.directory, part.file + ".parquet")));
  WEIR_TRY(out().sync_names(part.directory));
  // Gone only when the other is there for good.
  return files().remove(hidden);
}

status rolling_parquet_sink::convert_ready() {
  for (auto one = parts_.begin(); one != parts_.end();) {
    if (!one->second.closed || one->second.owed > 0) {
      ++one;
      continue;
    }
    WEIR_TRY(convert(one->second));
    one = parts_.erase(one);
  }
  return {};
}

status rolling_parquet_sink::recover(std::span<const pending_commit> pending) {
  for (const auto& one : pending) {
    WEIR_ASSIGN(const auto all, parse(one.token));
    for (const auto& [where, bytes] : all) {
      const auto path = out().path(where.directory, where.file + ".parquet");
      WEIR_ASSIGN(const auto done, files().exists(path));
      if (done)
        continue;
      if (!parts_.contains(where.key()) && where.begin > 0) {
        const auto hidden = hidden_directory(where.directory) + "/" + where.file + ".arrows";
        WEIR_ASSIGN(const auto file, files().open_read(hidden));
        WEIR_ASSIGN(const auto size, file->size());
        if (size < where.begin)
          return {errc::checkpoint_mismatch, hidden + " has " + std::to_string(size) +
                                                 " bytes, the checkpoint expects at least " +
                                                 std::to_string(where.begin)};
      }
      auto& part = parts_[where.key()];
      part.directory = where.directory;
      part.file = where.file;
      part.length = where.begin + where.length;
      part.closed = true;
      ++part.owed;
      owing_[one.epoch].push_back(where.key());
    }
  }
  WEIR_TRY(find_left({}));
  return convert_ready();
}

/// Takes up the hidden files of earlier runs, which become Parquet files, and removes what is not needed any more.
status rolling_parquet_sink::find_left(const std::string& directory) {
  WEIR_ASSIGN(const auto entries, files().list(hidden_directory(directory)));
  for (const auto& entry : entries) {
    if (entry.directory) {
      WEIR_TRY(find_left(directory.empty() ? entry.name : directory + "/" + entry.name));
      continue;
    }
    const auto dot = entry.name.rfind('.');
    const auto part = open_part{directory, entry.name.substr(0, dot), entry.size, {}, 0, true};
    const auto key = place{directory, part.file, 0, 0}.key();
    WEIR_ASSIGN(const auto done, files().exists(out().path(directory, part.file + ".parquet")));
    if (done || !entry.name.ends_with(".arrows") || entry.size == 0) {
      if (!parts_.contains(key) || !entry.name.ends_with(".arrows"))
        WEIR_TRY(files().remove(hidden_directory(directory) + "/" + entry.name));
      continue;
    }
    parts_.try_emplace(key, part);
  }
  return {};
}

status rolling_parquet_sink::roll_due() {
  alarm_.reset();
  for (auto& [key, part] : parts_)
    if (!part.closed && context().time->now() - part.begun >= *roll_.interval)
      close(part);
  WEIR_TRY(convert_ready());
  set_alarm();
  return {};
}

void rolling_parquet_sink::set_alarm() {
  if (alarm_ || !roll_.interval || !context().call_later)
    return;
  std::optional<timestamp> first;
  for (const auto& [key, part] : parts_)
    if (!part.closed && (!first || part.begun < *first))
      first = part.begun;
  if (first)
    alarm_ = context().time->set_alarm(*first + *roll_.interval,
                                       [this, later = context().call_later] { later([this] { return roll_due(); }); });
}

void rolling_parquet_sink::stop() {
  if (alarm_)
    context().time->cancel_alarm(*alarm_);
  alarm_.reset();
  for (auto& [key, part] : parts_)
    if (part.owed == 0)
      close(part);
  // What is not converted now stays for the next start.
  if (const auto converted = convert_ready(); !converted.ok() && context().log)
    context().log->warn("{}: {}", context().name, converted.to_string());
  parquet_base::stop();
}

}  // namespace weir
