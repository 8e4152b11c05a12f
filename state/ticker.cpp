#include <weir/state/ticker.hpp>

#include <mutex>

namespace weir {

struct ticker::state {
  std::shared_ptr<clock> time;
  std::function<timestamp(timestamp)> next;
  std::function<void()> action;
  std::mutex mutex;  // held while the action runs, so stop() waits for it
  bool stopped = false;
  clock::alarm_id alarm = 0;
};

ticker::ticker(std::shared_ptr<clock> time, std::function<timestamp(timestamp)> next, std::function<void()> action)
    : state_{std::make_shared<state>()} {
  state_->time = std::move(time);
  state_->next = std::move(next);
  state_->action = std::move(action);
  const std::lock_guard lock{state_->mutex};
  arm(state_);
}

void ticker::arm(const std::shared_ptr<state>& shared) {
  shared->alarm = shared->time->set_alarm(shared->next(shared->time->now()), [weak = std::weak_ptr{shared}] {
    const auto alive = weak.lock();
    if (!alive)
      return;
    const std::lock_guard lock{alive->mutex};
    if (alive->stopped)
      return;
    alive->action();
    arm(alive);
  });
}

void ticker::stop() {
  auto alarm = clock::alarm_id{};
  {
    const std::lock_guard lock{state_->mutex};
    if (state_->stopped)
      return;
    state_->stopped = true;
    alarm = state_->alarm;
  }
  state_->time->cancel_alarm(alarm);
}

}  // namespace weir
