#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/columns/logging.hpp>
#include <weir/stream/dataframe.hpp>
#include <weir/stream/dataset.hpp>
#include <weir/stream/plan.hpp>
#include <weir/stream/query_manager.hpp>
#include <weir/stream/query_options.hpp>
#include <weir/stream/streaming_query.hpp>

namespace caf {
class actor_system;
}

namespace weir {

class actor_engine;

/// Runs queries inside this process. Owns its threads (or runs on a host's actor system, see
/// <weir/stream/caf_host.hpp>); stops its queries when it ends. Thread-safe.
class engine {
public:
  struct options {
    std::size_t threads = 0;              ///< workers of the actor scheduler; 0: as many as cores
    logger_ptr log = {};                  ///< null: quiet
    std::shared_ptr<clock> time = {};     ///< null: the machine's
    std::shared_ptr<storage> files = {};  ///< null: the local file system
    /// No threads: blocking calls of the query handles do the work, in a fixed order. Give it a clock that you move,
    /// too: the machine's fires alarms from a thread of its own.
    bool deterministic = false;
  };

  engine() : engine{options{}} {}
  explicit engine(options settings);
  /// On an actor system that already runs and outlives the engine.
  engine(std::shared_ptr<actor_engine> host, options settings);
  ~engine();
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  /// A stream of a source's rows. `limit` bounds what one epoch takes from it (default: 64 K rows). Throws
  /// analysis_error when the source cannot tell its columns.
  template <source_description Source>
  auto read_stream(Source description, read_limit limit = {}) {
    auto plan =
        source_plan(any_source::of(std::move(description), {settings_.files, settings_.time, settings_.log}), limit);
    if constexpr (requires { typename Source::row_type; })
      return dataset<typename Source::row_type>{std::move(plan), this};
    else
      return dataframe{std::move(plan), this};
  }

  /// A source's rows to its end, as they are when the result is used: the same steps as a stream's, run by `collect()`,
  /// `to_arrow()`, `show()` and `write()`. Throws analysis_error naming a source whose rows never end.
  ///
  ///     auto errors = engine.read(weir::sources::files{.path = "logs"}).filter(is_error).collect();
  template <source_description Source>
  auto read(Source description) {
    auto plan = detail::bounded_source_plan(
        any_source::of(std::move(description), {settings_.files, settings_.time, settings_.log}));
    if constexpr (requires { typename Source::row_type; })
      return dataset<typename Source::row_type>{std::move(plan), this};
    else
      return dataframe{std::move(plan), this};
  }

  /// Starts a query of one or more results, each with its sink; steps that they share run once. Throws
  /// analysis_error where the plan is refused, query_error where the checkpoint is.
  streaming_query start(query_options options, const std::vector<plan_output>& outputs);
  /// Starts a graph that was built by hand.
  streaming_query start(execution_graph graph);
  /// Runs a graph until it ends by itself, as a bounded one does; no query of streams(). Throws query_error.
  void run(execution_graph graph);

  /// The queries of this engine, and their listeners.
  query_manager& streams() noexcept { return *manager_; }

private:
  options settings_;
  std::shared_ptr<actor_engine> actors_;
  std::shared_ptr<query_manager> manager_;
};

/// A result and its sink, for engine::start: `to(updates, sinks::console{})`.
template <class Stream, sink_description Sink>
plan_output to(const Stream& stream, Sink target, std::string name = {}) {
  return {stream.plan(), any_sink::of(std::move(target)).named(std::move(name))};
}

}  // namespace weir
