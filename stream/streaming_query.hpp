#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <weir/actors/progress.hpp>
#include <weir/stream/errors.hpp>

namespace weir {

class running_query;
class listener_bus;

/// A handle of a started query (semantics section 11). Copyable; all copies are the same query, which
/// goes on when the last handle is gone, until its engine ends. Thread-safe. Everything can still be
/// read after the query has ended.
class streaming_query {
public:
  struct core;
  explicit streaming_query(std::shared_ptr<core> of) : core_{std::move(of)} {}

  /// UUID text that persists in the checkpoint.
  const std::string& id() const noexcept;
  /// UUID text of this start.
  const std::string& run_id() const noexcept;
  /// The query's name, where one was given.
  std::optional<std::string> name() const;
  bool is_active() const;
  query_status status() const;
  /// Of the newest executed epoch or idle report; none before the first.
  std::optional<query_progress> last_progress() const;
  /// The newest 100, oldest first.
  std::vector<query_progress> recent_progress() const;
  /// Why it failed; none while it runs and after a clean end.
  std::optional<query_error> exception() const;

  /// Blocks until the query ends; throws query_error if it failed, every time it is called.
  void await_termination() const;
  /// The same with a limit (> 0): true when it ended in time. Throws if it failed.
  bool await_termination(std::chrono::milliseconds timeout) const;
  /// Blocks until all that is available now was committed; for tests. Throws if the query fails.
  void process_all_available() const;

  /// Ends the query now: epochs that are not durable yet are dropped, as in a crash, and all sockets, threads
  /// and files are released. Idempotent.
  void stop() const;
  /// The same with a limit: false when something hangs; busy() then names it. What it still does is discarded.
  bool stop(std::chrono::milliseconds timeout) const;
  /// Takes no more input, finishes what the sources hold, and ends; at the deadline it stops. True when all was
  /// finished in time, or the query's trigger (once, available-now) is complete. Throws if the query fails.
  bool drain(std::chrono::milliseconds deadline) const;
  /// The operators that have not ended, as "<query>/<operator>/<partition>".
  std::set<std::string> busy() const;

  /// The graph as it runs: operators, guarantees, settings.
  std::string explain() const;

private:
  std::shared_ptr<core> core_;
};

}  // namespace weir
