#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/state/epoch_log.hpp>
#include <weir/state/storage.hpp>

namespace arrow {
class Schema;
}

namespace weir {

/// Where the log keeps what one partition changed in an epoch.
struct part_place {
  std::string path;  ///< of the segment
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  epoch_id epoch;
  std::string operator_name;
  partition_id partition;
  std::shared_ptr<arrow::Schema> columns;
};

/// One segment of the log.
struct segment_info {
  std::uint64_t number = 0;
  std::string path;
  std::uint64_t bytes = 0;              ///< up to the end of its last whole record
  std::optional<epoch_id> first, last;  ///< epochs whose records it holds
};

/// The log as recovery found it.
struct log_contents {
  recovered_log recovered;
  std::vector<segment_info> segments;  ///< oldest first
  std::vector<part_place> parts;       ///< in epoch order
  std::uint32_t attempt = 0;           ///< the highest seen
};

std::string segment_path(const std::string& directory, std::uint64_t number);

/// Gets what read_log() passes, in the log's order: for who shows a log.
class log_visitor {
public:
  virtual ~log_visitor() = default;
  /// A record that is whole. The next end_segment() is its segment's.
  virtual status epoch(const epoch_summary& summary, std::uint32_t attempt, const std::vector<part_place>& parts) = 0;
  /// The sink has committed the epoch and all before it.
  virtual void commit(const std::string& sink, epoch_id epoch) = 0;
  /// Nothing was left to do after the epoch.
  virtual void idle(epoch_id epoch) = 0;
  /// `size`: the file's; past `segment.bytes` is a torn tail.
  virtual void end_segment(const segment_info& segment, std::uint64_t size) = 0;
};

/// Reads all segments in `directory`. Cuts a torn tail of the last one in what it reports, not on disk. Errors:
/// corrupt_checkpoint naming file and byte, checkpoint_newer, checkpoint_mismatch for another query's segment.
result<log_contents> read_log(storage& files, const std::string& directory, const std::string& query_id,
                              log_visitor* visitor = nullptr);
/// The rows of a part.
result<batch> read_part(storage& files, const part_place& place);

}  // namespace weir
