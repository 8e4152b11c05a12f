#pragma once

// For CAF applications only: the one header of weir that shows CAF. With it queries run inside the application's actor
// system, and its actors give them rows (sources::actor) and take what they make (sinks::actor).

#include <memory>

#include <caf/actor_system.hpp>

#include <weir/actors/actor_engine.hpp>
#include <weir/actors/actor_sink.hpp>
#include <weir/actors/actor_source.hpp>
#include <weir/stream/engine.hpp>

namespace weir {

/// An engine that runs inside the application's own actor system, which must outlive it.
inline std::unique_ptr<engine> make_engine(caf::actor_system& host, engine::options settings = {}) {
  return std::make_unique<engine>(actor_engine::lend(host), std::move(settings));
}

}  // namespace weir
