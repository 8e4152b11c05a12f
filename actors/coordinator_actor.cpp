#include <weir/actors/coordinator_actor.hpp>

#include <algorithm>

namespace weir::actors {

namespace {

constexpr std::uint64_t timer_alarm = 1;
constexpr std::uint64_t deadline_alarm = 2;

}  // namespace

coordinator_actor::coordinator_actor(coordinator_config config)
    : config_{std::move(config)}, graph_{*config_.graph}, progress_{graph_, config_.query_id, config_.run_id},
      watermarks_{graph_, graph_.time->now()} {
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    const auto& node = graph_.nodes[i];
    if (node.part == execution_node::role::source)
      sources_.push_back(static_cast<int>(i));
    if (node.part == execution_node::role::sink)
      sinks_.push_back(static_cast<int>(i));
    if (node.description && node.description->state_schema())
      state_partitions_ += static_cast<std::size_t>(node.partitions);
    actor_count_ += static_cast<std::size_t>(node.partitions);
  }
  if (const auto& last = config_.recovered.last) {
    next_epoch_ = last->epoch.value + 1;
    watermarks_.recover(config_.recovered);
    for (const auto source : sources_) {
      const auto found = last->end_offsets.find(graph_.nodes[static_cast<std::size_t>(source)].name);
      if (found != last->end_offsets.end())
        planned_[source] = found->second;
    }
  }
}

caf::behavior coordinator_actor::behavior(caf::event_based_actor* self) {
  self_ = self;
  return {
      [this](const messages::wire& made) {
        actors_ = made.actors;
        running_actors_ = actor_count_ + 1 + (actors_->log ? 1U : 0U);
      },
      [this](const messages::start_query&) { start(); },
      [this](const messages::ready&) { one_ready(); },
      [this](const messages::wakeup_report& report) {
        wakeups_[{report.node, report.partition.value}] = report.next;
        one_ready();
      },
      [this](const messages::available_now_prepared& answer) {
        single_epoch_ = single_epoch_ || !answer.supported;
        one_ready();
      },
      [this](const messages::tick&) {
        tick_pending_ = true;
        epoch_of_tick_ = false;
        want_epoch();
      },
      [this](const messages::data_available&) { want_epoch(); },
      [this](const messages::polled& answer) { one_polled(answer); },
      [this](const messages::finished& report) { finished(report); },
      [this](const messages::durable& record) {
        if (auto* run = find(record.epoch); run && phase_ == phase::active) {
          run->sync_time = record.sync_time;
          run->log_bytes = record.log_bytes;
          durable(*run);
        }
      },
      [this](const messages::committed& answer) { committed(answer); },
      [this](const messages::idle_noted& note) { idle_noted(note.epoch); },
      [this](const messages::failed& failure) { end(failure.cause); },
      [this](const messages::stop_query& request) { stop(request); },
      [this](const messages::await_idle& request) {
        waiters_.push_back(request.done);
        want_epoch();
      },
      [this](const messages::alarm& fired) {
        if (fired.id == deadline_alarm) {
          deadline_.reset();
          end({});
          return;
        }
        timer_.reset();
        want_epoch();
      },
      [this](const messages::stopped& actor) { one_stopped(actor.name); },
      [this](const messages::abandon&) {
        for (const auto& [node, actors] : actors_->nodes)
          for (const auto& actor : actors)
            tell(self_, actor, messages::abandon{});
        if (actors_->log)
          tell(self_, actors_->log, messages::abandon{});
      },
  };
}

void coordinator_actor::start() {
  if (phase_ == phase::ending)
    return;  // who was told of the query before it was launched has stopped it
  started_ = true;
  set_status("Initializing sources", false, false);
  awaited_ = actor_count_;
  for (const auto& [node, actors] : actors_->nodes)
    for (const auto& actor : actors)
      tell(self_, actor, messages::start_query{});
  if (draining_)
    drain_sources();
}

void coordinator_actor::one_ready() {
  if (phase_ == phase::ending || --awaited_ > 0)
    return;
  switch (phase_) {
  case phase::opening:
    phase_ = phase::restoring;
    if (actors_->log && state_partitions_ > 0) {
      awaited_ = 1;
      tell(self_, actors_->log, messages::restore_all{});
      return;
    }
    restored();
    return;
  case phase::restoring: restored(); return;
  case phase::preparing: activate(); return;
  case phase::active:
  case phase::ending: return;
  }
}

