#include <weir/actors/actor_engine.hpp>

#include <chrono>
#include <optional>
#include <thread>

#include <weir/actors/caf.hpp>

namespace weir {

struct actor_engine::core {
  // Own configuration: CAF's defaults poll on every worker, and read argv and files.
  std::unique_ptr<caf::actor_system_config> config;
  std::unique_ptr<caf::actor_system> own;
  caf::actor_system* system = nullptr;
  caf::scheduler::test_coordinator* hand_driven = nullptr;
};

std::shared_ptr<actor_engine> actor_engine::make(options settings) {
  auto made = std::make_unique<core>();
  made->config = std::make_unique<caf::actor_system_config>();
  auto workers = settings.threads;
  if (workers == 0)
    workers = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  if (settings.deterministic) {
    made->config->set("scheduler.policy", caf::atom("testing"));
  } else {
    made->config->set("scheduler.policy", caf::atom("sharing"));
    made->config->set("scheduler.max-threads", workers);
  }
  made->config->set("logger.verbosity", caf::atom("quiet"));
  made->own = std::make_unique<caf::actor_system>(*made->config);
  made->system = made->own.get();
  if (settings.deterministic)
    made->hand_driven = &dynamic_cast<caf::scheduler::test_coordinator&>(made->system->scheduler());
  return std::shared_ptr<actor_engine>{new actor_engine{std::move(made)}};
}

std::shared_ptr<actor_engine> actor_engine::lend(caf::actor_system& host) {
  auto made = std::make_unique<core>();
  made->system = &host;
  return std::shared_ptr<actor_engine>{new actor_engine{std::move(made)}};
}

actor_engine::actor_engine(std::unique_ptr<core> made) : core_{std::move(made)} {}

actor_engine::~actor_engine() = default;

caf::actor_system& actor_engine::system() const noexcept { return *core_->system; }

bool actor_engine::deterministic() const noexcept { return core_->hand_driven != nullptr; }

bool actor_engine::drive(const std::function<bool()>& done) const {
  // A thread of a source's own (one that watches a directory) may be between an actor's mailbox and the scheduler:
  // then the actor is about to run although none seems to be there.
  constexpr std::chrono::milliseconds patience{50};
  std::optional<std::chrono::steady_clock::time_point> limit;
  for (;;) {
    while (core_->hand_driven->try_run_once()) {
    }
    if (done())
      return true;
    const auto now = std::chrono::steady_clock::now();
    if (!limit)
      limit = now + patience;
    else if (now >= *limit)
      return false;
    std::this_thread::yield();
  }
}

void actor_engine::leave_running() noexcept {
  (void)core_->own.release();
  (void)core_->config.release();
}

}  // namespace weir
