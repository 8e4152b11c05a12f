#include <weir/actors/actor_sink.hpp>

#include <condition_variable>
#include <mutex>

#include <arrow/record_batch.h>

namespace weir {

namespace actors {

namespace {

/// Between the sink's thread, which waits in commit, and the actor that speaks with the receiver.
struct exchange {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<status> outcome;  ///< of the epoch that was sent
  bool ended = false;             ///< the query ends: wait no longer
  std::function<void(status)> fail;

  void set(status one) {
    const std::lock_guard lock{mutex};
    outcome = std::move(one);
    changed.notify_all();
  }
};

}  // namespace

namespace messages {
// actor_sink -> outlet
struct deliver {
  output_rows rows;
};
}  // namespace messages

}  // namespace actors

}  // namespace weir

#if !WEIR_CAF_1
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::actors::messages::deliver)
#endif

namespace weir {

namespace actors {

namespace {

caf::behavior outlet(caf::event_based_actor* self, const caf::actor& receiver,
                     const std::shared_ptr<exchange>& shared) {
  self->monitor(receiver);
  self->set_down_handler([self, shared](const caf::down_msg& down) {
    const std::lock_guard lock{shared->mutex};
    if (!shared->ended && shared->fail)
      shared->fail({errc::sink_failed, "the receiving actor ended: " + reason_text(self, down.reason)});
  });
  return {
      [self, receiver, shared](const messages::deliver& order) {
        ask<output_taken>(
            self, receiver, order.rows, [shared](const output_taken& answer) { shared->set(answer.outcome); },
            [shared](const std::string& reason) {
              shared->set({errc::sink_failed, "the receiving actor did not take the epoch: " + reason});
            });
      },
  };
}

class actor_sink : public row_sink {
public:
  explicit actor_sink(caf::actor receiver) : receiver_{std::move(receiver)} {}
  ~actor_sink() override { stop(); }

  status start(const sink_context& context) override {
    WEIR_TRY(row_sink::start(context));
    {
      const std::lock_guard lock{shared_->mutex};
      shared_->fail = context.fail;
    }
    outlet_ = receiver_.home_system().spawn(
        [receiver = receiver_, shared = shared_](caf::event_based_actor* self, int /*unused*/) {
          return outlet(self, receiver, shared);
        },
        0);
    return {};
  }

  status commit_rows(epoch_id epoch, std::span<const batch> rows) override {
    std::unique_lock lock{shared_->mutex};
    shared_->outcome.reset();
    tell_from_outside(outlet_, messages::deliver{{context().query_id, epoch, {rows.begin(), rows.end()}}});
    shared_->changed.wait(lock, [this] { return shared_->outcome || shared_->ended; });
    if (shared_->outcome)
      return *shared_->outcome;
    return {errc::stopped, "the query ended before the receiving actor took the epoch"};
  }

  void ending(const status& /*cause*/) override {
    const std::lock_guard lock{shared_->mutex};
    shared_->ended = true;
    shared_->changed.notify_all();
  }

  void stop() override {
    if (outlet_)
      exit_from_outside(outlet_);
    outlet_ = nullptr;
    const std::lock_guard lock{shared_->mutex};
    shared_->fail = nullptr;
  }
  std::string description() const override { return "actor"; }

private:
  caf::actor receiver_;
  caf::actor outlet_;
  std::shared_ptr<exchange> shared_ = std::make_shared<exchange>();
};

}  // namespace

}  // namespace actors

result<schema> output_rows::schema_of(const batch& rows) { return schema::from_arrow(*rows.arrow()->schema()); }

result<std::unique_ptr<sink>> sinks::actor::open() const {
  if (!receiver)
    return status{errc::invalid_argument, "actor: the receiver is no actor"};
  return std::unique_ptr<sink>{std::make_unique<actors::actor_sink>(receiver)};
}

}  // namespace weir
