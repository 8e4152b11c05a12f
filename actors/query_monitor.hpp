#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <weir/actors/progress.hpp>
#include <weir/columns/error.hpp>

namespace weir {

/// What is known of a running query, shared by its actors (which write) and its handles (which read and wait).
class query_monitor {
public:
  static constexpr std::size_t kept_progress = 100;

  /// Called by the actors; must not block.
  struct events {
    std::function<void(const query_progress&)> progress;
    std::function<void(timestamp)> idle;
    std::function<void(const status&)> terminated;
  };

  void set_events(events handlers) { events_ = std::move(handlers); }

  void set_status(query_status now);
  void add_progress(std::shared_ptr<const query_progress> done);
  /// An idle trigger's progress: kept, but listeners get an idle event instead (M02).
  void add_idle(std::shared_ptr<const query_progress> idle);
  void actor_started(const std::string& name);
  void actor_ended(const std::string& name);
  void terminate(status cause);
  /// A drain has finished everything, or the trigger is complete: a drain that comes later finds nothing to do.
  void set_drained() { drained_.store(true); }
  bool drained() const { return drained_.load(); }

  query_status current_status() const;
  std::vector<query_progress> recent_progress() const;
  std::optional<query_progress> last_progress() const;
  /// The actors that still run.
  std::set<std::string> busy() const;
  bool terminated() const;
  /// Why it ended; ok after a stop or a completed trigger.
  status outcome() const;
  void wait() const;
  bool wait_for(std::chrono::microseconds timeout) const;

private:
  void keep(std::shared_ptr<const query_progress> one);

  events events_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  query_status status_{"Initializing", false, false};
  std::deque<std::shared_ptr<const query_progress>> progress_;
  std::multiset<std::string> running_;
  std::atomic<bool> drained_ = false;
  bool terminated_ = false;
  status outcome_;
};

}  // namespace weir
