#pragma once

#include <weir/columns/row_codec.hpp>
#include <weir/sources/buffered_source.hpp>

namespace weir {

/// A buffered source of T's: call `emit` from `run`, or from any thread.
template <class T>
class typed_source : public buffered_source {
public:
  /// Hands over a row; waits for room. False: the query stops or has failed.
  bool emit(const T& row) { return put(row, true) == room::there; }
  /// The same without waiting: full, closed, or there when the row was taken.
  room put(const T& row, bool wait) {
    const auto free = room_for_row(wait);
    if (free != room::there)
      return free;
    const std::lock_guard lock{feed()};
    rows_.append(row);
    return added(1) ? room::there : room::closed;
  }

protected:
  explicit typed_source(buffer_options options = {}) : buffered_source{row_schema<T>(), options} {}

  result<std::shared_ptr<arrow::RecordBatch>> seal() final { return rows_.finish().arrow(); }

private:
  row_writer<T> rows_;
};

}  // namespace weir
