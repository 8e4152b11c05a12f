#include <weir/stream/streaming_query.hpp>

#include <weir/stream/lowering.hpp>
#include <weir/stream/query_core.hpp>

namespace weir {

namespace {

void throw_if_failed(const streaming_query& query) {
  if (auto error = query.exception())
    throw std::move(*error);
}

}  // namespace

const std::string& streaming_query::id() const noexcept { return core_->run->id(); }

const std::string& streaming_query::run_id() const noexcept { return core_->run->run_id(); }

std::optional<std::string> streaming_query::name() const {
  const auto& name = core_->run->graph().name;
  return name.empty() ? std::nullopt : std::optional{name};
}

bool streaming_query::is_active() const { return !core_->run->monitor().terminated(); }

query_status streaming_query::status() const { return core_->run->monitor().current_status(); }

std::optional<query_progress> streaming_query::last_progress() const { return core_->run->monitor().last_progress(); }

std::vector<query_progress> streaming_query::recent_progress() const { return core_->run->monitor().recent_progress(); }

std::optional<query_error> streaming_query::exception() const {
  const auto& monitor = core_->run->monitor();
  if (!monitor.terminated() || monitor.outcome().ok())
    return std::nullopt;
  return query_error{monitor.outcome(), id(), run_id()};
}

void streaming_query::await_termination() const {
  core_->run->wait_ended();
  throw_if_failed(*this);
}

bool streaming_query::await_termination(std::chrono::milliseconds timeout) const {
  if (timeout.count() <= 0)
    throw std::invalid_argument{"await_termination: the timeout must be positive"};
  if (!core_->run->wait_ended(timeout))
    return false;
  throw_if_failed(*this);
  return true;
}

void streaming_query::process_all_available() const {
  core_->run->process_all_available();
  throw_if_failed(*this);
}

void streaming_query::stop() const {
  core_->run->request_stop();
  core_->run->wait_ended();
}

bool streaming_query::stop(std::chrono::milliseconds timeout) const {
  core_->run->request_stop();
  return core_->run->wait_ended(timeout);
}

bool streaming_query::drain(std::chrono::milliseconds deadline) const {
  core_->run->request_drain(deadline);
  core_->run->wait_ended();
  throw_if_failed(*this);
  return core_->run->drained();
}

std::set<std::string> streaming_query::busy() const { return core_->run->busy(); }

std::string streaming_query::explain() const { return weir::explain(core_->run->graph()); }

}  // namespace weir
