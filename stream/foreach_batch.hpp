#pragma once

#include <functional>

#include <weir/sinks/callback.hpp>
#include <weir/stream/dataframe.hpp>

namespace weir {

class engine;

/// A sink that gives an epoch's rows to a function as a bounded dataframe (Z07): it may transform, collect, show and
/// write them. At-least-once: after a crash the last uncommitted epochs come again, with the same ids and rows. Runs at
/// commit, on a thread of the sink's own; an epoch without rows makes no call. What the function throws ends the query.
///
///     counts.write_stream().output_mode(weir::output_mode::update)
///         .start(weir::foreach_batch(engine, [](const weir::dataframe& rows, weir::epoch_id epoch) {
///           rows.filter(weir::col("count") > 100).write(weir::sinks::jsonl{.path = "alarms"});
///         }));
sinks::foreach_batch foreach_batch(engine& on, std::function<void(const dataframe& rows, epoch_id epoch)> function);

}  // namespace weir
