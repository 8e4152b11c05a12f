#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>

#include <weir/actors/actor_engine.hpp>
#include <weir/actors/execution_graph.hpp>
#include <weir/actors/query_monitor.hpp>
#include <weir/columns/error.hpp>

namespace weir {

/// A started query: the actors of its graph, its checkpoint, and the means to stop it. Thread-safe.
class running_query {
public:
  /// Opens the checkpoint (lock, plan, recovery) and spawns the actors; nothing runs before launch(). Errors
  /// are those of checkpoint::open(); what fails later ends the query and is in monitor().outcome().
  static result<std::shared_ptr<running_query>> make(std::shared_ptr<actor_engine> engine, execution_graph graph,
                                                     query_monitor::events events);

  /// Stops and waits for 10 s; see end_by().
  ~running_query();
  running_query(const running_query&) = delete;
  running_query& operator=(const running_query&) = delete;

  void launch();
  const std::string& id() const noexcept;
  const std::string& run_id() const noexcept;
  const execution_graph& graph() const noexcept;
  const query_monitor& monitor() const noexcept;

  /// Asks it to end now, like a crash but clean; wait with wait_ended().
  void request_stop();
  /// Asks it to take no more input, finish what the sources hold, and end; at `deadline` it stops.
  void request_drain(std::chrono::microseconds deadline);
  /// Stops and waits until `limit`; a call that has not returned by then is left behind. Idempotent.
  void end_by(std::chrono::steady_clock::time_point limit);
  bool wait_ended(std::chrono::microseconds timeout) const;
  void wait_ended() const;
  /// After an ended drain: everything was finished before the deadline.
  bool drained() const;
  /// Blocks until everything that was available has been committed, or the query ended.
  void process_all_available() const;
  /// The actors that have not ended, by name.
  std::set<std::string> busy() const;
  struct core;  ///< of its actors; defined in running_query.cpp

private:
  explicit running_query(std::unique_ptr<core> made);

  std::unique_ptr<core> core_;
};

/// A random version-4 UUID as text.
std::string random_uuid();

}  // namespace weir
