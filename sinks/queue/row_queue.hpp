#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <weir/columns/epoch.hpp>
#include <weir/columns/error.hpp>

namespace weir {

/// What a queue sink and its handle share: committed rows that wait to be taken, whatever their type. Thread-safe.
class row_queue {
public:
  /// Rows of a batch, as a row_reader of the handle's type.
  struct piece {
    std::shared_ptr<const void> reader;
    std::int64_t rows = 0;
  };
  struct item {
    epoch_id epoch;
    std::shared_ptr<const void> reader;
    std::int64_t row = 0;
  };

  // Of the sink.
  /// A query begins to use the queue. Errors: invalid_argument when another one does.
  status attach(const std::string& query_id);
  /// The epoch's rows, together, once fewer than `capacity` wait; an epoch that is in already is left alone. Errors:
  /// stopped when the query ends first.
  status put(epoch_id epoch, std::vector<piece> pieces, std::int64_t capacity);
  /// The newest epoch that the attached query has put, in this run or an earlier one of the process.
  std::optional<epoch_id> newest() const;
  /// The query ends: put() waits no longer.
  void end_waits(const status& cause);
  /// The query has ended: no more rows come.
  void detach();

  // Of the handle.
  /// The next row. Waits until there is one, no more come, or the time is over; without a limit for any time.
  std::optional<item> pop(std::optional<std::chrono::nanoseconds> limit);
  std::int64_t size() const;
  bool closed() const;
  status error() const;

private:
  enum class phase : unsigned char { unused, attached, ending, ended };
  struct waiting {
    epoch_id epoch;
    piece rows;
    std::int64_t next = 0;
  };

  mutable std::mutex mutex_;
  std::condition_variable taken_;
  std::condition_variable added_;
  phase phase_ = phase::unused;
  status cause_;
  std::deque<waiting> rows_;
  std::int64_t size_ = 0;
  std::string query_id_;
  std::optional<epoch_id> newest_;  ///< that this query has put
};

}  // namespace weir
