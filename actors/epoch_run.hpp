#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <weir/actors/messages.hpp>
#include <weir/actors/progress.hpp>

namespace weir::actors {

/// What the coordinator keeps of an epoch from its plan to its last commit.
struct epoch_run {
  enum class stage : unsigned char { running, complete, logging, durable };

  epoch_ptr info;
  stage at = stage::running;
  std::map<int, offset> starts;  ///< by source node
  std::map<int, offset> ends;
  std::size_t unfinished = 0;                          ///< actors that have not reported
  std::size_t parts = 0;                               ///< state partitions that sent changes to the log
  std::map<int, std::shared_ptr<const token>> tokens;  ///< by sink node
  std::set<int> uncommitted;                           ///< sink nodes
  std::shared_ptr<epoch_summary> summary;

  // For progress.
  timestamp planned{}, started{}, completed{}, logged{};
  std::chrono::nanoseconds sync_time{};
  std::uint64_t log_bytes = 0;
  std::optional<watermark_holder_progress> held_back_by;
  std::map<int, operator_metrics> metrics;  ///< by node, all partitions together
  std::map<int, std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds>> times;  ///< busy, blocked
  std::map<int, std::map<std::string, std::string>> details;
};

/// Adds one partition's counts to a node's.
void add_metrics(operator_metrics& total, const operator_metrics& part);

}  // namespace weir::actors
