#include <weir/state/checkpoint.hpp>

#include <algorithm>
#include <future>
#include <set>

#include <boost/json.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <spdlog/spdlog.h>

#include <weir/state/frame.hpp>
#include <weir/state/log_format.hpp>
#include <weir/state/log_writer.hpp>
#include <weir/state/plan_file.hpp>
#include <weir/state/snapshot.hpp>

namespace weir {

namespace {

/// The outcome of a compaction.
struct compaction {
  status outcome;
  epoch_id epoch;
  std::uint64_t bytes = 0;
};

class directory_checkpoint : public checkpoint {
public:
  directory_checkpoint(std::shared_ptr<storage> files, checkpoint_options options, std::vector<plan_entry> plan,
                       logger_ptr log)
      : files_{std::move(files)}, options_{std::move(options)}, plan_{std::move(plan)}, log_{std::move(log)} {
    for (const auto& entry : plan_)
      if (entry.state)
        stateful_.push_back(entry.name);
  }
  ~directory_checkpoint() override {
    if (compacting_.valid())
      compacting_.wait();
  }

  status open();

  const std::string& query_id() const override { return query_id_; }
  const recovered_log& recovered() const override { return recovered_; }
  status restore_state(const std::string& operator_name, const std::function<status(const batch&)>& visit) override;
  result<std::string> source_directory(const std::string& source_name) override {
    auto directory = path("sources/" + source_name);
    WEIR_TRY(files_->create_directories(directory));
    return directory;
  }

  status append_part(epoch_id epoch, state_part part) override { return writer_->append_part(epoch, part); }
  status append_epoch(const epoch_summary& summary, std::size_t parts) override {
    WEIR_TRY(writer_->append_epoch(summary, parts));
    last_epoch_ = summary.epoch;
    for (const auto& [sink, token] : summary.tokens)
      owed_[sink].insert(summary.epoch.value);
    return {};
  }
  void append_commit(const std::string& sink, epoch_id epoch) override {
    writer_->append_commit(sink, epoch);
    auto& owed = owed_[sink];
    owed.erase(owed.begin(), owed.upper_bound(epoch.value));
  }
  status sync() override;
  bool dirty() const override { return writer_->dirty(); }
  checkpoint_metrics metrics() const override {
    auto now = metrics_;
    now.log_bytes = writer_ ? writer_->bytes_written() : 0;
    return now;
  }
  status close() override;

private:
  std::string path(const std::string& below) const { return options_.directory + "/" + below; }
  std::string state_directory(const std::string& name) const { return path("state/" + name); }

  status open_metadata();
  status refuse_leftovers();
  status open_plan();
  status open_log();
  status rewrite_tail(log_contents& contents);
  status choose_snapshot();
  bool snapshot_due() const;
  void start_compaction();
  status finish_compaction(bool wait);
  void drop_old_segments();
  compaction compact(epoch_id epoch, std::vector<part_place> parts, std::optional<epoch_id> before) const;
  std::optional<std::int64_t> oldest_owed() const;

