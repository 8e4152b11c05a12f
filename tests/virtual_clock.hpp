#pragma once

#include <map>
#include <mutex>
#include <utility>

#include <weir/state/clock.hpp>

namespace weir_test {

/// A clock that stands still until it is moved; alarms fire from advance(), in order of time.
class virtual_clock : public weir::clock {
public:
  explicit virtual_clock(weir::timestamp begin = {}) : now_{begin} {}

  weir::timestamp now() const override {
    const std::lock_guard lock{mutex_};
    return now_;
  }
  alarm_id set_alarm(weir::timestamp time, std::function<void()> action) override {
    std::unique_lock lock{mutex_};
    const auto id = ++last_id_;
    if (time <= now_) {
      lock.unlock();
      action();
      return id;
    }
    alarms_.emplace(std::pair{time, id}, std::move(action));
    return id;
  }
  void cancel_alarm(alarm_id alarm) override {
    const std::lock_guard lock{mutex_};
    std::erase_if(alarms_, [alarm](const auto& one) { return one.first.second == alarm; });
  }
  void advance(std::chrono::microseconds by) { set(now() + by); }
  void set(weir::timestamp to) {
    for (;;) {
      std::function<void()> action;
      {
        const std::lock_guard lock{mutex_};
        if (alarms_.empty() || alarms_.begin()->first.first > to)
          break;
        now_ = std::max(now_, alarms_.begin()->first.first);
        action = std::move(alarms_.begin()->second);
        alarms_.erase(alarms_.begin());
      }
      action();
    }
    const std::lock_guard lock{mutex_};
    now_ = std::max(now_, to);
  }

private:
  mutable std::mutex mutex_;
  weir::timestamp now_;
  std::map<std::pair<weir::timestamp, alarm_id>, std::function<void()>> alarms_;
  alarm_id last_id_ = 0;
};

}  // namespace weir_test
