#include <weir/actors/log_actor.hpp>

#include <type_traits>
#include <utility>

namespace weir::actors {

namespace {

/// State changes of an open epoch are handed to the checkpoint once so many bytes wait.
constexpr std::int64_t early_write_bytes = 4 << 20;

}  // namespace

log_actor::log_actor(host_config config, std::shared_ptr<checkpoint> object, std::shared_ptr<clock> time,
                     std::shared_ptr<std::map<std::string, std::vector<caf::actor>>> partitions)
    : host{std::move(config), true}, object_{std::move(object)}, time_{std::move(time)},
      partitions_{std::move(partitions)} {}

caf::behavior log_actor::behavior(caf::event_based_actor* self) {
  attach(self);
  return {
      [this](const messages::log_part& part) {
        waiting_bytes_ += part.part.changes.num_bytes();
        add(part, waiting_bytes_ > early_write_bytes);
      },
      [this](const messages::log_epoch& epoch) { add(epoch, true); },
      [this](const messages::log_commit& note) {
        if (!oldest_note_)
          oldest_note_ = time_->now();
        add(note, false);
        arm();
      },
      [this](const messages::log_flush&) { flush_notes(); },
      [this](const messages::restore_all&) { restore(); },
      [](const messages::proceed& next) { next.step(); },
      [this](const messages::shutdown&) {
        if (alarm_)
          time_->cancel_alarm(*alarm_);
        // Notes only: the record of an epoch that is not durable yet is not waited for by anybody.
        std::vector<messages::log_commit> notes;
        for (const auto& one : waiting_)
          if (const auto* note = std::get_if<messages::log_commit>(&one))
            notes.push_back(*note);
        waiting_.clear();
        partitions_->clear();
        shut_down([object = object_, notes = std::move(notes)] {
          for (const auto& note : notes)
            object->append_commit(note.sink, note.epoch);
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
  waiting_.push_back(std::move(next));
  write_wanted_ = write_wanted_ || write_now;
  write();
}

void log_actor::write() {
  if (writing_ || !write_wanted_ || halted() || !object_)
    return;
  writing_ = true;
  write_wanted_ = false;
  waiting_bytes_ = 0;
  oldest_note_.reset();
  auto entries = std::make_shared<std::vector<entry>>(std::move(waiting_));
  waiting_.clear();
  run(
      [object = object_, entries, coordinator = config().coordinator]() -> status {
        std::vector<epoch_id> closed;
        auto notes = false;
        for (auto& one : *entries) {
          if (auto* part = std::get_if<messages::log_part>(&one))
            WEIR_TRY(object->append_part(part->epoch, std::move(part->part)).at_epoch(part->epoch.value));
          else if (auto* epoch = std::get_if<messages::log_epoch>(&one)) {
            WEIR_TRY(object->append_epoch(*epoch->summary, epoch->parts).at_epoch(epoch->summary->epoch.value));
            closed.push_back(epoch->summary->epoch);
          } else if (auto* note = std::get_if<messages::log_commit>(&one)) {
            object->append_commit(note->sink, note->epoch);
            notes = true;
          }
        }
        if (closed.empty() && !notes)
          return {};
        const auto before = object->metrics().log_bytes;
        WEIR_TRY(object->sync());
        const auto after = object->metrics();
        for (const auto epoch : closed)
          tell_from_outside(coordinator, messages::durable{epoch, after.last_sync, after.log_bytes - before});
        return {};
      },
      [this] {
        writing_ = false;
        write();
      });
}

/// Under steady traffic the notes go with the next epoch's record, and the alarm is only moved on.
void log_actor::flush_notes() {
  alarm_.reset();
  if (!oldest_note_)
    return;
  if (*oldest_note_ + note_delay > time_->now()) {
    arm();
    return;
  }
  write_wanted_ = true;
  write();
}

void log_actor::arm() {
  if (alarm_ || !oldest_note_)
    return;
  alarm_ = time_->set_alarm(*oldest_note_ + note_delay, [self = caf::actor_cast<caf::actor>(self())] {
    tell_from_outside(self, messages::log_flush{});
  });
}

}  // namespace weir::actors