  std::shared_ptr<storage> files_;
  checkpoint_options options_;
  std::vector<plan_entry> plan_;
  logger_ptr log_;
  std::vector<std::string> stateful_;
  std::unique_ptr<file_lock> lock_;
  std::string query_id_;
  recovered_log recovered_;
  std::vector<segment_info> segments_;
  std::vector<part_place> parts_;  ///< since the older snapshot
  std::unique_ptr<log_writer> writer_;
  std::optional<epoch_id> last_epoch_;
  std::map<std::string, std::set<std::int64_t>> owed_;  ///< epochs that a sink has not committed
  std::optional<epoch_id> snapshot_;                    ///< the newest whole one
  std::optional<epoch_id> older_snapshot_;
  std::uint64_t snapshot_bytes_ = 0;
  std::uint64_t log_since_snapshot_ = 0;
  std::uint64_t counted_bytes_ = 0;
  std::future<compaction> compacting_;
  checkpoint_metrics metrics_;
  bool closed_ = false;
};

status directory_checkpoint::open() {
  WEIR_TRY(files_->create_directories(options_.directory));
  WEIR_ASSIGN(lock_, files_->lock(path("lock"), options_.owner));
  WEIR_TRY(open_metadata());
  WEIR_TRY(files_->create_directories(path("log")));
  WEIR_TRY(open_log());
  return {};
}

status directory_checkpoint::refuse_leftovers() {
  // C016: a directory that holds a log or state, but says nothing of whose, is not begun anew.
  for (const auto* const name : {"log", "state"}) {
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
    const boost::json::object made{{"id", query_id_}, {"format", checkpoint_format}};
    return write_file_atomically(*files_, path("metadata"), boost::json::serialize(made) + "\n");
  }
  WEIR_ASSIGN(const auto text, files_->read_all(path("metadata")));
  boost::system::error_code error;
  const auto value = boost::json::parse(text, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* id = object ? object->if_contains("id") : nullptr;
  const auto* format = object ? object->if_contains("format") : nullptr;
  if (!id || !id->is_string() || !format || !format->is_int64())
    return {errc::corrupt_checkpoint, path("metadata") + " cannot be read"};
  if (format->as_int64() > checkpoint_format)
    return newer_format(format->as_int64()).at_operator(path("metadata"));
  query_id_ = std::string{id->as_string()};
  return {};
}

status directory_checkpoint::open_log() {
  WEIR_ASSIGN(auto contents, read_log(*files_, path("log"), query_id_));
  recovered_ = contents.recovered;
  for (const auto& [sink, tokens] : recovered_.uncommitted)
    for (const auto& [epoch, token] : tokens)
      owed_[sink].insert(epoch.value);
  WEIR_TRY(open_plan());
  if (recovered_.bytes_cut > 0)
    log_->warn("checkpoint {}: {} bytes at the end of the log were not whole and are dropped", options_.directory,
               recovered_.bytes_cut);
  WEIR_TRY(rewrite_tail(contents));
  segments_ = std::move(contents.segments);
  parts_ = std::move(contents.parts);
  if (recovered_.last)
    last_epoch_ = recovered_.last->epoch;
  WEIR_TRY(choose_snapshot());
  writer_ = std::make_unique<log_writer>(files_, path("log"), query_id_, contents.attempt + 1, options_.sync,
                                         options_.segment_bytes);
  WEIR_TRY(writer_->open(segments_));
  counted_bytes_ = writer_->bytes_written();
  for (const auto& part : parts_)
    if (!snapshot_ || part.epoch > *snapshot_)
      log_since_snapshot_ += part.end - part.begin;
  return {};
}

status directory_checkpoint::open_plan() {
  const auto now = plan_to_json(plan_);
  WEIR_ASSIGN(const auto there, files_->exists(path("plan")));
  if (there) {
    WEIR_ASSIGN(const auto before, files_->read_all(path("plan")));
    std::set<std::string> owing;
    for (const auto& [sink, epochs] : owed_)
      if (!epochs.empty())
        owing.insert(sink);
    // Nothing in the log: nothing depends on the plan yet.
    if (recovered_.last)
      WEIR_TRY(compare_plans(before, plan_, owing));
    if (before == now)
      return {};
  } else if (recovered_.last) {
    return {errc::corrupt_checkpoint, path("plan") + " is missing"};
  }
  return write_file_atomically(*files_, path("plan"), now);
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

/// The newest snapshot that is whole for every operator.
status directory_checkpoint::choose_snapshot() {
  std::map<std::int64_t, std::size_t> whole;
  for (const auto& name : stateful_) {
    WEIR_ASSIGN(const auto found, list_snapshots(*files_, state_directory(name)));
    for (const auto& place : found) {
      ++whole[place.epoch.value];
      snapshot_bytes_ += place.bytes;
    }
  }
  for (const auto& [epoch, count] : whole) {
    if (count != stateful_.size())
      continue;
    older_snapshot_ = snapshot_;
    snapshot_ = epoch_id{epoch};
  }
  return {};
}

status directory_checkpoint::restore_state(const std::string& operator_name,
                                           const std::function<status(const batch&)>& visit) {
  std::optional<epoch_id> from;
  WEIR_ASSIGN(auto places, list_snapshots(*files_, state_directory(operator_name)));
  std::ranges::reverse(places);
  status damage;
  for (const auto& place : places) {
    if (snapshot_ && place.epoch > *snapshot_)
      continue;  // of a compaction that did not end
    auto rows = read_snapshot(*files_, place);
    if (!rows.ok()) {
      log_->warn("{}; an older snapshot is used", rows.error().message());
      damage = rows.error();
      continue;
    }
    for (const auto& one : *rows)
      WEIR_TRY(visit(one));
    from = place.epoch;
    break;
  }
  // Without a whole snapshot the log must reach back to the first epoch.
  const auto reaches = from ? from->value + 1 : 0;
  const auto first = std::ranges::find_if(segments_, [](const segment_info& one) { return one.first.has_value(); });
  if (recovered_.last && first != segments_.end() && first->first->value > reaches)
    return damage.ok() ? status{errc::corrupt_checkpoint, state_directory(operator_name) + ": a snapshot is missing"}
                       : damage;
  for (const auto& part : parts_) {
    if (part.operator_name != operator_name || (from && part.epoch <= *from))
      continue;
    WEIR_ASSIGN(const auto rows, read_part(*files_, part));
    WEIR_TRY(visit(rows));
  }
  return {};
}

status directory_checkpoint::sync() {
  WEIR_TRY(finish_compaction(false));
  const auto begin = std::chrono::steady_clock::now();
  const auto due = snapshot_due();
  WEIR_TRY(writer_->sync(segments_, due));
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

bool directory_checkpoint::snapshot_due() const {
  return !stateful_.empty() && !compacting_.valid() && last_epoch_ && (!snapshot_ || *last_epoch_ > *snapshot_) &&
         log_since_snapshot_ > std::max(options_.snapshot_log_bytes, snapshot_bytes_);
}

void directory_checkpoint::start_compaction() {
  log_since_snapshot_ = 0;
  auto run = [this, epoch = *last_epoch_, parts = parts_, before = snapshot_] { return compact(epoch, parts, before); };
  compacting_ = std::async(options_.background_snapshots ? std::launch::async : std::launch::deferred, std::move(run));
}

compaction directory_checkpoint::compact(epoch_id epoch, std::vector<part_place> parts,
                                         std::optional<epoch_id> before) const {
  compaction made;
  made.epoch = epoch;
  for (const auto& name : stateful_) {
    std::optional<snapshot_place> last;
    auto places = list_snapshots(*files_, state_directory(name));
    if (!places.ok()) {
      made.outcome = places.error();
      return made;
    }
    for (const auto& place : *places)
      if (before && place.epoch == *before)
        last = place;
    std::vector<part_place> own;
    std::ranges::copy_if(parts, std::back_inserter(own), [&](const part_place& part) {
      return part.operator_name == name && part.epoch <= epoch && (!before || part.epoch > *before);
    });
    const auto entry = std::ranges::find(plan_, name, &plan_entry::name);
    auto place = write_snapshot(*files_, state_directory(name), *entry->state, epoch, last, own);
    if (!place.ok()) {
      made.outcome = place.error();
      return made;
    }
    made.bytes += place->bytes;
  }
  return made;
}

status directory_checkpoint::finish_compaction(bool wait) {
  if (!compacting_.valid())
    return {};
  if (!wait && options_.background_snapshots &&
      compacting_.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
    return {};
  auto made = compacting_.get();
  WEIR_TRY(made.outcome);
  older_snapshot_ = snapshot_;
  snapshot_ = made.epoch;
  snapshot_bytes_ = made.bytes;
  ++metrics_.snapshots;
  for (const auto& name : stateful_) {
    WEIR_ASSIGN(const auto places, list_snapshots(*files_, state_directory(name)));
    for (const auto& place : places)
      if (place.epoch != *snapshot_ && (!older_snapshot_ || place.epoch != *older_snapshot_))
        WEIR_TRY(files_->remove(place.path));
  }
  if (older_snapshot_) {
    std::erase_if(parts_, [this](const part_place& part) { return part.epoch <= *older_snapshot_; });
    drop_old_segments();
  }
  return {};
}

std::optional<std::int64_t> directory_checkpoint::oldest_owed() const {
  std::optional<std::int64_t> oldest;
  for (const auto& [sink, epochs] : owed_)
    if (!epochs.empty() && (!oldest || *epochs.begin() < *oldest))
      oldest = *epochs.begin();
  return oldest;
}

/// Deletes segments that nothing needs: their changes are in the older snapshot, their tokens are committed.
void directory_checkpoint::drop_old_segments() {
  const auto owed = oldest_owed();
  while (segments_.size() > 2) {
    const auto& first = segments_.front();
    if (!first.last || (!stateful_.empty() && (!older_snapshot_ || *first.last > *older_snapshot_)) ||
        (owed && first.last->value >= *owed))
      return;
    if (auto removed = files_->remove(first.path); !removed.ok()) {
      log_->warn("{}", removed.message());
      return;
    }
    segments_.erase(segments_.begin());
  }
}

status directory_checkpoint::close() {
  if (std::exchange(closed_, true))
    return {};
  auto outcome = writer_ && writer_->dirty() ? writer_->sync(segments_, false) : status{};
  if (compacting_.valid())
    if (auto made = finish_compaction(true); outcome.ok())
      outcome = std::move(made);
  writer_.reset();
  lock_.reset();
  return outcome;
}

}  // namespace

result<std::unique_ptr<checkpoint>> checkpoint::open(std::shared_ptr<storage> files, checkpoint_options options,
                                                     std::vector<plan_entry> plan, logger_ptr log) {
  auto made =
      std::make_unique<directory_checkpoint>(std::move(files), std::move(options), std::move(plan), std::move(log));
  WEIR_TRY(made->open());
  return std::unique_ptr<checkpoint>{std::move(made)};
}

}  // namespace weir
