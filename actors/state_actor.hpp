#pragma once

#include <weir/actors/operator_actor.hpp>

namespace weir::actors {

/// Hosts one partition of an operator with keyed state: an operator host that sends what an epoch
/// changed to the log before it passes the epoch's end on.
class state_actor : public operator_actor {
public:
  /// `log` may be null: nothing is durable then.
  state_actor(host_config config, std::string state_name, operator_ptr description, operator_context context,
              std::vector<inlet::edge> inputs, router outputs, caf::actor log);

protected:
  status epoch_finished(epoch_id epoch) override;
  wakeup next_wakeup() override;

private:
  std::string state_name_;
  caf::actor log_;
};

}  // namespace weir::actors
