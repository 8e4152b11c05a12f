#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <weir/stream/listener.hpp>

namespace weir_test {

/// Generous: a wait that takes this long has failed.
inline constexpr std::chrono::seconds long_enough{60};

/// A door that calls wait at until it is opened; it stays open. Opens itself when it goes.
class gate {
public:
  gate() = default;
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;
  ~gate() { open(); }

  /// Waits until open() was called.
  void pass() {
    std::unique_lock lock{mutex_};
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }
  /// True once `count` calls of pass() have been made.
  bool arrived(int count = 1) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, long_enough, [&] { return arrived_ >= count; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool open_ = false;
};

/// Keeps what it is told; `then` runs in each call and may wait or throw.
class recording_listener : public weir::query_listener {
public:
  struct event {
    std::string kind;  ///< started, progress, idle, terminated
    std::string run_id;
    std::int64_t epoch = -1;
    weir::status cause = {};
    std::thread::id thread = std::this_thread::get_id();
  };

  explicit recording_listener(std::function<void(const event&)> then = {}) : then_{std::move(then)} {}

  void on_started(const weir::query_started& what) override { keep({"started", what.run_id}); }
  void on_progress(const weir::query_progress& what) override { keep({"progress", what.run_id, what.epoch.value}); }
  void on_idle(const weir::query_idle& what) override { keep({"idle", what.run_id}); }
  void on_terminated(const weir::query_terminated& what) override { keep({"terminated", what.run_id, -1, what.cause}); }

  std::vector<event> events(const std::string& run_id = {}) const {
    const std::lock_guard lock{mutex_};
    std::vector<event> all;
    for (const auto& one : events_)
      if (run_id.empty() || one.run_id == run_id)
        all.push_back(one);
    return all;
  }
  /// The kinds in order; neighbours of a kind once.
  std::vector<std::string> kinds(const std::string& run_id = {}) const {
    std::vector<std::string> all;
    for (const auto& one : events(run_id))
      if (all.empty() || all.back() != one.kind)
        all.push_back(one.kind);
    return all;
  }
  /// True once `enough` holds of the events.
  bool wait(const std::function<bool(const std::vector<event>&)>& enough) const {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, long_enough, [&] { return enough(events_); });
  }

private:
  void keep(event what) {
    {
      const std::lock_guard lock{mutex_};
      events_.push_back(what);
      changed_.notify_all();
    }
    if (then_)
      then_(what);
  }

  std::function<void(const event&)> then_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<event> events_;
};

}  // namespace weir_test
