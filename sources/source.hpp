#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/columns/batch.hpp>
#include <weir/columns/epoch.hpp>
#include <weir/columns/logging.hpp>
#include <weir/state/clock.hpp>
#include <weir/state/storage.hpp>

namespace weir {

/// How much one epoch may take; a limit that a source does not know is ignored (S04). All unset means
/// everything there is (trigger `once`).
struct read_limit {
  std::optional<std::int64_t> rows = {};
  std::optional<std::int64_t> files = {};
  std::optional<std::int64_t> bytes = {};
  bool unlimited() const noexcept { return !rows && !files && !bytes; }
};

/// What a source is given at start.
struct source_context {
  std::string name;                ///< the source's name in the query, unique, stable over restarts
  std::shared_ptr<storage> files;  ///< for everything under `directory`
  std::string directory;  ///< the source's own directory in the checkpoint, existing; empty without a checkpoint
  std::optional<offset> last_offset;  ///< the end offset of the last logged epoch; none for a new query
  /// All there is is read once, beside the queries that may read it as a stream: nothing is committed.
  bool bounded = false;
  std::shared_ptr<clock> time;
  std::uint64_t seed = 0;
  logger_ptr log;
  /// Tells the query that rows may be there; thread-safe, cheap, may be called from any thread and any
  /// number of times, also before the query polls for the first time.
  std::function<void()> data_available;
  /// Ends the query with this error; thread-safe. For failures outside of a call (a reader thread).
  std::function<void(status)> fail;
};

/// A source of rows: a plain object that one host drives, one call at a time. Offsets grow; rows are
/// addressed by them, so an epoch is a range (start, end]. Semantics section 15.
///
/// The two calls `latest_offset` and `get_batch` may be made for a new range before `commit` of an
/// older one (epochs overlap). Everything after the last committed offset can be read again.
class source {
public:
  virtual ~source() = default;

  virtual weir::schema schema() const = 0;
  /// Up to where an epoch that begins at `start` may go within `limit`; `start` itself when nothing is there.
  /// `start` is `initial_offset()`, or the end of the newest planned epoch.
  virtual result<offset> latest_offset(const offset& start, const read_limit& limit) = 0;
  /// Gives the rows in (start, end], in order, in batches of a few thousand rows at the most 1 MiB of text each
  /// (larger only for a single row). An error returned here ends the query.
  virtual status get_batch(const offset& start, const offset& end, collector& out) = 0;

  /// Called once before anything else; opens connections, recovers spools.
  virtual status start(const source_context& context);
  /// Where a new query begins. Stable over restarts (S09).
  virtual result<offset> initial_offset();
  /// Rows up to `end` will not be asked for again: an epoch that took them is durable. May repeat.
  virtual status commit(const offset& end);
  /// Releases threads, sockets and files; called once, also after an error. No callback is made after it returns.
  virtual void stop();
  /// Stops taking in new rows (closes the listening side) but keeps those it holds readable.
  virtual void drain();
  /// For progress: names and values, as in {"spooled", "false"} (S06).
  virtual std::map<std::string, std::string> metrics() const;
  /// True when get_batch gives the same rows again after a restart of the process.
  virtual bool replayable() const;
  /// Freezes the target of an available-now run: later latest_offset calls never pass what is there now.
  /// False: the source cannot; the query then runs a single epoch (T06). Called once, after start.
  virtual bool prepare_for_available_now();
  /// True when calls may block on I/O: the host then gives the source a thread of its own.
  virtual bool blocking() const;
  /// What a checkpoint records of the source and compares at a restart: a setting that was recorded and is given
  /// again must be the same.
  virtual std::map<std::string, std::string> fixed_settings() const;
  /// One line for progress and explain(): "socket 127.0.0.1:9999".
  virtual std::string description() const = 0;
};

/// What a description may use to find out which columns its source has.
struct describe_context {
  std::shared_ptr<storage> files;
  std::shared_ptr<clock> time;
  logger_ptr log;
};

/// A description that knows its columns without looking.
template <class D>
concept described_source = requires(const D& description) {
  { description.open() } -> std::same_as<result<std::unique_ptr<source>>>;
  { description.output_schema() } -> std::same_as<weir::schema>;
};

/// A description that looks where its rows are, as for the columns of a file: `describe` may do I/O and is called once,
/// where the plan is composed; `open` gets the columns that it found.
template <class D>
concept looking_source = requires(const D& description, const describe_context& context, const weir::schema& found) {
  { description.describe(context) } -> std::same_as<result<weir::schema>>;
  { description.open(found) } -> std::same_as<result<std::unique_ptr<source>>>;
};

/// What `read_stream` accepts: an options aggregate that opens a source. `open` validates options
/// (errc::invalid_argument naming option, value and what is allowed) and does no I/O; `kind()` is the
/// connector's name, as in "socket"; the columns come from `output_schema()`, or from `describe(context)`.
///
/// With `D with_columns(std::vector<std::string> names) const` a description gives itself for these of its columns
/// alone, in the order they had, so that others need not be read. A source whose rows can end says so with
/// `static constexpr bool bounded = true`; only such a one can be read with `engine::read`.
template <class D>
concept source_description =
    std::copy_constructible<D> && (described_source<D> || looking_source<D>)&&requires(const D& description) {
      { description.kind() } -> std::convertible_to<std::string>;
    };

/// A description that can leave columns out.
template <class D>
concept narrowing_source = source_description<D> && requires(const D& description, std::vector<std::string> names) {
  { description.with_columns(names) } -> std::same_as<D>;
};

/// A source that can be read to its end.
template <class D>
concept bounded_source_description = source_description<D> && requires { requires D::bounded; };

}  // namespace weir
