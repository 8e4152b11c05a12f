#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <weir/columns/row_codec.hpp>
#include <weir/sources/buffered_source.hpp>

namespace weir {

/// A buffered source of T's: call `emit` from `run`, or `put` from any thread.
template <class T>
class typed_source : public buffered_source {
public:
  /// Hands over a row that `run` has read; waits for room. False: the query stops or has failed.
  bool emit(const T& row) {
    if (room_for_row(true) != room::there)
      return false;
    const std::lock_guard lock{feed()};
    rows_.append(row);
    return added(1);
  }
  /// Hands over rows from outside, in order and next to each other while there is room for them: gives how many
  /// were taken. With `wait` fewer only when the query takes no more.
  std::size_t put(std::span<const T> rows, bool wait) {
    std::size_t taken = 0;
    while (taken < rows.size()) {
      {
        const std::lock_guard lock{feed()};
        const auto free = free_rows();
        if (!free)
          break;
        if (*free > 0) {
          const auto count = add(rows.subspan(taken), static_cast<std::size_t>(*free));
          if (!count)
            break;
          taken += *count;
          continue;
        }
      }
      if (!wait || room_for_row(true) == room::closed)
        break;
    }
    return taken;
  }
  /// The same for one row: full (without `wait` only), closed, or there when it was taken.
  room put(const T& row, bool wait) {
    if (put(std::span{&row, 1}, wait) == 1)
      return room::there;
    return wait || closed() ? room::closed : room::full;
  }
  /// The same for a record batch of the source's columns.
  std::int64_t put(const arrow::RecordBatch& rows, bool wait) { return append_some(rows, 0, wait); }

protected:
  explicit typed_source(buffer_options options = {}) : buffered_source{row_schema<T>(), options} {}

  result<std::shared_ptr<arrow::RecordBatch>> seal() final { return rows_.finish().arrow(); }

private:
  /// With the feed locked: adds rows to a piece of at most `most` rows and about 1 MiB.
  std::optional<std::size_t> add(std::span<const T> rows, std::size_t most) {
    constexpr std::size_t piece_rows = 16 * 1024;
    constexpr std::int64_t piece_bytes = std::int64_t{1} << 20;
    std::size_t count = 0;
    try {
      do
        rows_.append(rows[count]);
      while (++count < std::min({rows.size(), most, piece_rows}) && rows_.bytes() < piece_bytes);
    } catch (...) {
      if (count > 0)
        (void)added(static_cast<std::int64_t>(count));
      throw;
    }
    return added(static_cast<std::int64_t>(count)) ? std::optional{count} : std::nullopt;
  }

  row_writer<T> rows_;
};

}  // namespace weir