void coordinator_actor::restored() {
  // The state is in the mailboxes of its actors; when they want an epoch is known once they answer.
  phase_ = phase::preparing;
  for (const auto source : sources_)
    if (graph_.when.type() == trigger::kind::available_now) {
      tell_node(source, messages::prepare_available_now{});
      ++awaited_;
    }
  for (const auto& [node, actors] : actors_->nodes) {
    const auto& description = graph_.nodes[static_cast<std::size_t>(node)].description;
    if (!description || !description->state_schema())
      continue;
    for (const auto& actor : actors) {
      tell(self_, actor, messages::report_wakeup{});
      ++awaited_;
    }
  }
  if (awaited_ == 0)
    activate();
}

void coordinator_actor::activate() {
  phase_ = phase::active;
  set_status("Waiting for data to arrive", false, false);
  tell(self_, actors_->trigger, messages::start_query{});
  if (draining_)
    want_epoch();
}

read_limit coordinator_actor::limit_of(int source) const {
  if (graph_.when.type() == trigger::kind::once || single_epoch_)
    return {};
  auto limit = graph_.nodes[static_cast<std::size_t>(source)].limit;
  if (limit.unlimited())
    limit.rows = default_epoch_rows;
  return limit;
}

void coordinator_actor::finished(const messages::finished& report) {
  auto* run = find(report.epoch);
  if (!run || phase_ != phase::active)
    return;
  add_metrics(run->metrics[report.node], *report.metrics);
  watermarks_.observe(report.node, *report.metrics, run->info->time);
  auto& times = run->times[report.node];
  times.first += report.busy;
  times.second += report.blocked;
  if (!report.details.empty())
    run->details[report.node] = report.details;
  if (report.staged)
    run->tokens[report.node] = std::make_shared<const token>(*report.staged);
  const auto& description = graph_.nodes[static_cast<std::size_t>(report.node)].description;
  if (description && description->state_schema())
    wakeups_[{report.node, report.partition.value}] = report.next;
  if (--run->unfinished == 0)
    complete(*run);
}

void coordinator_actor::complete(epoch_run& run) {
  run.at = epoch_run::stage::complete;
  run.completed = graph_.time->now();
  watermarks_.advance(run.info->time);
  if (const auto holder = watermarks_.holder(run.info->time))
    run.held_back_by =
        watermark_holder_progress{holder->input.node, holder->input.source, holder->input.partition, holder->since};
  auto summary = std::make_shared<epoch_summary>();
  summary->epoch = run.info->id;
  summary->time = run.info->time;
  for (const auto& [source, end] : run.ends)
    if (!end.empty())  // an epoch for timeouts alone; the source, new in this run, has given nothing yet
      summary->end_offsets[graph_.nodes[static_cast<std::size_t>(source)].name] = end;
  for (const auto& [sink, staged] : run.tokens)
    summary->tokens[graph_.nodes[static_cast<std::size_t>(sink)].name] = staged->bytes;
  watermarks_.fill(*summary);
  run.summary = std::move(summary);
  hand_to_log();
  if (phase_ == phase::active)
    want_epoch();
}

bool coordinator_actor::log_takes(const epoch_run& next) const {
  std::size_t logging = 0;
  std::size_t committing = 0;
  std::int64_t rows = 0;
  const auto add_rows = [&](const epoch_run& run) {
    for (const auto source : sources_)
      rows += run.metrics.at(source).rows_out;
  };
  add_rows(next);
  for (const auto& run : runs_) {
    if (run.at != epoch_run::stage::logging && run.at != epoch_run::stage::durable)
      continue;
    ++(run.at == epoch_run::stage::logging ? logging : committing);
    add_rows(run);
  }
  if (logging + committing < max_uncommitted)
    return true;
  return logging + committing < max_group && committing < max_uncommitted && rows <= default_epoch_rows;
}

void coordinator_actor::hand_to_log() {
  for (auto& run : runs_) {
    if (run.at != epoch_run::stage::complete)
      continue;
    if (!log_takes(run))
      return;
    run.at = epoch_run::stage::logging;
    if (actors_->log) {
      set_status("Writing offsets to log", true, true);
      tell(self_, actors_->log, messages::log_epoch{run.summary, state_partitions_});
    } else {
      tell(self_, caf::actor_cast<caf::actor>(self_), messages::durable{run.info->id, {}, 0});
    }
  }
}

