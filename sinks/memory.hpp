#pragma once

#include <memory>
#include <string>
#include <vector>

#include <weir/columns/row_codec.hpp>
#include <weir/sinks/sink.hpp>

namespace arrow {
class Table;
}

namespace weir {

/// What a memory sink has committed; copies are the same output, which outlives the query (Z04). Thread-safe; every
/// call sees whole epochs. An epoch that this query has committed already is ignored. In complete mode an epoch
/// replaces all rows before it, in append and update mode it adds to them; with a key (see sinks::memory) update mode
/// keeps the newest row of each key, and epochs are not kept.
class memory_output {
public:
  struct epoch_rows {
    epoch_id epoch;
    std::vector<batch> rows;
  };

  /// All rows, in order of epochs; with a key one of each key.
  std::vector<batch> all() const;
  /// All rows as one table, with its columns also where no row came yet. Errors: type_mismatch when sinks of different
  /// columns share the output.
  ///
  ///     auto table = totals.to_arrow();
  ///     if (table.ok()) std::cout << (*table)->ToString();
  result<std::shared_ptr<arrow::Table>> to_arrow() const;
  /// Rows committed since the last call; with a key those of them that no later row has replaced.
  std::vector<batch> since_last() const;
  /// Rows of the newest epoch.
  std::vector<batch> last() const;
  /// Epochs committed, also empty ones, in order; in complete mode and with a key the newest only.
  std::vector<epoch_rows> epochs() const;
  void clear() const;

  template <class T>
  std::vector<T> all_as() const {
    return rows_as<T>(all());
  }
  template <class T>
  std::vector<T> since_last_as() const {
    return rows_as<T>(since_last());
  }
  template <class T>
  std::vector<T> last_as() const {
    return rows_as<T>(last());
  }
  template <class T>
  static std::vector<T> rows_as(const std::vector<batch>& batches) {
    std::vector<T> rows;
    for (const auto& one : batches) {
      const row_reader<T> reader{one};
      for (std::int64_t i = 0; i < reader.size(); ++i)
        rows.push_back(reader.read(i));
    }
    return rows;
  }

  class contents;
  const std::shared_ptr<contents>& shared() const noexcept { return shared_; }
  memory_output();

private:
  std::shared_ptr<contents> shared_;
};

namespace sinks {

/// Rows in memory, for tests and for a host that reads a result at any time: `sinks::memory{output}`, where `output` is
/// a memory_output. All modes.
///
///     weir::memory_output balances;
///     updates.write_stream().output_mode(weir::output_mode::update)
///         .start(weir::sinks::memory{.output = balances, .key = {"account"}});
///     auto table = balances.to_arrow();  // the newest row of each account
struct memory {
  memory_output output = {};
  bool remembers = true;  ///< false: forgets its epochs at a restart, as a sink that is at-least-once does
  /// Columns whose values make a row replace the earlier one: update and complete mode only. Any type but maps.
  std::vector<std::string> key = {};

  result<std::unique_ptr<sink>> open() const;
  std::string kind() const { return "memory"; }
};

}  // namespace sinks

}  // namespace weir
