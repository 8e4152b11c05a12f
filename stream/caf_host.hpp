#pragma once

// For CAF applications only: the one header of weir that shows CAF.

#include <memory>

#include <caf/actor_system.hpp>

#include <weir/actors/actor_engine.hpp>
#include <weir/stream/engine.hpp>

namespace weir {

/// An engine that runs inside the application's own actor system, which must outlive it.
inline std::unique_ptr<engine> make_engine(caf::actor_system& host, engine::options settings = {}) {
  return std::make_unique<engine>(actor_engine::lend(host), std::move(settings));
}

}  // namespace weir
