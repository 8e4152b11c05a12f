// How the coordinator plans epochs: when it polls, when an epoch begins, when there is nothing to do.
#include <weir/actors/coordinator_actor.hpp>

#include <algorithm>

namespace weir::actors {

template <class Message>
void coordinator_actor::tell_node(int node, const Message& message) {
  for (const auto& actor : actors_->nodes[node])
    tell(self_, actor, message);
}

template void coordinator_actor::tell_node(int, const messages::prepare_available_now&);
template void coordinator_actor::tell_node(int, const messages::commit_source&);
template void coordinator_actor::tell_node(int, const messages::commit_epoch&);
template void coordinator_actor::tell_node(int, const messages::drain_source&);

void coordinator_actor::want_epoch() {
  wanted_ = true;
  try_plan();
}

bool coordinator_actor::room_for_epoch() const {
  const auto once = graph_.when.type() == trigger::kind::once || single_epoch_;
  if (!graph_.pipelining || once || !graph_.when.event_driven())
    return runs_.empty();
  const auto running =
      std::ranges::count_if(runs_, [](const epoch_run& run) { return run.at == epoch_run::stage::running; });
  // An epoch that waits for its place in the log is a queue: rows had better wait for one that starts later.
  if (std::ranges::any_of(runs_, [](const epoch_run& run) { return run.at == epoch_run::stage::complete; }))
    return false;
  const auto limit = watermarks_.defined() ? std::size_t{1} : max_running;
  return static_cast<std::size_t>(running) < limit && runs_.size() < max_running + max_group;
}

void coordinator_actor::try_plan() {
  if (phase_ != phase::active || polling_ || !wanted_ || !room_for_epoch())
    return;
  const auto by_tick = !graph_.when.event_driven() && !draining_;
  if (by_tick && (!tick_pending_ || epoch_of_tick_))
    return;
  const auto now = graph_.time->now();
  // A begin that lies ahead is one before the clock was set back.
  if (last_begin_ && now >= *last_begin_ && now < *last_begin_ + graph_.min_epoch_interval) {
    set_alarm(timer_, *last_begin_ + graph_.min_epoch_interval);
    return;
  }
  wanted_ = false;
  polling_ = true;
  poll_began_ = now;
  fresh_waiters_ = waiters_.size();
  awaited_ = sources_.size();
  polled_.clear();
  polled_rows_ = false;
  for (const auto source : sources_) {
    tell_node(source, messages::poll{planned_[source], limit_of(source)});
  }
}

void coordinator_actor::one_polled(const messages::polled& answer) {
  polled_[answer.source] = answer.latest;
  polled_rows_ = polled_rows_ || answer.has_rows;
  if (phase_ != phase::active || --awaited_ > 0)
    return;
  polling_ = false;
  planned();
}

void coordinator_actor::planned() {
  if (runs_.empty())
    watermarks_.pass_idle(graph_.time->now());
  const auto has_data = polled_rows_ && !(single_epoch_ && data_epoch_done_);
  const auto quiet =
      std::ranges::none_of(runs_, [](const epoch_run& run) { return run.at == epoch_run::stage::running; });
  const auto once = graph_.when.type() == trigger::kind::once;
  if (graph_.bounded && next_epoch_ == 0) {
    begin_epoch(true);
    return;
  }
  if (has_data || (!once && graph_.empty_epochs && quiet && epoch_due())) {
    begin_epoch(has_data);
    return;
  }
  // Rows, a drain or a waiter that came after a source had answered: this poll knows nothing of them.
  if (wanted_)
    try_plan();
  else
    idle();
}

bool coordinator_actor::epoch_due() const {
  const auto now = graph_.time->now();
  return event_time_due() || std::ranges::any_of(wakeups_, [&](const auto& one) {
           return one.second.processing_time && *one.second.processing_time < now;
         });
}

bool coordinator_actor::event_time_due() const {
  const auto wanted = [](const auto& one) { return one.second.event_time.has_value(); };
  if (std::ranges::none_of(wakeups_, wanted))
    return false;
  const auto watermarks = watermarks_.next();
  return std::ranges::any_of(wakeups_, [&](const auto& one) {
    const auto& [place, next] = one;
    return next.event_time && *next.event_time < watermarks.nodes[static_cast<std::size_t>(place.first)].evict;
  });
}

void coordinator_actor::begin_epoch(bool has_data) {
  set_status(has_data ? "Processing new data" : "No new data but cleaning up state", has_data, true);
  auto info = std::make_shared<epoch_info>();
  info->id = epoch_id{next_epoch_++};
  info->time = graph_.time->now();
  info->has_data = has_data;
  auto watermarks = watermarks_.next();
  info->query_watermarks = watermarks.query;
  info->watermarks = std::move(watermarks.nodes);
  auto& run = runs_.emplace_back();
  run.info = info;
  run.planned = poll_began_;
  run.started = info->time;
  run.unfinished = actor_count_;
  for (const auto sink : sinks_)
    run.uncommitted.insert(sink);
  for (const auto source : sources_) {
    run.starts[source] = planned_[source];
    run.ends[source] = has_data ? polled_[source] : planned_[source];
    planned_[source] = run.ends[source];
  }
  last_begin_ = info->time;
  epoch_of_tick_ = true;
  data_epoch_done_ = data_epoch_done_ || has_data;
  for (const auto source : sources_)
    for (const auto& actor : actors_->nodes[source])
      tell(self_, actor, messages::begin_epoch{info, run.starts[source], run.ends[source]});
  want_epoch();
}

void coordinator_actor::idle() {
  if (!runs_.empty())
    return;  // asked again when they are done
  settle_late();
  if (fresh_waiters_ > 0 && idle_note_)
    tell(self_, actors_->log, messages::log_notes_now{});  // they are answered when it is durable
  else
    answer_waiters();
  if (draining_ || graph_.when.type() != trigger::kind::processing_time) {
    config_.monitor->set_drained();
    end({});
    return;
  }
  set_status(graph_.when.event_driven() ? "Waiting for data to arrive" : "Waiting for next trigger", false, false);
  const auto now = graph_.time->now();
  if (!last_idle_report_ || now - *last_idle_report_ >= idle_report_interval) {
    last_idle_report_ = now;
    config_.monitor->add_idle(progress_.of_idle(now));
  }
  if (tick_pending_) {
    tick_pending_ = false;
    tell(self_, actors_->trigger, messages::tick_done{});
  }
  arm_timer();
  if (waiters_.size() > fresh_waiters_)
    want_epoch();
}

/// Where nothing is left that an epoch without data would do, what is late catches up with the watermark without one.
void coordinator_actor::settle_late() {
  if (polled_rows_ || graph_.when.type() == trigger::kind::once || !watermarks_.lags() || event_time_due())
    return;
  watermarks_.settle();
  // Once an epoch: what idle inputs move after it is not recovered.
  const auto last = epoch_id{next_epoch_ - 1};
  if (!actors_->log || last.value < 0 || noted_ == last)
    return;
  noted_ = idle_note_ = last;
  tell(self_, actors_->log, messages::log_idle{last});
}

void coordinator_actor::idle_noted(epoch_id epoch) {
  if (idle_note_ != epoch)
    return;
  idle_note_.reset();
  // An epoch that began meanwhile answers them at its end.
  if (runs_.empty() && !polling_) {
    answer_waiters();
    if (!waiters_.empty())
      want_epoch();
  }
}

void coordinator_actor::answer_waiters() {
  for (std::size_t i = 0; i < fresh_waiters_; ++i)
    waiters_[i]->set_value();
  waiters_.erase(waiters_.begin(), waiters_.begin() + static_cast<std::ptrdiff_t>(fresh_waiters_));
  fresh_waiters_ = 0;
}

void coordinator_actor::arm_timer() {
  if (!graph_.when.event_driven() || !graph_.empty_epochs)
    return;  // the next tick looks
  auto earliest = watermarks_.next_idle(graph_.time->now());
  if (earliest)
    *earliest -= std::chrono::microseconds{1};
  for (const auto& [actor, next] : wakeups_)
    if (next.processing_time && (!earliest || *next.processing_time < *earliest))
      earliest = next.processing_time;
  if (earliest)
    set_alarm(timer_, *earliest + std::chrono::microseconds{1});
}

}  // namespace weir::actors
