#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <weir/columns/row_codec.hpp>
#include <weir/sinks/sink.hpp>

namespace weir {

/// What a memory sink has committed; copies are the same output, which outlives the query (Z04). An epoch that
/// this query has committed already is ignored; complete mode replaces.
class memory_output {
public:
  struct epoch_rows {
    epoch_id epoch;
    std::vector<batch> rows;
  };

  /// All rows, in order of epochs.
  std::vector<batch> all() const;
  /// Rows committed since the last call.
  std::vector<batch> since_last() const;
  /// Rows of the newest epoch.
  std::vector<batch> last() const;
  /// Epochs committed, also empty ones, in order.
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

  struct shared {
    mutable std::mutex mutex;
    std::vector<epoch_rows> epochs;
    std::map<std::string, epoch_id> committed;  ///< newest epoch by query
    std::size_t seen = 0;
  };
  const std::shared_ptr<shared>& state() const noexcept { return shared_; }

private:
  std::shared_ptr<shared> shared_ = std::make_shared<shared>();
};

namespace sinks {

/// Rows for tests: `sinks::memory{output}`, where `output` is a memory_output.
struct memory {
  memory_output output = {};
  bool remembers = true;  ///< false: forgets its epochs at a restart, as a sink that is at-least-once does

  result<std::unique_ptr<sink>> open() const;
  std::string kind() const { return "memory"; }
};

}  // namespace sinks

}  // namespace weir
