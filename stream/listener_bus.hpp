#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include <weir/columns/logging.hpp>
#include <weir/stream/listener.hpp>

namespace weir {

/// Hands events to the listeners, each from a bounded queue and a thread of its own.
class listener_bus {
public:
  /// `own_threads` false: listeners are called by whoever posts (deterministic tests). `patience`: so long the
  /// destructor waits for listeners that have not heard everything; one that hangs is left behind with its thread.
  listener_bus(bool own_threads, logger_ptr log, std::chrono::milliseconds patience = std::chrono::seconds{10});
  ~listener_bus();

  void add(std::shared_ptr<query_listener> listener);
  /// After it returns the listener is not called again, unless it is being called by this very thread.
  void remove(const std::shared_ptr<query_listener>& listener);
  std::vector<std::shared_ptr<query_listener>> list() const;

  void started(const query_started& event);
  void progress(const query_progress& progress);
  void idle(const query_idle& event);
  void terminated(const query_terminated& event);
  /// Waits until everything posted so far has been handed over.
  void flush();

private:
  class lane;
  void post(auto event);

  bool own_threads_;
  logger_ptr log_;
  std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<lane>> lanes_;
};

}  // namespace weir