void coordinator_actor::durable(epoch_run& run) {
  run.at = epoch_run::stage::durable;
  run.logged = graph_.time->now();
  for (const auto& [source, end] : run.ends)
    if (run.starts[source] != end && !graph_.bounded)
      tell_node(source, messages::commit_source{end});
  for (const auto sink : sinks_)
    tell_node(sink, messages::commit_epoch{run.info->id, run.tokens[sink]});
}

void coordinator_actor::committed(const messages::committed& answer) {
  const auto& name = graph_.nodes[static_cast<std::size_t>(answer.sink)].name;
  if (actors_->log && phase_ != phase::ending)
    tell(self_, actors_->log, messages::log_commit{name, answer.epoch});
  auto* run = find(answer.epoch);
  if (!run)
    return;  // a commit repeated at the start
  run->uncommitted.erase(answer.sink);
  if (run->uncommitted.empty() && phase_ == phase::active)
    epoch_done(*run);
}

void coordinator_actor::epoch_done(epoch_run& run) {
  config_.monitor->add_progress(progress_.of_epoch(run, graph_.time->now(), config_.falling_behind->load()));
  last_idle_report_ = graph_.time->now();
  std::erase_if(runs_, [id = run.info->id](const epoch_run& one) { return one.info->id == id; });
  if (graph_.when.type() == trigger::kind::once) {
    config_.monitor->set_drained();
    end({});
    return;
  }
  hand_to_log();
  if (runs_.empty()) {
    set_status("Waiting for data to arrive", false, false);
    if (tick_pending_ && epoch_of_tick_) {
      tick_pending_ = false;
      tell(self_, actors_->trigger, messages::tick_done{});
    }
  }
  want_epoch();
}

void coordinator_actor::stop(const messages::stop_query& request) {
  if (!request.drain || phase_ == phase::ending) {
    end({});
    return;
  }
  draining_ = true;
  if (request.deadline && (!drain_until_ || *request.deadline < *drain_until_)) {
    if (deadline_)
      graph_.time->cancel_alarm(*deadline_);
    drain_until_ = request.deadline;
    deadline_ = graph_.time->set_alarm(*request.deadline, [self = caf::actor_cast<caf::actor>(self_)] {
      tell_from_outside(self, messages::alarm{deadline_alarm});
    });
  }
  if (started_)
    drain_sources();
  want_epoch();
}

void coordinator_actor::drain_sources() {
  for (const auto source : sources_)
    tell_node(source, messages::drain_source{});
}

void coordinator_actor::end(status cause) {
  if (phase_ == phase::ending)
    return;
  phase_ = phase::ending;
  cause_ = std::move(cause);
  for (const auto& alarm : {timer_, deadline_})
    if (alarm)
      graph_.time->cancel_alarm(*alarm);
  for (const auto& [node, actors] : actors_->nodes)
    for (const auto& actor : actors)
      tell(self_, actor, messages::shutdown{cause_});
  tell(self_, actors_->trigger, messages::shutdown{cause_});
  if (actors_->log)
    tell(self_, actors_->log, messages::shutdown{cause_});
}

void coordinator_actor::one_stopped(const std::string& name) {
  config_.monitor->actor_ended(name);
  if (phase_ != phase::ending)
    end({errc::internal, "actor " + name + " ended by itself"});
  if (--running_actors_ > 0)
    return;
  actors_.reset();
  runs_.clear();
  config_.monitor->terminate(cause_);
  // Only now: whoever waited must find the failure.
  for (const auto& waiter : waiters_)
    waiter->set_value();
  waiters_.clear();
  self_->quit();
}

void coordinator_actor::set_status(std::string message, bool data, bool active) {
  config_.monitor->set_status({std::move(message), data, active});
}

epoch_run* coordinator_actor::find(epoch_id id) {
  const auto found = std::ranges::find_if(runs_, [id](const epoch_run& run) { return run.info->id == id; });
  return found == runs_.end() ? nullptr : &*found;
}

void coordinator_actor::set_alarm(std::optional<clock::alarm_id>& alarm, timestamp time) {
  if (alarm)
    graph_.time->cancel_alarm(*alarm);
  alarm = graph_.time->set_alarm(
      time, [self = caf::actor_cast<caf::actor>(self_)] { tell_from_outside(self, messages::alarm{timer_alarm}); });
}

}  // namespace weir::actors
