#pragma once

#include <memory>
#include <optional>
#include <string>

#include <weir/actors/progress.hpp>
#include <weir/columns/error.hpp>

namespace weir {

struct query_started {
  std::string id;
  std::string run_id;
  std::optional<std::string> name;
  timestamp time;
};

struct query_idle {
  std::string id;
  std::string run_id;
  timestamp time;
};

struct query_terminated {
  std::string id;
  std::string run_id;
  status cause;  ///< ok after a stop, a drain, or a completed trigger
};

/// Told what the engine's queries do (semantics section 13). Calls come in order; on_started before start()
/// returns and on its thread, the others on a thread of the listener's own, so a slow listener delays no
/// query. What a listener throws is logged and dropped. Progress of a listener that cannot keep up is
/// coalesced (the newest of each query is kept); started and terminated are never lost, but on a listener that still
/// hangs ten seconds after its engine has ended: it is left behind.
class query_listener {
public:
  virtual ~query_listener() = default;
  virtual void on_started(const query_started& /*event*/) {}
  virtual void on_progress(const query_progress& /*progress*/) {}
  virtual void on_idle(const query_idle& /*event*/) {}
  virtual void on_terminated(const query_terminated& /*event*/) {}
};

}  // namespace weir
