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

/// The closing part of an epoch's record: what decides the next epoch, and what the sinks need.
struct epoch_summary {
  epoch_id epoch;
  timestamp time;
  std::map<std::string, offset> end_offsets;          ///< by source name
  std::map<std::string, timestamp> input_watermarks;  ///< by watermark node: largest event time seen
  timestamp watermark{};                              ///< the global watermark for the next epoch
  timestamp late_watermark{};                         ///< the one that this epoch used: late rows of the next
  std::map<std::string, std::string> tokens;          ///< by sink name
  std::map<std::string, std::string> settings;        ///< text values fixed by the first epoch
};

/// What recovery found.
struct recovered_log {
  std::optional<epoch_summary> last;  ///< the newest epoch in the log
  /// Tokens not yet committed by a sink, oldest first: sink name -> (epoch, token).
  std::map<std::string, std::vector<std::pair<epoch_id, std::string>>> uncommitted;
  std::uint64_t bytes_cut = 0;  ///< of a torn tail
};

}  // namespace weir
