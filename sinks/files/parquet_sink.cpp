#include <weir/sinks/files/parquet_sink.hpp>

#include <set>

#include <boost/json.hpp>

#include <weir/sinks/files/file_sink.hpp>

namespace weir {

parquet_base::parquet_base(options settings)
    : options_{std::move(settings)}, out_{options_.directory, options_.append_to_foreign},
      partitions_{options_.partition_by} {}

status parquet_base::start(const sink_context& context) {
  context_ = context;
  columns_ = partitions_.in_files(context.columns);
  return out_.open(context);
}

status parquet_base::accepts(const schema& columns) const {
  WEIR_TRY(check_file_columns(columns, true, "parquet"));
  return partitions_.check(columns);
}

status parquet_base::stage(epoch_id epoch, const batch& rows) {
  WEIR_ASSIGN(auto parts, partitions_.split(rows));
  for (auto& part : parts)
    if (part.rows.num_rows() > 0)
      staged_[epoch][part.directory].push_back(std::move(part.rows));
  return {};
}

parquet_base::directories parquet_base::take(epoch_id epoch) {
  auto rows = std::move(staged_[epoch]);
  staged_.erase(epoch);
  return rows;
}

status parquet_base::write_hidden(const std::string& path, std::string_view bytes) {
  WEIR_ASSIGN(const auto file, files().open_write(path));
  WEIR_TRY(file->truncate(0));
  WEIR_TRY(file->write_at(0, bytes));
  return out_.syncs() ? file->sync() : status{};
}

status parquet_sink::start(const sink_context& context) {
  WEIR_TRY(parquet_base::start(context));
  hidden_ = out().own_path("staged");
  WEIR_TRY(files().create_directories(hidden_));
  return out().sync_names({});
}

result<token> parquet_sink::prepare(epoch_id epoch) {
  boost::json::array names;
  for (const auto& [directory, rows] : take(epoch)) {
    WEIR_ASSIGN(const auto bytes, to_parquet(columns(), rows, settings().style));
    const auto hidden = std::to_string(epoch.value) + "-" + std::to_string(names.size()) + ".parquet";
    WEIR_TRY(write_hidden(hidden_ + "/" + hidden, bytes));
    names.push_back(
        {{"staged", hidden}, {"directory", directory}, {"file", part_name(epoch, context().query_id) + ".parquet"}});
  }
  if (names.empty())
    return token{};
  if (out().syncs())
    WEIR_TRY(files().sync_directory(hidden_));
  return token{boost::json::serialize(names)};
}

result<std::vector<parquet_sink::staged_file>> parquet_sink::parse(const token& staged) {
  std::vector<staged_file> all;
  if (staged.bytes.empty())
    return all;
  try {
    const auto value = boost::json::parse(staged.bytes);
    for (const auto& one : value.as_array()) {
      const auto& object = one.as_object();
      const auto text_at = [&](const char* name) { return std::string{object.at(name).as_string()}; };
      all.push_back({text_at("staged"), text_at("directory"), text_at("file")});
    }
    return all;
  } catch (const std::exception&) {
    return status{errc::corrupt_checkpoint, "the token of a parquet sink cannot be read"};
  }
}

status parquet_sink::commit(epoch_id epoch, const token& staged) {
  WEIR_ASSIGN(const auto all, parse(staged));
  std::set<std::string> changed;
  for (const auto& one : all) {
    const auto hidden = hidden_ + "/" + one.hidden;
    const auto path = out().path(one.directory, one.file);
    WEIR_ASSIGN(const auto waits, files().exists(hidden));
    if (waits) {
      WEIR_TRY(out().make(one.directory));
      WEIR_TRY(files().rename(hidden, path));
    } else {
      // An earlier commit of the epoch has renamed it.
      WEIR_ASSIGN(const auto done, files().exists(path));
      if (!done)
        return {errc::checkpoint_mismatch, "neither " + path + " nor " + hidden + ", of which it is made, is there"};
    }
    changed.insert(one.directory);
  }
  for (const auto& directory : changed)
    WEIR_TRY(out().sync_names(directory));
  return out().note_commit(epoch);
}

status parquet_sink::recover(std::span<const pending_commit> pending) {
  std::set<std::string> owed;
  for (const auto& one : pending) {
    WEIR_ASSIGN(const auto all, parse(one.token));
    for (const auto& file : all)
      owed.insert(file.hidden);
  }
  WEIR_ASSIGN(const auto entries, files().list(hidden_));
  for (const auto& entry : entries)
    if (!owed.contains(entry.name))
      WEIR_TRY(files().remove(hidden_ + "/" + entry.name));
  return {};
}

}  // namespace weir
