#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <string>

#include <weir/stream/engine.hpp>

/// SIGINT and SIGTERM, taken by whoever waits for them instead of by a handler. Made before any thread starts, so that
/// all threads leave the signals to it.
class stop_signals {
public:
  stop_signals();
  /// True when one came within `time`.
  bool wait(std::chrono::milliseconds time) const;

private:
  sigset_t set_{};
};

/// Prints a line of JSON on stderr for each epoch.
class progress_printer : public weir::query_listener {
public:
  void on_progress(const weir::query_progress& progress) override;
};

/// What a program does with its query: starts it, lets it run until it ends or SIGINT or SIGTERM comes, then drains it.
/// Returns the program's exit code: 1 for a query that was refused or failed, said on stderr after `program`.
int run_query(const std::string& program, bool progress,
              const std::function<weir::streaming_query(weir::engine&)>& start);
