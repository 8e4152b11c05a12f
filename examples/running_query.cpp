#include "running_query.hpp"

#include <exception>
#include <iostream>
#include <memory>

namespace {

constexpr std::chrono::seconds longest_drain{5};

void run_until_stopped(const std::string& program, const weir::streaming_query& query, const stop_signals& signals) {
  while (query.is_active())
    if (signals.wait(std::chrono::milliseconds{20})) {
      if (!query.drain(longest_drain))
        std::cerr << program << ": stopped before all input was finished\n";
      break;
    }
  if (const auto error = query.exception())
    throw weir::query_error{*error};
}

}  // namespace

stop_signals::stop_signals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT: a closed stdout is an error of the sink's
}

bool stop_signals::wait(std::chrono::milliseconds time) const {
  const timespec limit{time.count() / 1000, (time.count() % 1000) * 1'000'000};
  return sigtimedwait(&set_, nullptr, &limit) > 0;
}

void progress_printer::on_progress(const weir::query_progress& progress) { std::cerr << progress.to_json() + "\n"; }

int run_query(const std::string& program, bool progress,
              const std::function<weir::streaming_query(weir::engine&)>& start) {
  const stop_signals signals;
  try {
    weir::engine engine;
    if (progress)
      engine.streams().add_listener(std::make_shared<progress_printer>());
    run_until_stopped(program, start(engine), signals);
    engine.streams().flush_listeners();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << '\n';
    return 1;
  }
}
