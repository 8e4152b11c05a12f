#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include <weir/sources/buffered/row_buffer.hpp>
#include <weir/sources/source.hpp>

namespace weir {

class spool;

/// How much a push source holds between its input and the query. Rows count until an epoch that took
/// them is durable. When it is full the input waits; nothing is dropped.
struct buffer_options {
  std::int64_t rows = 256 * 1024;
  std::int64_t bytes = std::int64_t{64} << 20;
};

/// Errors: invalid_argument, naming the option.
status check_buffer(std::string_view kind, const buffer_options& options);

/// A record batch as one of `expected`: its columns must have these names, in order, types that fit (see import_rows),
/// and nulls only where they may be. Only columns in another layout are copied. Errors: invalid_argument for null,
/// type_mismatch naming what differs.
result<std::shared_ptr<arrow::RecordBatch>> fitting_batch(const schema& expected,
                                                          const std::shared_ptr<arrow::RecordBatch>& rows);

/// A positive option: errors as invalid_argument naming connector, option, value and what is allowed.
status check_positive(std::string_view kind, std::string_view option, std::int64_t value);

/// The base of sources whose input comes when it wants (sockets, generators, callbacks). Write `run`, which
/// reads the input on the source's own thread and hands over rows by `append` (or `typed_source<T>::emit`):
/// numbering, back-pressure, the spool, offsets and commits are done here. The offset is the number of the last
/// row, as in "41"; "-1" at first. With a checkpoint rows are spooled before they are offered.
class buffered_source : public source {
public:
  /// Whether a row was, or can be, taken.
  enum class room : unsigned char { there, full, closed };

  ~buffered_source() override;
  buffered_source(const buffered_source&) = delete;
  buffered_source& operator=(const buffered_source&) = delete;

  weir::schema schema() const final { return schema_; }
  result<offset> latest_offset(const offset& start, const read_limit& limit) final;
  status get_batch(const offset& start, const offset& end, collector& out) final;
  status start(const source_context& context) final;
  status commit(const offset& end) final;
  void stop() final;
  void drain() final;
  std::map<std::string, std::string> metrics() const override;
  /// Rows in the spool come again after a restart of the process.
  bool replayable() const final { return spool_ != nullptr; }
  bool prepare_for_available_now() final;
  bool blocking() const final { return false; }
  /// True once stop or drain was called or the source has failed.
  bool closed() const;

protected:
  explicit buffered_source(weir::schema columns, buffer_options options = {});

  /// Reads the input until `stop` is requested or it ends; must return soon after a request. An error or an
  /// exception ends the query. The default returns at once: rows come from other threads.
  virtual status run(std::stop_token stop);
  /// Called once at the end of a stop or drain request, before the thread is joined: interrupt waits here.
  virtual void interrupt() {}
  /// The rows added since the last call, where a subclass gathers them; called with the feed locked.
  virtual result<std::shared_ptr<arrow::RecordBatch>> seal();

  /// Hands over rows of the schema, any number; waits for room. False: the query stops or has failed.
  bool append(std::shared_ptr<arrow::RecordBatch> rows);
  /// Rows of the schema from `first` on, from another thread than run()'s: gives how many were taken, with `wait` fewer
  /// only when the source closes. Unlike append() it keeps the bound, and takes none once the source drains.
  std::int64_t append_some(const arrow::RecordBatch& rows, std::int64_t first, bool wait);
  /// Called after a commit has made room for rows.
  virtual void room_made() {}
  /// The number of the next row, for messages.
  std::int64_t next_row() const;
  const source_context& context() const noexcept { return context_; }
  /// Ends the query with this error.
  void fail(status cause);

  /// Whether a row may be added; with `wait` returns only `there` or `closed`.
  room room_for_row(bool wait);
  /// With the feed locked: how many rows from outside of run() fit now; none: closed, or about to be.
  std::optional<std::int64_t> free_rows() const;
  /// Guards what `seal` takes; lock it around adding rows.
  std::mutex& feed() noexcept { return feed_; }
  /// With the feed locked, after `count` rows were added to what `seal` takes: makes them visible.
  bool added(std::int64_t count);

private:
  bool has_room() const;
  bool store(std::shared_ptr<arrow::RecordBatch> rows);
  bool seal_open();
  void signal();
  void end_input(bool discard);

  const weir::schema schema_;
  const buffer_options options_;
  source_context context_;

  std::mutex feed_;  // one appender at a time; taken before mutex_
  std::unique_ptr<spool> spool_;
  std::atomic<std::int64_t> open_rows_ = 0;
  std::int64_t seal_at_ = 64;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  row_buffer buffer_;
  std::int64_t committed_ = -1;
  std::int64_t target_ = -1;
  bool frozen_ = false;
  bool draining_ = false;
  bool closed_ = false;
  bool waiting_ = false;
  status failure_;

  std::mutex signals_;  // no callback is under way or begun once silent_ is set
  bool silent_ = true;
  std::jthread thread_;
};

}  // namespace weir
