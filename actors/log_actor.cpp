#include <weir/actors/log_actor.hpp>

#include <algorithm>
#include <mutex>
#include <utility>

namespace weir::actors {

namespace {

/// State changes of an open epoch are handed to the checkpoint once so many bytes wait.
constexpr std::int64_t early_write_bytes = 4 << 20;

}  // namespace

/// What waits to be written; the actor adds, the log's thread takes.
class log_actor::backlog {
public:
  /// `write_now`: not only with what comes later.
  void add(entry next, bool write_now, timestamp now) {
    const std::lock_guard lock{mutex_};
    if (const auto* part = std::get_if<messages::log_part>(&next))
      bytes_ += part->part.changes.num_bytes();
    else if (is_note(next) && !oldest_note_)
      oldest_note_ = now;
    entries_.push_back(std::move(next));
    wanted_ = wanted_ || write_now || bytes_ > early_write_bytes;
  }
  void want() {
    const std::lock_guard lock{mutex_};
    wanted_ = true;
  }
  bool wanted() const {
    const std::lock_guard lock{mutex_};
    return wanted_;
  }
  std::optional<timestamp> oldest_note() const {
    const std::lock_guard lock{mutex_};
    return oldest_note_;
  }
  /// All of it once a write is wanted; nothing before.
  std::vector<entry> take() {
    const std::lock_guard lock{mutex_};
    return wanted_ ? take_locked() : std::vector<entry>{};
  }
  /// The notes; the rest is forgotten.
  std::vector<entry> end() {
    const std::lock_guard lock{mutex_};
    auto notes = take_locked();
    std::erase_if(notes, [](const entry& one) { return !is_note(one); });
    return notes;
  }

private:
  static bool is_note(const entry& one) {
    return std::holds_alternative<messages::log_commit>(one) || std::holds_alternative<messages::log_idle>(one);
  }
  std::vector<entry> take_locked() {
    wanted_ = false;
    bytes_ = 0;
    oldest_note_.reset();
    return std::exchange(entries_, {});
  }

  mutable std::mutex mutex_;
  std::vector<entry> entries_;
  std::optional<timestamp> oldest_note_;
  std::int64_t bytes_ = 0;
  bool wanted_ = false;
};

log_actor::log_actor(host_config config, std::shared_ptr<checkpoint> object, std::shared_ptr<clock> time,
                     std::shared_ptr<std::map<std::string, std::vector<caf::actor>>> partitions)
    : host{std::move(config), true}, object_{std::move(object)}, time_{std::move(time)},
      partitions_{std::move(partitions)}, waiting_{std::make_shared<backlog>()} {}

caf::behavior log_actor::behavior(caf::event_based_actor* self) {
  attach(self);
  return {
      [this](const messages::log_part& part) { add(part, false); },
      [this](const messages::log_epoch& epoch) { add(epoch, true); },
      [this](const messages::log_commit& note) {
        add(note, false);
        arm();
      },
      [this](const messages::log_idle& note) {
        add(note, false);
        arm();
      },
      [this](const messages::log_flush&) { flush_notes(); },
      [this](const messages::log_notes_now&) {
        waiting_->want();
        write();
      },
      [this](const messages::restore_all&) { restore(); },
      [](const messages::proceed& next) { next.step(); },
      [this](const messages::shutdown&) {
        if (alarm_)
          time_->cancel_alarm(*alarm_);
        // Notes only: the record of an epoch that is not durable yet is not waited for by anybody.
        auto notes = waiting_->end();
        partitions_->clear();
        shut_down([object = object_, notes = std::move(notes)] {
          for (const auto& note : notes)
            append_note(*object, note);
          (void)object->close();
        });
        object_.reset();
      },
      [this](const messages::abandon&) { leave(); },
  };
}

void log_actor::restore() {
  // The log's thread gets the map for its own: a stop clears partitions_ while it reads.
  run(
      [object = object_, partitions = std::exchange(*partitions_, {})]() -> status {
        for (const auto& [name, actors] : partitions)
          WEIR_TRY(object->restore_state(name, [&](const batch& rows) {
            for (const auto& actor : actors)
              tell_from_outside(actor, messages::restore{rows});
            return status{};
          }));
        return {};
      },
      [this] { tell(self(), config().coordinator, messages::ready{config().node}); });
}

void log_actor::add(entry next, bool write_now) {
  if (halted())
    return;
  waiting_->add(std::move(next), write_now, time_->now());
  write();
}

void log_actor::write() {
  if (writing_ || halted() || !object_ || !waiting_->wanted())
    return;
  writing_ = true;
  run([object = object_, waiting = waiting_,
       coordinator = config().coordinator] { return write_all(*object, *waiting, coordinator); },
      [this] {
        writing_ = false;
        write();
      });
}

void log_actor::append_note(checkpoint& object, const entry& note) {
  if (const auto* commit = std::get_if<messages::log_commit>(&note))
    object.append_commit(commit->sink, commit->epoch);
  else if (const auto* idle = std::get_if<messages::log_idle>(&note))
    object.append_idle(idle->epoch);
}

/// Goes on as long as there is something, without a way through the actor between two syncs.
status log_actor::write_all(checkpoint& object, backlog& waiting, const caf::actor& coordinator) {
  for (auto entries = waiting.take(); !entries.empty(); entries = waiting.take()) {
    std::vector<epoch_id> closed;
    std::optional<epoch_id> idle;
    auto notes = false;
    for (auto& one : entries) {
      if (auto* part = std::get_if<messages::log_part>(&one))
        WEIR_TRY(object.append_part(part->epoch, std::move(part->part)).at_epoch(part->epoch.value));
      else if (auto* epoch = std::get_if<messages::log_epoch>(&one)) {
        WEIR_TRY(object.append_epoch(*epoch->summary, epoch->parts).at_epoch(epoch->summary->epoch.value));
        closed.push_back(epoch->summary->epoch);
      } else {
        append_note(object, one);
        notes = true;
        if (const auto* note = std::get_if<messages::log_idle>(&one))
          idle = note->epoch;
      }
    }
    if (closed.empty() && !notes)
      continue;
    const auto before = object.metrics().log_bytes;
    WEIR_TRY(object.sync());
    const auto after = object.metrics();
    for (const auto epoch : closed)
      tell_from_outside(coordinator, messages::durable{epoch, after.last_sync, after.log_bytes - before});
    if (idle)
      tell_from_outside(coordinator, messages::idle_noted{*idle});
  }
  return {};
}

/// Under steady traffic the notes go with the next epoch's record, and the alarm is only moved on.
void log_actor::flush_notes() {
  alarm_.reset();
  const auto oldest = waiting_->oldest_note();
  if (!oldest)
    return;
  if (const auto now = time_->now(); now >= *oldest && now < *oldest + note_delay) {
    arm();
    return;
  }
  waiting_->want();
  write();
}

void log_actor::arm() {
  const auto oldest = alarm_ ? std::nullopt : waiting_->oldest_note();
  if (!oldest)
    return;
  alarm_ = time_->set_alarm(std::min(*oldest, time_->now()) + note_delay, [self = caf::actor_cast<caf::actor>(self())] {
    tell_from_outside(self, messages::log_flush{});
  });
}

}  // namespace weir::actors
