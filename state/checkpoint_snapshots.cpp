#include <weir/state/directory_checkpoint.hpp>

#include <algorithm>

#include <spdlog/spdlog.h>

#include <weir/state/snapshot.hpp>

namespace weir {

/// The newest snapshot that is whole for every operator.
status directory_checkpoint::choose_snapshot() {
  std::map<std::int64_t, std::size_t> whole;
  for (const auto& name : stateful_) {
    WEIR_ASSIGN(const auto found, list_snapshots(*files_, state_directory(name)));
    for (const auto& place : found) {
      // Snapshots are made of what is durable: a log that knows less has lost something since.
      if (!last_epoch_ || place.epoch > *last_epoch_)
        return {errc::corrupt_checkpoint,
                place.path + " is of epoch " + std::to_string(place.epoch.value) + ", but the log ends " +
                    (last_epoch_ ? "with epoch " + std::to_string(last_epoch_->value) : "before its first epoch") +
                    ": the end of the log is missing"};
      ++whole[place.epoch.value];
      snapshot_bytes_ += place.bytes;
    }
  }
  for (const auto& [epoch, count] : whole) {
    const auto needed = std::ranges::count_if(
        stateful_, [this, epoch = epoch](const std::string& name) { return since(name).value <= epoch; });
    if (count != static_cast<std::size_t>(needed))
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
  // Without a whole snapshot the log must reach back to the operator's first epoch; with a damaged one to the query's,
  // as the next snapshot of every operator is made of the log alone then.
  const auto reaches = from ? from->value + 1 : damage.ok() ? since(operator_name).value : 0;
  const auto first = std::ranges::find_if(segments_, [](const segment_info& one) { return one.first.has_value(); });
  if (recovered_.last && first != segments_.end() && first->first->value > reaches)
    return damage.ok() ? status{errc::corrupt_checkpoint, state_directory(operator_name) + ": a snapshot is missing"}
                       : damage;
  // The next snapshot is made of what could be read, not of what could not.
  if (!damage.ok() && snapshot_ && (!from || *from < *snapshot_)) {
    snapshot_ = from;
    older_snapshot_.reset();
  }
  for (const auto& part : parts_) {
    if (part.operator_name != operator_name || (from && part.epoch <= *from))
      continue;
    WEIR_ASSIGN(const auto rows, read_part(*files_, part));
    WEIR_TRY(visit(rows));
  }
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

}  // namespace weir
