#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <weir/actors/caf.hpp>

namespace weir::actors {

/// Runs the calls of one plain object, one at a time and in order: at once on the actor, or on a thread
/// of its own where they may block. Only the actor calls it. The thread only sends messages; it can be
/// left behind when a call never returns, and then nothing it does reaches the query.
class task_runner {
public:
  /// `own_thread`: calls may block. The thread is named after `name` (15 characters are shown).
  task_runner(bool own_thread, std::string name);
  ~task_runner();
  task_runner(const task_runner&) = delete;
  task_runner& operator=(const task_runner&) = delete;

  bool own_thread() const noexcept { return core_ != nullptr; }

  /// Runs `work`, then `then` on the actor. Without an own thread both before it returns.
  template <class Work, class Then>
  void run(caf::event_based_actor* self, Work work, Then then) {
    if (!own_thread()) {
      work();
      then();
      return;
    }
    post(caf::actor_cast<caf::actor>(self), std::function<void()>{std::move(work)},
         std::function<void()>{std::move(then)});
  }

  /// Ends the thread once its current call returns; waits for it only when `idle` is known.
  void finish();
  /// Leaves a hanging thread behind.
  void abandon();

private:
  struct core;
  void post(caf::actor self, std::function<void()> work, std::function<void()> then);

  std::shared_ptr<core> core_;
};

}  // namespace weir::actors
