#include <weir/actors/query_monitor.hpp>

#include <utility>

namespace weir {

void query_monitor::set_status(query_status now) {
  const std::lock_guard lock{mutex_};
  status_ = std::move(now);
}

void query_monitor::keep(std::shared_ptr<const query_progress> one) {
  const std::lock_guard lock{mutex_};
  progress_.push_back(std::move(one));
  if (progress_.size() > kept_progress)
    progress_.pop_front();
}

void query_monitor::add_progress(std::shared_ptr<const query_progress> done) {
  if (events_.progress)
    events_.progress(*done);
  keep(std::move(done));
}

void query_monitor::add_idle(std::shared_ptr<const query_progress> idle) {
  if (events_.idle)
    events_.idle(idle->time);
  keep(std::move(idle));
}

void query_monitor::actor_started(const std::string& name) {
  const std::lock_guard lock{mutex_};
  running_.insert(name);
}

void query_monitor::actor_ended(const std::string& name) {
  const std::lock_guard lock{mutex_};
  if (const auto found = running_.find(name); found != running_.end())
    running_.erase(found);
}

void query_monitor::terminate(status cause) {
  {
    const std::lock_guard lock{mutex_};
    if (terminated_)
      return;
    status_ = {cause.ok() ? "Stopped" : "Terminated with exception: " + cause.message(), false, false};
    outcome_ = cause;
  }
  if (events_.terminated)
    events_.terminated(cause);
  const std::lock_guard lock{mutex_};
  terminated_ = true;
  changed_.notify_all();
}

query_status query_monitor::current_status() const {
  const std::lock_guard lock{mutex_};
  return status_;
}

std::vector<query_progress> query_monitor::recent_progress() const {
  const std::lock_guard lock{mutex_};
  std::vector<query_progress> recent;
  recent.reserve(progress_.size());
  for (const auto& one : progress_)
    recent.push_back(*one);
  return recent;
}

std::optional<query_progress> query_monitor::last_progress() const {
  const std::lock_guard lock{mutex_};
  if (progress_.empty())
    return std::nullopt;
  return *progress_.back();
}

std::set<std::string> query_monitor::busy() const {
  const std::lock_guard lock{mutex_};
  return {running_.begin(), running_.end()};
}

bool query_monitor::terminated() const {
  const std::lock_guard lock{mutex_};
  return terminated_;
}

status query_monitor::outcome() const {
  const std::lock_guard lock{mutex_};
  return outcome_;
}

void query_monitor::wait() const {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return terminated_; });
}

bool query_monitor::wait_for(std::chrono::microseconds timeout) const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, timeout, [this] { return terminated_; });
}

}  // namespace weir
