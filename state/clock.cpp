#include <weir/state/clock.hpp>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace weir {

namespace {

class machine_clock : public clock {
public:
  explicit machine_clock(std::function<std::chrono::system_clock::time_point()> wall) : wall_{std::move(wall)} {}
  ~machine_clock() override {
    {
      const std::lock_guard lock{mutex_};
      closing_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable())
      thread_.join();
  }

  timestamp now() const override { return std::chrono::floor<std::chrono::microseconds>(wall_()); }

  alarm_id set_alarm(timestamp time, std::function<void()> action) override {
    const std::lock_guard lock{mutex_};
    const auto id = ++last_id_;
    const auto away = std::max(time - now(), std::chrono::microseconds{0});
    const auto set = alarms_.emplace(std::pair{steady::now() + away, id}, pending{time, away, std::move(action)}).first;
    if (!thread_.joinable())
      thread_ = std::thread{[this] { loop(); }};
    else if (set == alarms_.begin())
      changed_.notify_all();  // the thread waits for a later one
    return id;
  }

  void cancel_alarm(alarm_id alarm) override {
    std::unique_lock lock{mutex_};
    std::erase_if(alarms_, [alarm](const auto& one) { return one.first.second == alarm; });
    // One that is being called is waited for, but by itself.
    if (std::this_thread::get_id() != thread_.get_id())
      changed_.wait(lock, [&] { return firing_ != alarm; });
  }

private:
  using steady = std::chrono::steady_clock;
  struct pending {
    timestamp time;
    std::chrono::microseconds away;  ///< when it was set
    std::function<void()> action;
  };

  /// The two clocks drift: an alarm that would be a little early waits on. Much is no drift, but a clock set back.
  std::chrono::microseconds early(const pending& one) const {
    const auto left = one.time - now();
    return left <= one.away / 100 + std::chrono::milliseconds{1} ? left : std::chrono::microseconds{0};
  }

  void loop() {
    std::unique_lock lock{mutex_};
    while (!closing_) {
      if (alarms_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const auto next = alarms_.begin();
      if (const auto due = next->first.first; due > steady::now()) {
        changed_.wait_until(lock, due);
        continue;
      }
      if (const auto left = early(next->second); left > std::chrono::microseconds{0}) {
        auto again = alarms_.extract(next);
        again.key().first = steady::now() + left;
        alarms_.insert(std::move(again));
        continue;
      }
      const auto action = std::move(next->second.action);
      firing_ = next->first.second;
      alarms_.erase(next);
      lock.unlock();
      action();
      lock.lock();
      firing_ = 0;
      changed_.notify_all();
    }
  }

  std::function<std::chrono::system_clock::time_point()> wall_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<steady::time_point, alarm_id>, pending> alarms_;
  alarm_id last_id_ = 0;
  alarm_id firing_ = 0;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace

std::shared_ptr<clock> make_system_clock(std::function<std::chrono::system_clock::time_point()> wall) {
  return std::make_shared<machine_clock>(std::move(wall));
}

}  // namespace weir
