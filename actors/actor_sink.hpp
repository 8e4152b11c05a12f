#pragma once

#include <memory>
#include <string>

#include <weir/actors/actor_protocol.hpp>
#include <weir/sinks/sink.hpp>

namespace weir::sinks {

/// Sends committed rows to an actor of the application: `sinks::actor{.receiver = printer}`. The receiver gets
/// output_rows for each epoch and answers with output_taken, which makes the commit; one epoch at a time, so a slow
/// receiver slows the query. At-least-once. A receiver that ends, does not know the message or answers with an error
/// ends the query (sink_failed). Stopping the query does not wait for the answer.
struct actor {
  caf::actor receiver;

  result<std::unique_ptr<sink>> open() const;
  std::string kind() const { return "actor"; }
};

}  // namespace weir::sinks
