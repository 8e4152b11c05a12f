#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace caf {
class actor_system;
}

namespace weir {

/// The actor system that queries run on: weir's own, or one that the host lends.
class actor_engine {
public:
  struct options {
    std::size_t threads = 0;     ///< scheduler workers; 0: as many as cores
    bool deterministic = false;  ///< no threads at all: messages are handled by drive(), in a fixed order
  };

  /// Starts an actor system of weir's own.
  static std::shared_ptr<actor_engine> make(options settings);
  /// Runs inside `host`, which must outlive every query.
  static std::shared_ptr<actor_engine> lend(caf::actor_system& host);

  ~actor_engine();
  actor_engine(const actor_engine&) = delete;
  actor_engine& operator=(const actor_engine&) = delete;

  caf::actor_system& system() const noexcept;
  bool deterministic() const noexcept;
  /// Deterministic only: handles messages until none is left; gives what `done` says then.
  bool drive(const std::function<bool()>& done) const;
  /// A query left a hanging call behind on the scheduler: the actor system must not be waited for.
  void leave_running() noexcept;

private:
  struct core;
  explicit actor_engine(std::unique_ptr<core> made);

  std::unique_ptr<core> core_;
};

}  // namespace weir
