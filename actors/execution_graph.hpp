#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/actors/trigger.hpp>
#include <weir/columns/logging.hpp>
#include <weir/operators/operator.hpp>
#include <weir/sinks/sink.hpp>
#include <weir/sources/source.hpp>
#include <weir/state/checkpoint.hpp>
#include <weir/state/clock.hpp>
#include <weir/state/storage.hpp>

namespace weir {

/// An edge that leads into a node.
struct execution_edge {
  int from = 0;       ///< index of the node whose rows come
  int from_port = 0;  ///< its output port; 1 is a side output (dead letters)
  int to_port = 0;    ///< the input port of this node
};

/// A source, an operator or a sink, as it will run.
struct execution_node {
  enum class role : unsigned char { source, operation, sink };

  role part = role::operation;
  std::string name;                    ///< unique in the query: "socket-0", "map-1"
  std::vector<execution_edge> inputs;  ///< from nodes with smaller indexes
  schema output;                       ///< of the rows that it gives; a sink's: that it takes
  int partitions = 1;                  ///< of a keyed operator

  std::shared_ptr<source> reader;  ///< sources
  read_limit limit;
  operator_ptr description;         ///< operators
  std::shared_ptr<sink> writer;     ///< sinks
  std::optional<output_mode> mode;  ///< sinks: of the rows they get; none: the query's
};

enum class watermark_policy : unsigned char { min, max };

/// A query as it will run: its nodes in topological order, and its settings.
struct execution_graph {
  std::string name;  ///< of the query; empty: unnamed
  std::vector<execution_node> nodes;
  std::string as_written;  ///< the plan before it was optimised, for explain(); empty: the same
  output_mode mode = output_mode::append;
  trigger when;
  /// Its sources are read to their end in one epoch, which runs whether there are rows or not: no row is late (W01),
  /// no timeout fires (G11), and nothing is committed to the sources.
  bool bounded = false;
  std::string checkpoint_location;  ///< empty: not durable
  weir::durability durability = weir::durability::fsync;
  watermark_policy policy = watermark_policy::min;
  /// An input without rows for so long does not hold the watermark back; none: it does for ever.
  std::optional<std::chrono::microseconds> idle_timeout;
  std::chrono::microseconds min_epoch_interval{0};
  std::optional<std::int64_t> max_state_bytes;
  std::uint64_t seed = 0;
  bool pipelining = true;    ///< an epoch may run while the one before becomes durable
  bool empty_epochs = true;  ///< epochs without data when an operator wants one (E07)
  std::uint64_t snapshot_log_bytes = 64ULL << 20U;
  std::shared_ptr<storage> files;  ///< null: the local file system
  std::shared_ptr<clock> time;     ///< null: the machine's
  logger_ptr log;                  ///< null: quiet
};

/// The watermark of each node's input, where there is one, when the query's is `global` (W12): watermark nodes give
/// `global`, others what their inputs give them.
std::vector<std::optional<timestamp>> input_watermarks(const execution_graph& graph, timestamp global);

/// The graph as its checkpoint knows it.
std::vector<plan_entry> plan_of(const execution_graph& graph);

}  // namespace weir
