#include <weir/actors/sink_actor.hpp>

namespace weir::actors {

sink_actor::sink_actor(host_config config, std::shared_ptr<sink> object, sink_context context,
                       std::vector<inlet::edge> inputs, std::vector<pending_commit> pending,
                       std::optional<epoch_id> last_logged)
    : host{std::move(config), object->blocking()}, object_{std::move(object)}, context_{std::move(context)},
      in_memory_{object_->stages_in_memory()}, inputs_{std::move(inputs)}, pending_{std::move(pending)},
      last_logged_{last_logged} {}

caf::behavior sink_actor::behavior(caf::event_based_actor* self) {
  attach(self);
  return {
      [this](const messages::data& rows) {
        inputs_.put(rows.edge, rows.content, sender_of(this->self()));
        pump();
      },
      [this](const messages::end_of_epoch& end) {
        inputs_.put_end(end.edge, end.epoch);
        pump();
      },
      [this](const messages::commit_epoch& order) { commit(order); },
      [this](const messages::start_query&) { open(); },
      [](const messages::proceed& next) { next.step(); },
      [this](const messages::shutdown& order) {
        object_->ending(order.cause);
        shut_down([object = object_] { object->stop(); });
      },
      [this](const messages::abandon&) { leave(); },
  };
}

void sink_actor::open() {
  struct opening {
    std::vector<pending_commit> pending;
    std::optional<epoch_id> last_logged;
    std::vector<epoch_id> repeated;
  };
  context_.fail = [coordinator = config().coordinator, name = config().name](status cause) {
    tell_from_outside(coordinator, messages::failed{std::move(cause).at_operator(name)});
  };
  // Weakly: the sink keeps its context, and is kept by this actor.
  context_.call_later = [this, me = caf::actor_cast<caf::weak_actor_ptr>(self())](std::function<status()> call) {
    if (const auto alive = caf::actor_cast<caf::actor>(me))
      tell_from_outside(alive, messages::proceed{[this, call = std::move(call)] {
                          if (!halted())
                            run(call, [] {});
                        }});
  };
  auto state = std::make_shared<opening>();
  state->pending = pending_;
  state->last_logged = last_logged_;
  run(
      [object = object_, context = context_, state]() -> status {
        WEIR_TRY(object->start(context));
        WEIR_ASSIGN(const auto known, object->last_committed());
        if (known && (!state->last_logged || *known > *state->last_logged)) {
          const auto logged = state->last_logged ? "epoch " + std::to_string(state->last_logged->value) : "no epoch";
          return {errc::checkpoint_mismatch, "checkpoint is older than the output: it holds " + logged + ", but " +
                                                 object->description() + " has committed epoch " +
                                                 std::to_string(known->value)};
        }
        WEIR_TRY(object->recover(state->pending));
        for (const auto& one : state->pending) {
          WEIR_TRY(object->commit(one.epoch, one.token).at_epoch(one.epoch.value));
          state->repeated.push_back(one.epoch);
        }
        return {};
      },
      [this, state] {
        for (const auto epoch : state->repeated)
          tell(self(), config().coordinator, messages::committed{config().node, epoch, {}});
        tell(self(), config().coordinator, messages::ready{config().node});
      });
}

void sink_actor::pump() {
  if (pumping_)
    return;
  pumping_ = true;
  while (!working_ && !halted()) {
    auto next = inputs_.take();
    if (!next)
      break;
    if (next->content)
      stage(std::move(*next));
    else
      prepare(next->epoch);
  }
  pumping_ = false;
}

template <class Work, class Then>
void sink_actor::run_staging(epoch_id epoch, Work work, Then then) {
  if (in_memory_)
    run_here_in(epoch, std::move(work), std::move(then));
  else
    run_in(epoch, std::move(work), std::move(then));
}

void sink_actor::stage(inlet::step next) {
  working_ = true;
  const auto begins = !begun_ || *begun_ != next.epoch->id;
  begun_ = next.epoch->id;
  rows_ += next.content->row_count;
  auto took = std::make_shared<std::chrono::nanoseconds>(0);
  run_staging(
      next.epoch->id,
      [object = object_, content = next.content, epoch = next.epoch->id, begins, mode = context_.mode,
       took]() -> status {
        const stopwatch timer{*took};
        if (begins)
          WEIR_TRY(object->begin(epoch, mode));
        return object->stage(epoch, content->rows.rows);
      },
      [this, content = next.content, edge = next.from, sender = std::move(next.sender), took] {
        working_ = false;
        busy_ += *took;
        tell(self(), sender, messages::grant{edge, content->row_count, content->byte_count});
        pump();
      });
}

void sink_actor::prepare(const epoch_ptr& epoch) {
  working_ = true;
  const auto begins = !begun_ || *begun_ != epoch->id;
  begun_ = epoch->id;
  auto staged = std::make_shared<token>();
  auto took = std::make_shared<std::chrono::nanoseconds>(0);
  run_staging(
      epoch->id,
      [object = object_, id = epoch->id, begins, mode = context_.mode, staged, took]() -> status {
        const stopwatch timer{*took};
        if (begins)
          WEIR_TRY(object->begin(id, mode));
        WEIR_ASSIGN(*staged, object->prepare(id));
        return {};
      },
      [this, id = epoch->id, staged, took] {
        working_ = false;
        messages::finished report;
        report.node = config().node;
        report.epoch = id;
        report.metrics = std::make_shared<operator_metrics>();
        report.metrics->rows_in = std::exchange(rows_, 0);
        report.staged = std::move(*staged);
        report.busy = std::exchange(busy_, {}) + *took;
        tell(self(), config().coordinator, std::move(report));
        pump();
      });
}

void sink_actor::commit(const messages::commit_epoch& order) {
  auto took = std::make_shared<std::chrono::nanoseconds>(0);
  run_in(
      order.epoch,
      [object = object_, order, took]() -> status {
        const stopwatch timer{*took};
        return object->commit(order.epoch, *order.staged);
      },
      [this, epoch = order.epoch, took] {
        tell(self(), config().coordinator, messages::committed{config().node, epoch, *took});
      });
}

}  // namespace weir::actors
