#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <weir/columns/batch.hpp>
#include <weir/columns/epoch.hpp>
#include <weir/columns/error.hpp>
#include <weir/state/storage.hpp>

namespace weir {

/// What one partition of one stateful operator changed in an epoch.
struct state_part {
  std::string operator_name;
  partition_id partition;
  batch changes;  ///< rows of the operator's state schema; empty batch: nothing changed
};

/// An input of the query's watermark: a watermark node, where its rows come from, and which part of that.
struct watermark_input {
  std::string node;
  std::string source;  ///< a source, or an operator with state
  std::int32_t partition = 0;
  auto operator<=>(const watermark_input&) const = default;
};

/// The closing part of an epoch's record: what decides the next epoch, and what the sinks need.
struct epoch_summary {
  epoch_id epoch;
  timestamp time;
  std::map<std::string, offset> end_offsets;              ///< by source name
  std::map<watermark_input, timestamp> input_watermarks;  ///< largest event time seen
  timestamp watermark{};                                  ///< the global watermark for the next epoch
  timestamp late_watermark{};                             ///< evict of this epoch, which is late of the next
  timestamp used_late_watermark{};                        ///< late of this epoch
  std::map<std::string, std::string> tokens;              ///< by sink name
  std::map<std::string, std::string> settings;            ///< text values fixed by the first epoch
};

/// What recovery found.
struct recovered_log {
  std::optional<epoch_summary> last;  ///< the newest epoch in the log
  /// After it the query found nothing to do: rows up to `watermark`, not only `late_watermark`, are late for the next.
  bool idle_after_last = false;
  /// Tokens not yet committed by a sink, oldest first: sink name -> (epoch, token).
  std::map<std::string, std::vector<std::pair<epoch_id, std::string>>> uncommitted;
  std::uint64_t bytes_cut = 0;  ///< of a torn tail
};

}  // namespace weir
