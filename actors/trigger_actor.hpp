#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include <weir/actors/messages.hpp>
#include <weir/actors/trigger.hpp>
#include <weir/state/clock.hpp>

namespace weir::actors {

/// Emits ticks to the coordinator: one at the start, then, with an interval, one at each boundary once
/// the epoch before is done; at once when that one overran its boundary (T02), which is counted.
class trigger_actor {
public:
  trigger_actor(trigger when, std::shared_ptr<clock> time, caf::actor coordinator,
                std::shared_ptr<std::atomic<std::int64_t>> falling_behind);

  caf::behavior behavior(caf::event_based_actor* self);

private:
  void tick();
  void done();

  trigger when_;
  std::shared_ptr<clock> time_;
  caf::actor coordinator_;
  std::shared_ptr<std::atomic<std::int64_t>> falling_behind_;
  caf::event_based_actor* self_ = nullptr;
  timestamp next_{};
  std::optional<clock::alarm_id> alarm_;
};

}  // namespace weir::actors
