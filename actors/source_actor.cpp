#include <weir/actors/source_actor.hpp>

#include <condition_variable>
#include <mutex>

namespace weir::actors {

/// Lets the source's thread run ahead of the receivers by a few batches only.
class source_actor::gate {
public:
  /// False: the query is stopping.
  bool enter() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return closed_ || (inside_ < limit && open_); });
    ++inside_;
    return !closed_;
  }
  void leave() {
    const std::lock_guard lock{mutex_};
    --inside_;
    changed_.notify_one();
  }
  void set_open(bool open) {
    const std::lock_guard lock{mutex_};
    open_ = open;
    changed_.notify_one();
  }
  void close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    changed_.notify_all();
  }
  bool full() {
    const std::lock_guard lock{mutex_};
    return closed_ || !open_ || inside_ >= limit;
  }

private:
  static constexpr int limit = 4;
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  bool open_ = true;
  bool closed_ = false;
};

class source_actor::thread_collector : public collector {
public:
  thread_collector(source_actor* host, caf::actor self, epoch_ptr epoch)
      : host_{host}, self_{std::move(self)}, gate_{host->gate_}, epoch_{std::move(epoch)} {}

  void emit(batch rows, int /*port*/) override {
    if (rows.num_rows() == 0 || !gate_->enter())
      return;
    tell_from_outside(self_,
                      messages::proceed{[host = host_, gate = gate_, epoch = epoch_, rows = std::move(rows)]() mutable {
                        host->forward(epoch, std::move(rows));
                        gate->leave();
                      }});
  }
  bool full() const override { return gate_->full(); }

private:
  source_actor* host_;
  caf::actor self_;
  std::shared_ptr<gate> gate_;
  epoch_ptr epoch_;
};

class source_actor::direct_collector : public collector {
public:
  direct_collector(source_actor* host, epoch_ptr epoch) : host_{host}, epoch_{std::move(epoch)} {}
  void emit(batch rows, int /*port*/) override { host_->forward(epoch_, std::move(rows)); }
  bool full() const override { return host_->outputs_.blocked(); }

private:
  source_actor* host_;
  epoch_ptr epoch_;
};

source_actor::source_actor(host_config config, std::shared_ptr<source> object, source_context context, router outputs)
    : host{std::move(config), object->blocking()}, object_{std::move(object)}, context_{std::move(context)},
      outputs_{std::move(outputs)}, gate_{std::make_shared<gate>()} {}

caf::behavior source_actor::behavior(caf::event_based_actor* self) {
  attach(self);
  return {
      [this](const messages::start_query&) { open(); },
      [this](const messages::poll& request) { poll(request); },
      [this](const messages::begin_epoch& epoch) {
        epochs_.push_back(epoch);
        begin_next();
      },
      [this](const messages::commit_source& done) {
        run([object = object_, end = done.end] { return object->commit(end); }, [] {});
      },
      [this](const messages::prepare_available_now&) {
        auto supported = std::make_shared<bool>(false);
        run(
            [object = object_, supported] {
              *supported = object->prepare_for_available_now();
              return status{};
            },
            [this, supported] {
              tell(this->self(), config().coordinator, messages::available_now_prepared{config().node, *supported});
            });
      },
      [this](const messages::drain_source&) {
        run(
            [object = object_] {
              object->drain();
              return status{};
            },
            [] {});
      },
      [this](const messages::grant& credit) {
        outputs_.grant(this->self(), sender_of(this->self()), credit);
        open_gate();
      },
      [](const messages::proceed& next) { next.step(); },
      [this](const messages::shutdown&) {
        gate_->close();
        shut_down([object = object_] { object->stop(); });
      },
      [this](const messages::abandon&) {
        gate_->close();
        leave();
      },
  };
}

void source_actor::open() {
  const auto actor = caf::actor_cast<caf::actor>(self());
  context_.data_available = [coordinator = config().coordinator, node = config().node, signalled = signalled_] {
    if (!signalled->exchange(true))
      tell_from_outside(coordinator, messages::data_available{node});
  };
  context_.fail = [coordinator = config().coordinator, name = config().name](status cause) {
    tell_from_outside(coordinator, messages::failed{std::move(cause).at_operator(name)});
  };
  run([object = object_, context = context_] { return object->start(context); },
      [this] { tell(self(), config().coordinator, messages::ready{config().node}); });
}

void source_actor::poll(const messages::poll& request) {
  signalled_->store(false);
  auto answer = std::make_shared<messages::polled>();
  answer->source = config().node;
  run(
      [object = object_, request, answer]() -> status {
        auto start = request.start;
        if (start.empty()) {
          WEIR_ASSIGN(start, object->initial_offset());
        }
        WEIR_ASSIGN(answer->latest, object->latest_offset(start, request.limit));
        answer->has_rows = answer->latest != start;
        return {};
      },
      [this, answer] { tell(self(), config().coordinator, std::move(*answer)); });
}

void source_actor::begin_next() {
  if (reading_ || epochs_.empty() || halted())
    return;
  const auto next = std::move(epochs_.front());
  epochs_.pop_front();
  if (next.start == next.end) {
    end(next.epoch);
    begin_next();
    return;
  }
  reading_ = true;
  auto out = std::shared_ptr<collector>{};
  if (runner().own_thread())
    out = std::make_shared<thread_collector>(this, caf::actor_cast<caf::actor>(self()), next.epoch);
  else
    out = std::make_shared<direct_collector>(this, next.epoch);
  struct outcome {
    std::chrono::nanoseconds took{};
    std::map<std::string, std::string> details;
  };
  auto read = std::make_shared<outcome>();
  run_in(
      next.epoch->id,
      [object = object_, next, out, read]() -> status {
        const stopwatch timer{read->took};
        read->details = object->metrics();
        auto start = next.start;
        if (start.empty()) {
          WEIR_ASSIGN(start, object->initial_offset());
        }
        return object->get_batch(start, next.end, *out).at_offset(next.start.json);
      },
      [this, epoch = next.epoch, read] {
        reading_ = false;
        busy_ += read->took;
        details_ = std::move(read->details);
        end(epoch);
        begin_next();
      });
}

void source_actor::forward(const epoch_ptr& epoch, batch rows) {
  if (halted())
    return;
  rows_ += rows.num_rows();
  send_ready(epoch, shaper_.add(rows.with_tag({config().node, rows.tag().partition})));
}

void source_actor::send_ready(const epoch_ptr& epoch, const result<std::vector<batch>>& ready) {
  if (!ready.ok()) {
    fail(ready.error());
    return;
  }
  for (const auto& rows : *ready)
    outputs_.send(self(), epoch, rows, 0);
  open_gate();
}

void source_actor::open_gate() { gate_->set_open(!outputs_.blocked()); }

void source_actor::end(const epoch_ptr& epoch) {
  auto rest = shaper_.flush();
  if (!rest.ok()) {
    fail(rest.error());
    return;
  }
  if (rest->num_rows() > 0)
    outputs_.send(self(), epoch, *rest, 0);
  outputs_.send_end(self(), epoch);
  messages::finished report;
  report.node = config().node;
  report.epoch = epoch->id;
  report.metrics = std::make_shared<operator_metrics>();
  report.metrics->rows_out = std::exchange(rows_, 0);
  report.busy = std::exchange(busy_, {});
  report.details = details_;
  tell(self(), config().coordinator, std::move(report));
}

}  // namespace weir::actors
