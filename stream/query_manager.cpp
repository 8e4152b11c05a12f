#include <weir/stream/query_manager.hpp>

#include <weir/stream/listener_bus.hpp>
#include <weir/stream/query_core.hpp>

namespace weir {

query_manager::query_manager(bool own_threads, logger_ptr log)
    : own_threads_{own_threads}, listeners_{std::make_unique<listener_bus>(own_threads, std::move(log))} {}

query_manager::~query_manager() = default;

std::vector<streaming_query> query_manager::active() const {
  const std::lock_guard lock{mutex_};
  std::vector<streaming_query> all;
  for (const auto& [run_id, query] : active_)
    all.emplace_back(query);
  return all;
}

std::optional<streaming_query> query_manager::get(const std::string& id) const {
  const std::lock_guard lock{mutex_};
  for (const auto& [run_id, query] : active_)
    if (query->run->id() == id)
      return streaming_query{query};
  return std::nullopt;
}

bool query_manager::any_ended() const { return some_ended_ || failure_; }

void query_manager::drive() const {
  if (own_threads_)
    return;
  std::shared_ptr<streaming_query::core> one;
  {
    const std::lock_guard lock{mutex_};
    if (active_.empty())
      return;
    one = active_.begin()->second;
  }
  one->run->wait_ended();  // drives all: they share the engine's actors
}

void query_manager::await_any_termination() const {
  drive();
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return any_ended() || !own_threads_; });
  if (failure_)
    throw query_error{*failure_};
}

bool query_manager::await_any_termination(std::chrono::milliseconds timeout) const {
  drive();
  std::unique_lock lock{mutex_};
  const auto ended = own_threads_ ? changed_.wait_for(lock, timeout, [this] { return any_ended(); }) : any_ended();
  if (!ended)
    return false;
  if (failure_)
    throw query_error{*failure_};
  return true;
}

void query_manager::reset_terminated() {
  const std::lock_guard lock{mutex_};
  some_ended_ = false;
  failure_.reset();
}

void query_manager::add_listener(std::shared_ptr<query_listener> listener) { listeners_->add(std::move(listener)); }

void query_manager::remove_listener(const std::shared_ptr<query_listener>& listener) { listeners_->remove(listener); }

std::vector<std::shared_ptr<query_listener>> query_manager::list_listeners() const { return listeners_->list(); }

void query_manager::flush_listeners() const { listeners_->flush(); }

void query_manager::reserve(const std::string& name) {
  if (name.empty())
    return;
  const std::lock_guard lock{mutex_};
  if (!names_.insert(name).second)
    throw analysis_error{{errc::invalid_argument, "a query with that name is already active: '" + name + "'"}};
}

void query_manager::release(const std::string& name) {
  const std::lock_guard lock{mutex_};
  names_.erase(name);
}

void query_manager::add(const std::shared_ptr<streaming_query::core>& query) {
  const std::lock_guard lock{mutex_};
  active_[query->run->run_id()] = query;
}

void query_manager::ended(const std::string& run_id, const status& cause) {
  const std::lock_guard lock{mutex_};
  const auto found = active_.find(run_id);
  if (found == active_.end())
    return;
  names_.erase(found->second->run->graph().name);
  if (!cause.ok() && !failure_)
    failure_.emplace(cause, found->second->run->id(), run_id);
  some_ended_ = true;
  ended_.push_back(std::move(found->second));
  active_.erase(found);
  changed_.notify_all();
}

void query_manager::stop_all() {
  std::vector<std::shared_ptr<streaming_query::core>> all;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [run_id, query] : active_)
      all.push_back(query);
    all.insert(all.end(), ended_.begin(), ended_.end());
  }
  for (const auto& query : all)
    query->run->request_stop();
  // Waited for here, so that listeners hear of every end, and none comes while the manager goes.
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  for (const auto& query : all)
    query->run->end_by(limit);
  all.clear();
  reap();
}

void query_manager::reap() {
  std::vector<std::shared_ptr<streaming_query::core>> done;
  const std::lock_guard lock{mutex_};
  // One that is just telling of its end is let go of the next time: its own thread still uses it.
  std::erase_if(ended_, [&](auto& query) {
    if (!query->run->monitor().terminated())
      return false;
    done.push_back(std::move(query));
    return true;
  });
}

}  // namespace weir
