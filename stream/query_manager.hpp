#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <weir/columns/logging.hpp>
#include <weir/stream/listener.hpp>
#include <weir/stream/streaming_query.hpp>

namespace weir {

/// The queries of one engine (semantics section 12). Thread-safe.
class query_manager {
public:
  query_manager(bool own_threads, logger_ptr log);
  ~query_manager();

  /// The running queries.
  std::vector<streaming_query> active() const;
  /// A running query by its id.
  std::optional<streaming_query> get(const std::string& id) const;

  /// Blocks until any query has ended since the engine began or the last reset_terminated(). Throws the first
  /// failure, and keeps throwing it. On a deterministic engine it runs what there is to run, and returns.
  void await_any_termination() const;
  /// The same with a limit: false when none ended in time.
  bool await_any_termination(std::chrono::milliseconds timeout) const;
  void reset_terminated();

  void add_listener(std::shared_ptr<query_listener> listener);
  void remove_listener(const std::shared_ptr<query_listener>& listener);
  std::vector<std::shared_ptr<query_listener>> list_listeners() const;
  /// Waits until the listeners have been told of everything that has happened.
  void flush_listeners() const;

private:
  friend class engine;

  /// Throws analysis_error when an active query has the name.
  void reserve(const std::string& name);
  void release(const std::string& name);
  void add(const std::shared_ptr<streaming_query::core>& query);
  void ended(const std::string& run_id, const status& cause);
  void stop_all();
  /// Lets go of queries that have ended; not from their own threads.
  void reap();
  bool any_ended() const;
  /// On a deterministic engine: runs what there is to run.
  void drive() const;

  const bool own_threads_;
  std::unique_ptr<listener_bus> listeners_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<streaming_query::core>> active_;  ///< by run id
  std::vector<std::shared_ptr<streaming_query::core>> ended_;
  std::set<std::string> names_;
  bool some_ended_ = false;
  std::optional<query_error> failure_;
};

}  // namespace weir
