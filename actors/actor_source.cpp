#include <weir/actors/actor_source.hpp>

#include <deque>
#include <set>

#include <arrow/record_batch.h>

#include <weir/sources/buffered/shared_source.hpp>

namespace weir::actors {

namespace {

/// The rows between the application's actors and the query. The inlet fills it, the query's source reads it.
class actor_buffer : public buffered_source {
public:
  actor_buffer(caf::actor inlet, weir::schema columns, buffer_options options)
      : buffered_source{std::move(columns), options}, inlet_{std::move(inlet)} {}
  ~actor_buffer() override = default;

  /// Rows from `first` on, without waiting: how many fitted. When not all did, room_made() tells the inlet once.
  std::int64_t put(const arrow::RecordBatch& rows, std::int64_t first) {
    auto taken = append_some(rows, first, false);
    if (first + taken < rows.num_rows()) {
      inlet_waits_.store(true);
      taken += append_some(rows, first + taken, false);
    }
    return taken;
  }
  void feeder_ended(const std::string& reason) {
    fail({errc::source_failed, "an actor that feeds " + context().name + " ended: " + reason});
  }
  std::string description() const override { return "actor"; }

protected:
  void room_made() override;

private:
  caf::actor inlet_;
  std::atomic<bool> inlet_waits_ = false;
};

}  // namespace

namespace messages {
// actor_source -> inlet
struct attach {
  std::shared_ptr<actor_buffer> buffer;
};
struct detach {
  std::shared_ptr<actor_buffer> buffer;
};
// actor_buffer -> inlet
struct room {};
}  // namespace messages

}  // namespace weir::actors

#if !WEIR_CAF_1
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::actors::messages::attach)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::actors::messages::detach)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::actors::messages::room)
#endif

namespace weir::actors {

namespace {

void actor_buffer::room_made() {
  if (inlet_waits_.exchange(false))
    tell_from_outside(inlet_, messages::room{});
}

/// Puts the application's rows into the buffer as it has room, and answers in order.
class inlet_actor {
public:
  explicit inlet_actor(schema columns) : columns_{std::move(columns)} {}

  caf::behavior behavior(caf::event_based_actor* self) {
    self_ = self;
    self->set_down_handler([this](caf::down_msg& down) { feeder_down(down); });
    self->set_exit_handler([this](caf::exit_msg& order) {
      while (!waiting_.empty())
        answer({errc::stopped, "the input was given up"});
      self_->quit(order.reason);
    });
    self->set_exception_handler([this](std::exception_ptr& error) -> caf::error {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& what) {
        if (buffer_)
          buffer_->feeder_ended(what.what());
      } catch (...) {
        if (buffer_)
          buffer_->feeder_ended("unknown exception");
      }
      return caf::exit_reason::unhandled_exception;
    });
    self->set_default_handler([](caf::scheduled_actor*, const auto& /*message*/) -> caf::result<caf::message> {
      return caf::sec::unexpected_message;
    });
    return {
        [this](const input_rows& message) { take(message); },
        [this](const input_end&) {
          forget_feeder();
          promise_answer<input_taken>(self_).deliver(input_taken{});
        },
        [this](const messages::attach& message) {
          buffer_ = message.buffer;
          refuses_ = false;
          pump();
        },
        [this](const messages::detach& message) {
          if (buffer_ != message.buffer)
            return;  // a second detach, after the next query has attached
          buffer_ = nullptr;
          refuses_ = true;
          while (!waiting_.empty())
            answer({errc::stopped, "the query takes no more input"});
        },
        [this](const messages::room&) { pump(); },
    };
  }

private:
  struct waiting {
    std::shared_ptr<arrow::RecordBatch> rows;
    std::int64_t taken = 0;
    answer_promise<input_taken> promise;
  };

  void take(const input_rows& message) {
    const auto sender = self_->current_sender();  // a promise takes it
    waiting_.push_back({message.rows, 0, promise_answer<input_taken>(self_)});
    if (refuses_) {
      answer_last({errc::stopped, "the query has ended"});
      return;
    }
    auto fitting = fitting_batch(columns_, message.rows);
    if (!fitting.ok()) {
      answer_last(fitting.error());
      return;
    }
    waiting_.back().rows = std::move(*fitting);
    if (sender && feeders_.insert(sender->address()).second)
      self_->monitor(sender->address());
    pump();
  }

  void pump() {
    while (buffer_ && !waiting_.empty()) {
      auto& front = waiting_.front();
      front.taken += buffer_->put(*front.rows, front.taken);
      if (front.taken < front.rows->num_rows())
        return;
      answer({});
    }
  }

  void answer(status outcome) {
    auto first = std::move(waiting_.front());
    waiting_.pop_front();
    first.promise.deliver(input_taken{first.taken, std::move(outcome)});
  }
  void answer_last(status outcome) {
    auto last = std::move(waiting_.back());
    waiting_.pop_back();
    last.promise.deliver(input_taken{last.taken, std::move(outcome)});
  }

  void forget_feeder() {
    if (const auto& sender = self_->current_sender(); sender && feeders_.erase(sender->address()) > 0)
      self_->demonitor(sender->address());
  }
  void feeder_down(const caf::down_msg& down) {
    if (feeders_.erase(down.source) > 0 && down.reason && buffer_)
      buffer_->feeder_ended(reason_text(self_, down.reason));
  }

  schema columns_;
  caf::event_based_actor* self_ = nullptr;
  std::shared_ptr<actor_buffer> buffer_;
  bool refuses_ = false;
  std::deque<waiting> waiting_;
  std::set<caf::actor_addr> feeders_;
};

class actor_source : public shared_source {
public:
  actor_source(std::shared_ptr<inlet_handle> inlet, std::shared_ptr<actor_buffer> buffer)
      : shared_source{buffer}, inlet_{std::move(inlet)}, buffer_{std::move(buffer)} {}

private:
  status attach() override {
    if (!inlet_->use())
      return {errc::invalid_argument, "actor: the input is used by another query"};
    attached_ = true;
    tell_from_outside(inlet_->address(), messages::attach{buffer_});
    return {};
  }
  void detach() override {
    if (!std::exchange(attached_, false))
      return;
    tell_from_outside(inlet_->address(), messages::detach{buffer_});
    inlet_->release();
  }

  std::shared_ptr<inlet_handle> inlet_;
  std::shared_ptr<actor_buffer> buffer_;
  bool attached_ = false;
};

}  // namespace

inlet_handle::inlet_handle(caf::actor_system& system, schema columns) : columns_{std::move(columns)} {
  // Detached: a spool's write may take its time.
  address_ = system.spawn<caf::detached>(
      [host = std::make_shared<inlet_actor>(columns_)](caf::event_based_actor* self, int /*unused*/) {
        self->attach_functor([host](const caf::error& /*reason*/) {});
        return host->behavior(self);
      },
      0);
}

inlet_handle::~inlet_handle() { exit_from_outside(address_); }

bool inlet_handle::use() { return !used_.exchange(true); }

void inlet_handle::release() { used_.store(false); }

std::unique_ptr<source> make_actor_source(std::shared_ptr<inlet_handle> inlet, buffer_options options) {
  auto buffer = std::make_shared<actor_buffer>(inlet->address(), inlet->columns(), options);
  return std::make_unique<actor_source>(std::move(inlet), std::move(buffer));
}

}  // namespace weir::actors
