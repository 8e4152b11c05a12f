#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <weir/actors/host.hpp>
#include <weir/state/checkpoint.hpp>
#include <weir/state/clock.hpp>

namespace weir::actors {

/// Hosts the checkpoint on a thread of its own: gathers what arrives while a sync is under way, and the thread
/// goes on with all of it at once. Commit notes wait for the next record, or for a few milliseconds.
class log_actor : public host {
public:
  /// Commit notes are made durable this long after the last one when no record comes.
  static constexpr std::chrono::milliseconds note_delay{5};

  /// `partitions` are the state actors by the name of their operator, for restoring.
  log_actor(host_config config, std::shared_ptr<checkpoint> object, std::shared_ptr<clock> time,
            std::shared_ptr<std::map<std::string, std::vector<caf::actor>>> partitions);

  caf::behavior behavior(caf::event_based_actor* self);

private:
  using entry = std::variant<messages::log_part, messages::log_epoch, messages::log_commit, messages::log_idle>;
  class backlog;

  void restore();
  void add(entry next, bool write_now);
  void write();
  static void append_note(checkpoint& object, const entry& note);
  static status write_all(checkpoint& object, backlog& waiting, const caf::actor& coordinator);
  void flush_notes();
  void arm();

  std::shared_ptr<checkpoint> object_;
  std::shared_ptr<clock> time_;
  std::shared_ptr<std::map<std::string, std::vector<caf::actor>>> partitions_;
  std::shared_ptr<backlog> waiting_;
  bool writing_ = false;
  std::optional<clock::alarm_id> alarm_;
};

}  // namespace weir::actors
