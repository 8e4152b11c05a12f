#include <weir/state/clock.hpp>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace weir {

namespace {

class machine_clock : public clock {
public:
  ~machine_clock() override {
    {
      const std::lock_guard lock{mutex_};
      closing_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable())
      thread_.join();
  }

  timestamp now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }

  alarm_id set_alarm(timestamp time, std::function<void()> action) override {
    const std::lock_guard lock{mutex_};
    const auto id = ++last_id_;
    const auto set = alarms_.emplace(std::pair{time, id}, std::move(action)).first;
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
  void loop() {
    std::unique_lock lock{mutex_};
    while (!closing_) {
      if (alarms_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const auto next = alarms_.begin();
      const auto time = next->first.first;
      if (time > now()) {
        changed_.wait_until(lock, time);
        continue;
      }
      const auto action = std::move(next->second);
      firing_ = next->first.second;
      alarms_.erase(next);
      lock.unlock();
      action();
      lock.lock();
      firing_ = 0;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<timestamp, alarm_id>, std::function<void()>> alarms_;
  alarm_id last_id_ = 0;
  alarm_id firing_ = 0;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace

std::shared_ptr<clock> make_system_clock() { return std::make_shared<machine_clock>(); }

}  // namespace weir
