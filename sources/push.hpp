#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>

#include <weir/sources/buffered/shared_source.hpp>
#include <weir/sources/typed_source.hpp>

namespace weir::sources {

/// Whether a pushed row was taken.
using push_result = buffered_source::room;

/// Hands rows of a host to a query; thread-safe, copies share one query. Before the query has started, while it drains
/// and after it has ended, nothing is taken. A row that was taken is in the query: spooled when that has a
/// checkpoint, and processed by a drain that begins later. Rows of one thread stay in order.
template <class T>
class push_handle {
public:
  /// Without waiting: `there` when it was taken, `full` when the buffer is, `closed` when no query takes rows.
  push_result try_push(const T& row) const {
    const auto to = target();
    return to ? to->put(row, false) : push_result::closed;
  }
  /// Waits for room. False: no query takes rows (any more).
  bool push(const T& row) const {
    const auto to = target();
    return to && to->put(row, true) == push_result::there;
  }

  /// As many of the rows as fit without waiting, from the first on; gives how many. Cheaper than row by row, above all
  /// with a checkpoint. Fewer than there are: the buffer is full, or, where closed() is true then, no query takes rows.
  std::size_t try_push(std::span<const T> rows) const {
    const auto to = target();
    return to ? to->put(rows, false) : 0;
  }
  /// All the rows in order, waiting for room; gives how many were taken: fewer only when no query takes rows (any
  /// more).
  std::size_t push(std::span<const T> rows) const {
    const auto to = target();
    return to ? to->put(rows, true) : 0;
  }

  /// The same for the rows of a record batch, of which only columns in another layout than weir's are copied (see
  /// import_rows). Errors: type_mismatch when its columns are not those of T in order; none of its rows was taken then.
  result<std::int64_t> try_push_batch(const std::shared_ptr<arrow::RecordBatch>& rows) const {
    return put_batch(rows, false);
  }
  result<std::int64_t> push_batch(const std::shared_ptr<arrow::RecordBatch>& rows) const {
    return put_batch(rows, true);
  }

  /// No more rows come from this host, for ever. The query processes what it was given and then idles, as after an
  /// orderly end of a socket: other inputs go on and timeouts fire. `query.drain(limit)` ends it when that is
  /// wanted, and needs no close() before.
  void close() const {
    const std::lock_guard lock{shared_->mutex};
    shared_->closed = true;
  }
  /// True while no query takes rows: before it starts, from the begin of its end on, and after close().
  bool closed() const {
    const auto to = target();
    return !to || to->closed();
  }

private:
  template <class>
  friend struct push;
  struct shared {
    std::mutex mutex;
    std::weak_ptr<typed_source<T>> target;
    bool closed = false;
  };

  std::shared_ptr<typed_source<T>> target() const {
    const std::lock_guard lock{shared_->mutex};
    return shared_->closed ? nullptr : shared_->target.lock();
  }
  result<std::int64_t> put_batch(const std::shared_ptr<arrow::RecordBatch>& rows, bool wait) const {
    WEIR_ASSIGN(const auto fitting, fitting_batch(row_schema<T>(), rows));
    const auto to = target();
    return to ? to->put(*fitting, wait) : 0;
  }

  std::shared_ptr<shared> shared_ = std::make_shared<shared>();
};

/// Rows that the host pushes: `sources::push<T>{.handle = handle}`, where `handle` is a push_handle<T>. With a
/// checkpoint they are spooled. A full buffer makes push() wait, so the host feels the query's speed.
template <class T>
struct push {
  using row_type = T;

  push_handle<T> handle = {};
  std::int64_t buffer_rows = buffer_options{}.rows;
  std::int64_t buffer_bytes = buffer_options{}.bytes;

  result<std::unique_ptr<source>> open() const {
    const buffer_options options{buffer_rows, buffer_bytes};
    WEIR_TRY(check_buffer(kind(), options));
    return std::unique_ptr<source>{std::make_unique<pushed_source>(handle, options)};
  }
  std::string kind() const { return "push"; }
  schema output_schema() const { return row_schema<T>(); }

private:
  /// Takes rows from its start to its stop; the handle does not keep it alive past that.
  class target : public typed_source<T> {
  public:
    explicit target(buffer_options options) : typed_source<T>{options} {}
    std::string description() const override { return "push"; }
  };

  class pushed_source : public shared_source {
  public:
    pushed_source(push_handle<T> handle, buffer_options options)
        : pushed_source{std::move(handle), std::make_shared<target>(options)} {}

  private:
    pushed_source(push_handle<T> handle, std::shared_ptr<target> buffer)
        : shared_source{buffer}, handle_{std::move(handle)}, target_{std::move(buffer)} {}

    status attach() override {
      const std::lock_guard lock{handle_.shared_->mutex};
      handle_.shared_->target = target_;
      return {};
    }
    void detach() override {
      const std::lock_guard lock{handle_.shared_->mutex};
      handle_.shared_->target.reset();
    }

    push_handle<T> handle_;
    std::shared_ptr<target> target_;
  };
};

}  // namespace weir::sources
