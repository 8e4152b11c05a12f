#include <weir/state/directory_checkpoint.hpp>

#include <algorithm>

#include <unistd.h>

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <spdlog/spdlog.h>

#include <weir/state/log_format.hpp>
#include <weir/state/metadata_file.hpp>
#include <weir/state/plan_file.hpp>

namespace weir {

std::string lock_owner(std::string_view what) {
  char host[256] = "unknown";
  (void)gethostname(host, sizeof host - 1);
  auto owner = "host " + std::string{host} + ", pid " + std::to_string(getpid());
  if (!what.empty())
    owner.append(", ").append(what);
  return owner;
}

status directory_checkpoint::open() {
  if (auto made = files_->create_directories(options_.directory); !made.ok())
    return {made.code(), "the checkpoint's directory: " + made.message()};
  WEIR_ASSIGN(lock_, files_->lock(path("lock"), options_.owner));
  WEIR_TRY(open_metadata());
  WEIR_TRY(files_->create_directories(path("log")));
  WEIR_TRY(open_log());
  return {};
}

status directory_checkpoint::refuse_leftovers() {
  // C016: a directory that holds a log or state, but says nothing of whose, is not begun anew.
  for (const auto* const name : {"log", "state", "sources", "sinks"}) {
    WEIR_ASSIGN(const auto there, files_->exists(path(name)));
    if (!there)
      continue;
    WEIR_ASSIGN(const auto entries, files_->list(path(name)));
    if (!entries.empty())
      return {errc::checkpoint_mismatch, path("metadata") + " is missing, but " + path(name) +
                                             " is not empty: restore the file, or use an empty directory"};
  }
  return {};
}

status directory_checkpoint::open_metadata() {
  WEIR_ASSIGN(const auto there, files_->exists(path("metadata")));
  if (!there) {
    WEIR_TRY(refuse_leftovers());
    query_id_ = boost::uuids::to_string(boost::uuids::random_generator{}());
    return write_file_atomically(*files_, path("metadata"), metadata_to_json({query_id_, checkpoint_format}));
  }
  return read_metadata();
}

status directory_checkpoint::read_metadata() {
  WEIR_ASSIGN(const auto text, files_->read_all(path("metadata")));
  WEIR_ASSIGN(metadata_, metadata_from_json(text, path("metadata")));
  query_id_ = metadata_.query_id;
  return {};
}

status directory_checkpoint::open_log() {
  WEIR_ASSIGN(auto contents, read_log(*files_, path("log"), query_id_));
  take_recovered(contents);
  WEIR_TRY(open_plan());
  WEIR_ASSIGN(auto tokens, read_tokens());
  WEIR_TRY(go_on_after(contents));
  recovered_.uncommitted = std::move(tokens);
  return {};
}

void directory_checkpoint::take_recovered(log_contents& contents) {
  recovered_ = std::move(contents.recovered);
  for (const auto& [sink, tokens] : recovered_.uncommitted)
    for (const auto& [epoch, token] : tokens)
      owed_[sink].insert(epoch.value);
  if (recovered_.last)
    last_epoch_ = recovered_.last->epoch;
}

status directory_checkpoint::take_places(log_contents& contents) {
  segments_ = std::move(contents.segments);
  parts_ = std::move(contents.parts);
  return choose_snapshot();
}

status directory_checkpoint::go_on_after(log_contents& contents) {
  if (recovered_.bytes_cut > 0)
    log_->warn("checkpoint {}: {} bytes at the end of the log were not whole and are dropped", options_.directory,
               recovered_.bytes_cut);
  WEIR_TRY(rewrite_tail(contents));
  WEIR_TRY(remove_unfinished());
  WEIR_TRY(tokens_.recover(recovered_));
  WEIR_TRY(take_places(contents));
  writer_ = std::make_unique<log_writer>(files_, path("log"), query_id_, contents.attempt + 1, options_.sync,
                                         options_.segment_bytes);
  WEIR_TRY(writer_->open(segments_));
  counted_bytes_ = writer_->bytes_written();
  for (const auto& part : parts_)
    if (!snapshot_ || part.epoch > *snapshot_)
      log_since_snapshot_ += part.end - part.begin;
  return {};
}

/// An operator with state that the plan `before` does not know begins with the next epoch: neither snapshots nor a log
/// of the epochs until then are missing.
void directory_checkpoint::take_since(const std::vector<recorded_entry>& before) {
  for (const auto& name : stateful_) {
    const auto known = std::ranges::find(before, name, &recorded_entry::name);
    since_[name] = known != before.end() ? known->since : epoch_id{last_epoch_ ? last_epoch_->value + 1 : 0};
  }
}

epoch_id directory_checkpoint::since(const std::string& operator_name) const {
  const auto found = since_.find(operator_name);
  return found == since_.end() ? epoch_id{} : found->second;
}

status directory_checkpoint::open_plan() {
  WEIR_ASSIGN(const auto there, files_->exists(path("plan")));
  std::string before;
  if (there) {
    WEIR_ASSIGN(before, files_->read_all(path("plan")));
  } else if (recovered_.last) {
    return {errc::corrupt_checkpoint, path("plan") + " is missing"};
  }
  // Nothing in the log: nothing depends on the plan yet.
  if (recovered_.last) {
    auto known = plan_from_json(before);
    if (!known.ok())
      return known.error().at_operator(path("plan"));
    std::set<std::string> owing;
    for (const auto& [sink, epochs] : owed_)
      if (!epochs.empty())
        owing.insert(sink);
    if (auto compared = compare_plans(*known, plan_, owing); !compared.ok())
      return {compared.code(), path("plan") + ": " + compared.message()};
    take_since(*known);
  }
  const auto now = plan_to_json(plan_, since_);
  // The names may be in the system's cache only: an earlier start may have ended between rename and sync.
  if (there && before == now)
    return files_->sync_directory(options_.directory);
  return write_file_atomically(*files_, path("plan"), now);
}

/// A snapshot that a crash interrupted has a name of its own: nothing would ever replace it.
status directory_checkpoint::remove_unfinished() {
  for (const auto& name : stateful_) {
    WEIR_ASSIGN(const auto there, files_->exists(state_directory(name)));
    if (!there)
      continue;
    WEIR_ASSIGN(const auto entries, files_->list(state_directory(name)));
    for (const auto& entry : entries)
      if (!entry.directory && entry.name.ends_with(".tmp"))
        WEIR_TRY(files_->remove(state_directory(name) + "/" + entry.name));
  }
  return {};
}

/// The last segment may hold what an earlier process wrote but could not sync: it is written anew, up to its last
/// whole record, so that everything before this start is as durable as it seems.
status directory_checkpoint::rewrite_tail(log_contents& contents) {
  if (contents.segments.empty())
    return {};
  auto& last = contents.segments.back();
  WEIR_ASSIGN(auto bytes, files_->read_all(last.path));
  if (last.bytes == 0) {
    WEIR_TRY(files_->remove(last.path));
    contents.segments.pop_back();
    return {};
  }
  bytes.resize(static_cast<std::size_t>(last.bytes));
  return write_file_atomically(*files_, last.path, bytes);
}

/// Sinks get the bytes of what they still have to commit, wherever those are.
result<decltype(recovered_log::uncommitted)> directory_checkpoint::read_tokens() const {
  auto read = recovered_.uncommitted;
  for (auto& [sink, tokens] : read)
    for (auto& [epoch, token] : tokens) {
      WEIR_ASSIGN(token, tokens_.get(sink, epoch, token));
    }
  return read;
}

status directory_checkpoint::append_epoch(const epoch_summary& summary, std::size_t parts) {
  std::optional<epoch_summary> referring;
  for (const auto& [sink, token] : summary.tokens) {
    const auto entry = std::ranges::find(plan_, sink, &plan_entry::name);
    if (!token_files::wants(token, entry == plan_.end() ? plan_entry{}.token_bytes_in_log : entry->token_bytes_in_log))
      continue;
    if (!referring)
      referring = summary;
    WEIR_ASSIGN(referring->tokens[sink], tokens_.put(sink, summary.epoch, token));
  }
  WEIR_TRY(writer_->append_epoch(referring ? *referring : summary, parts));
  last_epoch_ = summary.epoch;
  for (const auto& [sink, token] : summary.tokens)
    owed_[sink].insert(summary.epoch.value);
  return {};
}

status directory_checkpoint::write_log(bool roll) {
  WEIR_TRY(writer_->sync(segments_, roll));
  for (const auto& [sink, epoch] : std::exchange(noted_, {}))
    tokens_.committed(sink, epoch);
  return {};
}

status directory_checkpoint::sync() {
  WEIR_TRY(finish_compaction(false));
  const auto begin = std::chrono::steady_clock::now();
  const auto due = snapshot_due();
  WEIR_TRY(write_log(due));
  metrics_.last_sync = std::chrono::steady_clock::now() - begin;
  ++metrics_.syncs;
  log_since_snapshot_ += writer_->bytes_written() - counted_bytes_;
  counted_bytes_ = writer_->bytes_written();
  for (auto& place : writer_->take_places())
    parts_.push_back(std::move(place));
  if (due)
    start_compaction();
  if (stateful_.empty())
    drop_old_segments();
  return {};
}

status directory_checkpoint::close() {
  if (std::exchange(closed_, true))
    return {};
  auto outcome = writer_ && writer_->dirty() ? write_log(false) : status{};
  if (compacting_.valid())
    if (auto made = finish_compaction(true); outcome.ok())
      outcome = std::move(made);
  writer_.reset();
  lock_.reset();
  return outcome;
}

result<std::unique_ptr<checkpoint>> checkpoint::open(std::shared_ptr<storage> files, checkpoint_options options,
                                                     std::vector<plan_entry> plan, logger_ptr log) {
  auto made =
      std::make_unique<directory_checkpoint>(std::move(files), std::move(options), std::move(plan), std::move(log));
  WEIR_TRY(made->open());
  return std::unique_ptr<checkpoint>{std::move(made)};
}

}  // namespace weir
