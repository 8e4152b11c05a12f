#pragma once

/// The only place that knows which CAF this is. weir uses little of it: dynamically typed event-based
/// actors, one message struct a message, its own timers. 0.17.6 is what weir is built and tested with;
/// the branch for 1.x follows its documentation and is untested.

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <weir/columns/error.hpp>

#if defined(CAF_VERSION_MAJOR) || !defined(CAF_VERSION)
#define WEIR_CAF_1 1
#elif CAF_VERSION >= 10000
#define WEIR_CAF_1 1
#else
#define WEIR_CAF_1 0
#endif

namespace weir::actors {

/// Sends `message` from one of weir's actors.
template <class Message>
void tell(caf::event_based_actor* self, const caf::actor& receiver, Message message) {
#if WEIR_CAF_1
  self->mail(std::move(message)).send(receiver);
#else
  self->send(receiver, std::move(message));
#endif
}

/// Sends `message` from a plain thread.
template <class Message>
void tell_from_outside(const caf::actor& receiver, Message message) {
#if WEIR_CAF_1
  caf::anon_mail(std::move(message)).send(receiver);
#else
  caf::anon_send(receiver, std::move(message));
#endif
}

/// Sends `message` and hands the answer to `then`, or to `failed` the text of why none comes: the receiver is gone,
/// does not know the message, or answered with an error or another type.
template <class Answer, class Message, class Then, class Failed>
void ask(caf::event_based_actor* self, const caf::actor& receiver, Message message, Then then, Failed failed) {
  auto answered = [then = std::move(then)](const Answer& answer) { then(answer); };
#if WEIR_CAF_1
  self->mail(std::move(message))
      .request(receiver, caf::infinite)
      .then(std::move(answered),
            [failed = std::move(failed)](const caf::error& reason) { failed(caf::to_string(reason)); });
#else
  self->request(receiver, caf::infinite, std::move(message))
      .then(std::move(answered),
            [self, failed = std::move(failed)](const caf::error& reason) { failed(self->system().render(reason)); });
#endif
}

/// Why an actor ended, as text; `normal` for an end without error.
inline std::string reason_text(caf::event_based_actor* self, const caf::error& reason) {
  if (!reason)
    return "normal";
#if WEIR_CAF_1
  (void)self;
  return caf::to_string(reason);
#else
  return self->system().render(reason);
#endif
}

/// A promise to answer the message being handled with one value.
#if WEIR_CAF_1
template <class Answer>
using answer_promise = caf::typed_response_promise<Answer>;
#else
template <class Answer>
using answer_promise = caf::response_promise;
#endif
template <class Answer>
answer_promise<Answer> promise_answer(caf::event_based_actor* self) {
#if WEIR_CAF_1
  return self->make_response_promise<Answer>();
#else
  return self->make_response_promise();
#endif
}

/// Ends an actor from a plain thread.
inline void exit_from_outside(const caf::actor& receiver) {
  caf::anon_send_exit(receiver, caf::exit_reason::user_shutdown);
}

/// Who sent the message being handled.
inline caf::actor sender_of(caf::event_based_actor* self) {
  return caf::actor_cast<caf::actor>(self->current_sender());
}

/// Spawns an actor that runs `host`: `host->behavior(self)` gives its handlers. An exception or a message
/// that no handler takes goes to `on_error` instead of stderr; `on_exit` is called once, however it ends.
template <class Host>
caf::actor spawn_host(caf::actor_system& system, std::shared_ptr<Host> host, std::function<void(status)> on_error,
                      std::function<void()> on_exit) {
  auto run = [host = std::move(host), on_error = std::move(on_error),
              on_exit = std::move(on_exit)](caf::event_based_actor* self, int /*unused*/) {
    // The host lives as long as its actor.
    self->attach_functor([host, on_exit](const caf::error& /*reason*/) { on_exit(); });
    self->set_exception_handler([on_error](std::exception_ptr& error) -> caf::error {
      try {
        std::rethrow_exception(error);
      } catch (...) {
        on_error(current_exception_status(errc::internal, "an actor threw"));
      }
      return caf::exit_reason::unhandled_exception;
    });
    self->set_default_handler([on_error](caf::scheduled_actor*, const auto& /*message*/) -> caf::result<caf::message> {
      on_error(status{errc::internal, "an actor got a message that it does not know"});
      return caf::sec::unexpected_message;
    });
    return host->behavior(self);
  };
  // An argument, since CAF 0.17 dereferences a null pointer to the tuple of none.
  return system.spawn(std::move(run), 0);
}

}  // namespace weir::actors
