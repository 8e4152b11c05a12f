#include <weir/actors/task_runner.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <pthread.h>

#include <weir/actors/messages.hpp>

namespace weir::actors {

struct task_runner::core {
  struct task {
    caf::actor self;
    std::function<void()> work;
    std::function<void()> then;
  };

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<task> tasks;
  caf::actor current;  ///< whom the running call answers; held here so that abandon() can let go of it
  bool closing = false;
  bool abandoned = false;
  std::thread thread;

  static void loop(const std::shared_ptr<core>& shared) {
    for (;;) {
      task next;
      {
        std::unique_lock lock{shared->mutex};
        shared->wake.wait(lock, [&] { return shared->closing || !shared->tasks.empty(); });
        if (shared->abandoned || shared->tasks.empty())
          return;
        next = std::move(shared->tasks.front());
        shared->tasks.pop_front();
        shared->current = std::move(next.self);
      }
      next.work();
      next.work = nullptr;
      // Sent under the lock: once abandon() returns, the actor system may be gone.
      const std::lock_guard lock{shared->mutex};
      if (shared->abandoned)
        return;
      tell_from_outside(shared->current, messages::proceed{std::move(next.then)});
      shared->current = nullptr;
    }
  }
};

task_runner::task_runner(bool own_thread, std::string name) {
  if (!own_thread)
    return;
  core_ = std::make_shared<core>();
  core_->thread = std::thread{[shared = core_] { core::loop(shared); }};
  name.resize(std::min<std::size_t>(name.size(), 15));
  pthread_setname_np(core_->thread.native_handle(), name.c_str());
}

task_runner::~task_runner() { finish(); }

void task_runner::post(caf::actor self, std::function<void()> work, std::function<void()> then) {
  {
    const std::lock_guard lock{core_->mutex};
    core_->tasks.push_back({std::move(self), std::move(work), std::move(then)});
  }
  core_->wake.notify_one();  // not under the lock, which the thread would run into at once
}

void task_runner::finish() {
  if (!core_ || !core_->thread.joinable())
    return;
  {
    const std::lock_guard lock{core_->mutex};
    core_->closing = true;
    core_->wake.notify_one();
  }
  core_->thread.join();
}

void task_runner::abandon() {
  if (!core_ || !core_->thread.joinable())
    return;
  {
    const std::lock_guard lock{core_->mutex};
    core_->closing = true;
    core_->abandoned = true;
    core_->tasks.clear();
    core_->current = nullptr;
    core_->wake.notify_one();
  }
  core_->thread.detach();
}

}  // namespace weir::actors
