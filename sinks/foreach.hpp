#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <weir/sinks/typed_sink.hpp>

namespace weir::detail {

/// Runs `run(0)` to `run(count - 1)` at once, each on a thread; the first failure, by number.
status run_partitions(int count, const std::function<status(int)>& run);
status check_partitions(int count);

}  // namespace weir::detail

namespace weir::sinks {

/// What `foreach` asks of a writer. For each partition of each epoch, also an empty one, a copy of it gets
///   open(partition, epoch)   false: its rows are skipped
///   process(row)             for each row, in order
///   close(error)             once if open returned, whatever it returned; `error` is ok, or what broke off the rows
/// A copy is used by one thread and dropped after close.
template <class W, class T>
concept foreach_writer = std::copy_constructible<W> && requires(W& writer, partition_id partition, epoch_id epoch,
                                                                const T& row, const status& error) {
  { writer.open(partition, epoch) } -> std::convertible_to<bool>;
  writer.process(row);
  writer.close(error);
};

/// Hands rows of type T to a writer one by one (Z06). At-least-once: after a crash the last epochs may come again, with
/// the same ids and the same rows in the same partitions, so a writer that keeps (partition, epoch) with what it wrote
/// can answer open with false. Rows are written at commit, when the epoch is durable, so a failure elsewhere in the
/// query never breaks off a writer. What a writer throws ends the query (user_function, naming partition and epoch).
///
///     struct table_writer {
///       bool open(weir::partition_id partition, weir::epoch_id epoch) { return begin(partition, epoch); }
///       void process(const session_update& row) { insert(row); }
///       void close(const weir::status& error) { error.ok() ? end() : undo(); }
///       ...
///     };
///     updates.write_stream().start(weir::sinks::foreach<session_update, table_writer>{.writer = {}});
template <class T, foreach_writer<T> W>
struct foreach {
  W writer;
  int partitions = 1;  ///< an epoch's rows are cut into so many runs of equal length, which are written in parallel

  result<std::unique_ptr<sink>> open() const {
    WEIR_TRY(weir::detail::check_partitions(partitions));
    return std::unique_ptr<sink>{std::make_unique<writing_sink>(writer, partitions)};
  }
  std::string kind() const { return "foreach"; }

private:
  class writing_sink : public typed_sink<T> {
  public:
    writing_sink(W writer, int partitions) : writer_{std::move(writer)}, partitions_{partitions} {}

    status commit_rows(epoch_id epoch, std::span<const batch> rows) override {
      std::int64_t total = 0;
      for (const auto& one : rows)
        total += one.num_rows();
      return weir::detail::run_partitions(partitions_, [&](int index) {
        return write(partition_id{index}, epoch, rows, total * index / partitions_, total * (index + 1) / partitions_);
      });
    }
    std::string description() const override { return "foreach"; }

  private:
    /// Writes rows [begin, end) of the epoch.
    status write(partition_id partition, epoch_id epoch, std::span<const batch> rows, std::int64_t begin,
                 std::int64_t end) const {
      const auto threw = [&](const char* what) {
        return current_exception_status(errc::user_function, std::string{"the foreach writer of partition "} +
                                                                 std::to_string(partition.value) + " threw in " + what);
      };
      std::unique_ptr<W> own;
      auto wanted = false;
      try {
        own = std::make_unique<W>(writer_);
        wanted = own->open(partition, epoch);
      } catch (...) {
        return threw("open");
      }
      auto outcome = status{};
      if (wanted)
        outcome = process(*own, rows, begin, end, threw);
      try {
        own->close(outcome);
      } catch (...) {
        if (outcome.ok())
          outcome = threw("close");
      }
      return outcome;
    }

    template <class Threw>
    static status process(W& own, std::span<const batch> rows, std::int64_t begin, std::int64_t end,
                          const Threw& threw) {
      T row{};
      std::int64_t first = 0;
      for (const auto& one : rows) {
        const auto last = first + one.num_rows();
        if (last > begin && first < end) {
          const row_reader<T> reader{one};
          for (auto index = std::max(begin, first); index < std::min(end, last); ++index) {
            try {
              reader.read(index - first, row);
            } catch (...) {
              return current_exception_status(errc::sink_failed, "a row cannot be read");
            }
            try {
              own.process(std::as_const(row));
            } catch (...) {
              return threw("process");
            }
          }
        }
        first = last;
      }
      return {};
    }

    W writer_;
    int partitions_;
  };
};

}  // namespace weir::sinks
