#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <weir/sinks/queue/row_queue.hpp>
#include <weir/sinks/typed_sink.hpp>

namespace weir {

/// The receiving end of a `queue` sink: a host takes a query's committed rows from it, in order, when it likes.
/// Thread-safe; copies are the same queue. Rows that an ended query left can still be taken, and a query that is
/// started anew with the same handle goes on with it.
template <class T>
class queue_handle {
  static_assert(owns_its_data<T>, "weir: a queue's rows must own their data: no std::string_view, members included");

public:
  struct entry {
    epoch_id epoch;  ///< a row that comes again after a crash has the same
    T row;
  };

  /// The next row; waits for one, also for a query that has not started yet. Nothing: the query has ended, and all
  /// its rows were taken; error() says why.
  std::optional<entry> pop() const { return decoded(rows_->pop(std::nullopt)); }
  /// The next row if there is one now.
  std::optional<entry> try_pop() const { return decoded(rows_->pop(std::chrono::nanoseconds{0})); }
  /// The same as pop(), but waits no longer than `limit`.
  std::optional<entry> pop_for(std::chrono::nanoseconds limit) const { return decoded(rows_->pop(limit)); }

  /// Rows that can be taken now.
  std::int64_t size() const { return rows_->size(); }
  /// True when the query has ended and all its rows were taken.
  bool closed() const { return rows_->closed(); }
  /// What ended the query; ok while it runs and after a clean end.
  status error() const { return rows_->error(); }

  const std::shared_ptr<row_queue>& rows() const noexcept { return rows_; }

private:
  static std::optional<entry> decoded(const std::optional<row_queue::item>& taken) {
    if (!taken)
      return std::nullopt;
    return entry{taken->epoch, static_cast<const row_reader<T>*>(taken->reader.get())->read(taken->row)};
  }

  std::shared_ptr<row_queue> rows_ = std::make_shared<row_queue>();
};

namespace sinks {

/// Puts committed rows into a queue: `sinks::queue<T>{.handle = handle}`, where `handle` is a queue_handle<T>. Bounded:
/// an epoch's rows enter together once fewer than `capacity` wait, and until then its commit waits, so a slow host
/// slows the query, which holds an epoch and `capacity` rows at most for it. Stopping the query does not wait for the
/// host: an epoch that has not entered then is not committed. At-least-once: after a crash the last epochs come again,
/// with the same ids and rows; in one process, a handle that has an epoch of a durable query does not take it twice.
/// One query at a time uses a handle. Not for deterministic engines, where nobody could take rows while a commit waits.
template <class T>
struct queue {
  queue_handle<T> handle = {};
  std::int64_t capacity = std::int64_t{64} * 1024;  ///< rows

  result<std::unique_ptr<sink>> open() const {
    if (capacity <= 0)
      return status{errc::invalid_argument,
                    "queue: capacity is " + std::to_string(capacity) + "; it must be a positive number of rows"};
    return std::unique_ptr<sink>{std::make_unique<queue_sink>(handle.rows(), capacity)};
  }
  std::string kind() const { return "queue"; }

private:
  class queue_sink : public typed_sink<T> {
  public:
    queue_sink(std::shared_ptr<row_queue> rows, std::int64_t capacity) : rows_{std::move(rows)}, capacity_{capacity} {}
    ~queue_sink() override { close(); }

    status start(const sink_context& context) override {
      WEIR_TRY(typed_sink<T>::start(context));
      const std::lock_guard lock{mutex_};
      WEIR_TRY(rows_->attach(context.query_id));
      attached_ = true;
      if (ended_)
        rows_->end_waits(*ended_);
      return {};
    }
    /// A checkpoint that is older than what the handle has is refused instead of its epochs being taken for old ones.
    result<std::optional<epoch_id>> last_committed() override { return rows_->newest(); }
    status commit_rows(epoch_id epoch, std::span<const batch> rows) override {
      std::vector<row_queue::piece> pieces;
      for (const auto& one : rows)
        pieces.push_back({std::make_shared<row_reader<T>>(one), one.num_rows()});
      return rows_->put(epoch, std::move(pieces), capacity_);
    }
    void ending(const status& cause) override {
      const std::lock_guard lock{mutex_};
      ended_ = cause;  // may come while start() runs
      if (attached_)
        rows_->end_waits(cause);
    }
    void stop() override { close(); }
    std::map<std::string, std::string> metrics() const override {
      return {{"queuedRows", std::to_string(rows_->size())}};
    }
    std::string description() const override { return "queue"; }

  private:
    void close() {
      const std::lock_guard lock{mutex_};
      if (std::exchange(attached_, false))
        rows_->detach();
    }

    std::shared_ptr<row_queue> rows_;
    std::int64_t capacity_;
    std::mutex mutex_;
    bool attached_ = false;
    std::optional<status> ended_;
  };
};

}  // namespace sinks

}  // namespace weir
