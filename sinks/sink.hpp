#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <weir/columns/batch.hpp>
#include <weir/columns/epoch.hpp>
#include <weir/columns/logging.hpp>
#include <weir/state/clock.hpp>
#include <weir/state/storage.hpp>

namespace weir {

enum class delivery : unsigned char { at_least_once, exactly_once };

/// How durable "durable" is: fdatasync (survives a power cut), or the operating system's cache
/// (survives a crash of the process).
enum class durability : unsigned char { fsync, os_cache };

/// What a sink needs to make an epoch visible: written into the epoch's record, given back at commit.
/// Bytes of the sink's own choice; empty is fine.
struct token {
  std::string bytes;
};

struct pending_commit {
  epoch_id epoch;
  weir::token token;
};

/// What a sink is given at start.
struct sink_context {
  std::string name;      ///< the sink's name in the query, unique, stable over restarts
  std::string query_id;  ///< UUID text; persists over restarts when there is a checkpoint
  weir::schema columns;  ///< of the rows it will get
  output_mode mode = output_mode::append;
  std::shared_ptr<storage> files;
  std::shared_ptr<clock> time;
  logger_ptr log;
  /// Ends the query with this error; thread-safe. For failures outside of a call.
  std::function<void(status)> fail;
  /// Has the host make this call between two others of the sink's, as if it were one of them, while the query runs; an
  /// error ends the query. Thread-safe, never waits: for what an alarm of `time` is to do.
  std::function<void(std::function<status()>)> call_later;
  bool durable = false;  ///< there is a checkpoint: tokens must carry what a restart needs
  weir::durability durability = weir::durability::fsync;
};

/// A sink takes part in two phases: rows of an epoch are staged, and committed once the epoch's record
/// is durable. One host drives it, one call at a time (but see stages_in_memory()); epochs begin and commit in order,
/// but epoch N+1 may be staged before N is committed.
class sink {
public:
  virtual ~sink() = default;

  /// Takes rows of the epoch; nothing may become visible yet.
  virtual status stage(epoch_id epoch, const batch& rows) = 0;
  /// Makes the epoch visible at once, as durable as the context asked; repeatable: an epoch that is
  /// committed already is left alone. After a crash the token may come from an earlier process.
  virtual status commit(epoch_id epoch, const token& staged) = 0;

  virtual status start(const sink_context& context);
  /// Called before the first stage of an epoch.
  virtual status begin(epoch_id epoch, output_mode mode);
  /// After the last stage: what commit will need (synced where it names files). No more rows come for this epoch.
  virtual result<token> prepare(epoch_id epoch);
  /// The epoch will not happen; drop what was staged for it. Best effort.
  virtual void abort(epoch_id epoch);
  /// Once after start and before the first epoch, also when empty: tokens still to be committed, in
  /// order; commit() is called for each next. Leftovers of other epochs are to be removed here.
  virtual status recover(std::span<const pending_commit> pending);
  /// The newest epoch of this query that the sink knows to be committed, if it can tell.
  virtual result<std::optional<epoch_id>> last_committed();
  /// The query ends, with this cause (ok: it was stopped, or is done). Called once before stop(), by another thread
  /// than the one that may be in a call: a call that waits for the outside must return soon (errc::stopped), so
  /// that a query can always be stopped at once.
  virtual void ending(const status& cause);
  /// Releases threads and files; called once, also after an error.
  virtual void stop();
  virtual bool supports(output_mode mode) const;
  /// True when a row replaces an earlier one with the same key.
  virtual bool keyed() const;
  /// Asked before the query starts: an error when the sink can do nothing with rows of these columns.
  virtual status accepts(const schema& columns) const;
  virtual delivery guarantee() const;
  /// True when calls may block (I/O, a user's function): the host then gives the sink a thread of its own.
  virtual bool blocking() const;
  /// True when begin(), stage() and prepare() only touch memory and may run on another thread than the other calls,
  /// also during one: a blocking sink's host then spares an epoch two ways to the sink's thread and back.
  virtual bool stages_in_memory() const;
  virtual std::map<std::string, std::string> metrics() const;
  /// One line for progress and explain(): "console", "jsonl out/".
  virtual std::string description() const = 0;
};

/// Base of sinks that want an epoch's rows in one call at commit. Keeps staged rows in memory and puts
/// them into the token (Arrow IPC) when the query is durable, so a restart can repeat them.
class row_sink : public sink {
public:
  status start(const sink_context& context) override;
  status stage(epoch_id epoch, const batch& rows) final;
  status begin(epoch_id epoch, output_mode mode) final;
  result<token> prepare(epoch_id epoch) final;
  status commit(epoch_id epoch, const token& staged) final;
  void abort(epoch_id epoch) final;
  bool stages_in_memory() const final;

  /// All rows of the epoch; called once an epoch in order, again after a crash with the same rows.
  virtual status commit_rows(epoch_id epoch, std::span<const batch> rows) = 0;

protected:
  const sink_context& context() const noexcept { return context_; }

private:
  sink_context context_;
  std::mutex mutex_;
  std::map<epoch_id, std::vector<batch>> staged_;
};

/// What `start` accepts: an options aggregate that opens a sink. `open` validates options and does no I/O.
template <class D>
concept sink_description = std::copy_constructible<D> && requires(const D& description) {
  { description.open() } -> std::same_as<result<std::unique_ptr<sink>>>;
  { description.kind() } -> std::convertible_to<std::string>;
};

}  // namespace weir
