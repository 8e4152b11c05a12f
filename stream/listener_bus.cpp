#include <weir/stream/listener_bus.hpp>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <thread>
#include <variant>

#include <spdlog/spdlog.h>

namespace weir {

/// One listener: its queue and the thread that empties it.
class listener_bus::lane {
public:
  using event = std::variant<query_progress, query_idle, query_terminated>;
  /// Progress beyond this is coalesced.
  static constexpr std::size_t kept_events = 1000;

  lane(std::shared_ptr<query_listener> to, logger_ptr log) : to_{std::move(to)}, log_{std::move(log)} {}

  static std::shared_ptr<lane> make(std::shared_ptr<query_listener> to, bool own_thread, logger_ptr log) {
    auto made = std::make_shared<lane>(std::move(to), std::move(log));
    if (own_thread)
      made->thread_ = std::thread{[made] { made->loop(); }};
    return made;
  }

  /// Delivers what is queued, then ends; a listener that removes itself is not waited for.
  void close() {
    {
      const std::lock_guard lock{mutex_};
      closing_ = true;
      changed_.notify_all();
    }
    if (!thread_.joinable())
      return;
    if (thread_.get_id() == std::this_thread::get_id())
      thread_.detach();
    else
      thread_.join();
  }

  /// The same, but one that is not done by then is left behind: it is told nothing more.
  void close_by(std::chrono::steady_clock::time_point limit) {
    if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id()) {
      std::unique_lock lock{mutex_};
      closing_ = true;
      changed_.notify_all();
      if (!changed_.wait_until(lock, limit, [this] { return ended_; })) {
        log_->warn("a query listener hangs and is left behind; {} events were not told", events_.size());
        events_.clear();
        thread_.detach();
        return;
      }
    }
    close();
  }

  const std::shared_ptr<query_listener>& to() const { return to_; }

  void started(const query_started& what) {
    guarded([&] { to_->on_started(what); });
  }

  void post(event what) {
    if (!thread_.joinable()) {
      deliver(what);
      return;
    }
    const std::lock_guard lock{mutex_};
    if (events_.size() >= kept_events && !std::holds_alternative<query_terminated>(what)) {
      // One of the same query's: another's only progress is not lost to it.
      const auto newest = std::find_if(events_.rbegin(), events_.rend(), [&](const event& one) {
        return one.index() == what.index() && run_of(one) == run_of(what);
      });
      if (newest != events_.rend())
        events_.erase(std::next(newest).base());
    }
    events_.push_back(std::move(what));
    changed_.notify_all();
  }

  void flush() {
    if (!thread_.joinable() || thread_.get_id() == std::this_thread::get_id())
      return;
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return events_.empty() && !delivering_; });
  }

private:
  static const std::string& run_of(const event& what) {
    return std::visit([](const auto& one) -> const std::string& { return one.run_id; }, what);
  }

  void loop() {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock, [this] { return closing_ || !events_.empty(); });
      if (events_.empty()) {
        ended_ = true;
        changed_.notify_all();
        return;
      }
      const auto next = std::move(events_.front());
      events_.pop_front();
      delivering_ = true;
      lock.unlock();
      deliver(next);
      lock.lock();
      delivering_ = false;
      changed_.notify_all();
    }
  }

  void deliver(const event& what) {
    guarded([&] {
      if (const auto* progress = std::get_if<query_progress>(&what))
        to_->on_progress(*progress);
      else if (const auto* idle = std::get_if<query_idle>(&what))
        to_->on_idle(*idle);
      else if (const auto* terminated = std::get_if<query_terminated>(&what))
        to_->on_terminated(*terminated);
    });
  }

  void guarded(auto call) {
    try {
      call();
    } catch (const std::exception& error) {
      log_->warn("a query listener threw: {}", error.what());
    } catch (...) {
      log_->warn("a query listener threw");
    }
  }

  std::shared_ptr<query_listener> to_;
  logger_ptr log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<event> events_;
  bool closing_ = false;
  bool delivering_ = false;
  bool ended_ = false;
  std::thread thread_;
};

listener_bus::listener_bus(bool own_threads, logger_ptr log, std::chrono::milliseconds patience)
    : own_threads_{own_threads}, log_{std::move(log)}, patience_{patience} {}

listener_bus::~listener_bus() {
  const auto limit = std::chrono::steady_clock::now() + patience_;
  for (const auto& one : lanes_)
    one->close_by(limit);
}

void listener_bus::add(std::shared_ptr<query_listener> listener) {
  const std::lock_guard lock{mutex_};
  lanes_.push_back(lane::make(std::move(listener), own_threads_, log_));
}

void listener_bus::remove(const std::shared_ptr<query_listener>& listener) {
  std::vector<std::shared_ptr<lane>> removed;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& one : lanes_)
      if (one->to() == listener)
        removed.push_back(one);
    std::erase_if(lanes_, [&](const auto& one) { return one->to() == listener; });
  }
  for (const auto& one : removed)
    one->close();
}

std::vector<std::shared_ptr<query_listener>> listener_bus::list() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::shared_ptr<query_listener>> all;
  for (const auto& one : lanes_)
    all.push_back(one->to());
  return all;
}

void listener_bus::started(const query_started& event) {
  std::vector<std::shared_ptr<lane>> lanes;
  {
    const std::lock_guard lock{mutex_};
    lanes = lanes_;
  }
  for (const auto& one : lanes)
    one->started(event);
}

void listener_bus::post(auto event) {
  const std::lock_guard lock{mutex_};
  for (const auto& one : lanes_)
    one->post(event);
}

void listener_bus::progress(const query_progress& progress) { post(progress); }
void listener_bus::idle(const query_idle& event) { post(event); }
void listener_bus::terminated(const query_terminated& event) { post(event); }

void listener_bus::flush() {
  std::vector<std::shared_ptr<lane>> lanes;
  {
    const std::lock_guard lock{mutex_};
    lanes = lanes_;
  }
  for (const auto& one : lanes)
    one->flush();
}

}  // namespace weir
