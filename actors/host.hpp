#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <weir/actors/messages.hpp>
#include <weir/actors/task_runner.hpp>
#include <weir/columns/logging.hpp>

namespace weir::actors {

/// What every host is told when it is made.
struct host_config {
  node_index node = 0;
  partition_id partition;
  std::string name;  ///< "<query>/<operator>/<partition>"
  caf::actor coordinator;
  bool own_threads = true;  ///< false: blocking calls run on the actor too (deterministic tests)
  logger_ptr log;
};

/// What the hosts of plain objects share: failing, stopping, timing. A host turns a failure into the
/// query's error once, and catches what user code throws.
class host {
public:
  host(const host&) = delete;
  host& operator=(const host&) = delete;

protected:
  host(host_config config, bool blocking)
      : config_{std::move(config)}, runner_{blocking && config_.own_threads, config_.name} {}
  ~host() = default;

  /// Calls `work` (returning status) where the object's calls run, then `then()` on the actor unless it failed.
  template <class Work, class Then>
  void run(Work work, Then then) {
    auto outcome = std::make_shared<status>();
    runner_.run(
        self_, [outcome, work = std::move(work)]() mutable { *outcome = guarded(work); },
        [this, outcome, then = std::move(then)]() mutable { follow(std::move(*outcome), then); });
  }
  /// The same for a call that an epoch makes: a failure names it, also one that was thrown.
  template <class Work, class Then>
  void run_in(epoch_id epoch, Work work, Then then) {
    run([epoch, work = std::move(work)]() mutable { return guarded(work).at_epoch(epoch.value); }, std::move(then));
  }
  /// The same at once on the actor, wherever the object's other calls run.
  template <class Work, class Then>
  void run_here_in(epoch_id epoch, Work work, Then then) {
    follow(guarded(work).at_epoch(epoch.value), then);
  }

  template <class Work>
  static status guarded(Work& work) {
    try {
      return work();
    } catch (...) {
      return current_exception_status(errc::user_function, "exception");
    }
  }

  template <class Then>
  void follow(status outcome, Then& then) {
    if (!outcome.ok())
      fail(std::move(outcome));
    else if (!failed_)
      then();
  }

  void fail(status cause) {
    if (std::exchange(failed_, true))
      return;
    tell(self_, config_.coordinator, messages::failed{std::move(cause).at_operator(config_.name)});
  }

  /// `close` releases the object; runs after the call that is under way.
  template <class Close>
  void shut_down(Close close) {
    if (std::exchange(closing_, true))
      return;
    failed_ = true;
    runner_.run(
        self_,
        [close = std::move(close)]() mutable {
          auto work = [&] {
            close();
            return status{};
          };
          (void)guarded(work);
        },
        [this] { self_->quit(); });
  }

  void leave() {
    runner_.abandon();
    self_->quit();
  }

  const host_config& config() const noexcept { return config_; }
  bool halted() const noexcept { return failed_; }
  caf::event_based_actor* self() const noexcept { return self_; }
  void attach(caf::event_based_actor* self) noexcept { self_ = self; }
  task_runner& runner() noexcept { return runner_; }

private:
  host_config config_;
  task_runner runner_;
  caf::event_based_actor* self_ = nullptr;
  bool failed_ = false;
  bool closing_ = false;
};

/// Adds the time of its life to `total`.
class stopwatch {
public:
  explicit stopwatch(std::chrono::nanoseconds& total) : total_{total} {}
  ~stopwatch() { total_ += std::chrono::steady_clock::now() - begin_; }
  stopwatch(const stopwatch&) = delete;
  stopwatch& operator=(const stopwatch&) = delete;

private:
  std::chrono::nanoseconds& total_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace weir::actors
