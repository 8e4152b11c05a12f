#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <weir/state/log_recovery.hpp>

namespace weir {

/// Appends records to the log: gathers them, and writes and syncs all at once. After a failed write or sync
/// every call gives that error.
class log_writer {
public:
  /// Goes on after `segments` (the last one rewritten, see checkpoint.cpp); `attempt` marks this start's frames.
  log_writer(std::shared_ptr<storage> files, std::string directory, std::string query_id, std::uint32_t attempt,
             bool sync_to_disk, std::uint64_t segment_bytes);

  /// Opens the last of `segments` to append to it, or begins the first.
  status open(std::vector<segment_info>& segments);

  status append_part(epoch_id epoch, const state_part& part);
  status append_epoch(const epoch_summary& summary, std::size_t parts);
  void append_commit(const std::string& sink, epoch_id epoch);
  void append_idle(epoch_id epoch);
  /// Writes and syncs. Begins a new segment afterwards when this one is full, or `roll` says so.
  status sync(std::vector<segment_info>& segments, bool roll);

  bool dirty() const noexcept { return !waiting_.empty(); }
  std::uint64_t bytes_written() const noexcept { return bytes_written_; }
  /// Places of the parts written since the last call.
  std::vector<part_place> take_places() { return std::exchange(places_, {}); }

private:
  struct open_part {
    std::string name;
    std::int32_t partition = 0;
    std::shared_ptr<arrow::Schema> columns;
    batch changes;
  };

  status begin_segment(std::vector<segment_info>& segments, std::uint64_t number);
  status add_schema(const std::string& name, const std::shared_ptr<arrow::Schema>& columns);

  std::shared_ptr<storage> files_;
  std::string directory_;
  std::string query_id_;
  std::uint32_t attempt_;
  bool sync_to_disk_;
  std::uint64_t segment_bytes_;

  std::unique_ptr<writable_file> file_;
  std::string path_;
  std::uint64_t size_ = 0;  ///< of the segment, without what waits
  std::string message_;     ///< of one part
  std::string waiting_;
  std::vector<epoch_id> closed_;                          ///< records in what waits
  std::map<std::int64_t, std::vector<open_part>> parts_;  ///< of records that are not closed
  /// Written to this segment: equal ones, one object for each partition that sent its own.
  std::map<std::string, std::vector<std::shared_ptr<arrow::Schema>>> schemas_;
  std::vector<part_place> places_;
  std::uint64_t bytes_written_ = 0;
  status failure_;
};

}  // namespace weir
