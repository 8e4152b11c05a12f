#include <weir/actors/trigger_actor.hpp>

#include <algorithm>

namespace weir::actors {

trigger_actor::trigger_actor(trigger when, std::shared_ptr<clock> time, caf::actor coordinator,
                             std::shared_ptr<std::atomic<std::int64_t>> falling_behind)
    : when_{when}, time_{std::move(time)}, coordinator_{std::move(coordinator)},
      falling_behind_{std::move(falling_behind)} {}

caf::behavior trigger_actor::behavior(caf::event_based_actor* self) {
  self_ = self;
  return {
      [this](const messages::start_query&) { tick(); },
      [this](const messages::tick_done&) { done(); },
      [this](const messages::alarm&) {
        alarm_.reset();
        tick();
      },
      [this](const messages::shutdown&) {
        if (alarm_)
          time_->cancel_alarm(*alarm_);
        self_->quit();
      },
  };
}

void trigger_actor::tick() {
  if (!when_.event_driven())
    next_ = next_trigger_time(time_->now(), when_.interval());
  tell(self_, coordinator_, messages::tick{});
}

void trigger_actor::done() {
  if (when_.event_driven())
    return;
  if (time_->now() > next_) {
    falling_behind_->fetch_add(1);
    tick();
    return;
  }
  // Not the time that was meant before the clock was set back.
  next_ = std::min(next_, next_trigger_time(time_->now(), when_.interval()));
  alarm_ = time_->set_alarm(
      next_, [self = caf::actor_cast<caf::actor>(self_)] { tell_from_outside(self, messages::alarm{0}); });
}

}  // namespace weir::actors
