#include <weir/actors/state_actor.hpp>

namespace weir::actors {

state_actor::state_actor(host_config config, std::string state_name, operator_ptr description, operator_context context,
                         std::vector<inlet::edge> inputs, router outputs, caf::actor log)
    : operator_actor{std::move(config), std::move(description), std::move(context), std::move(inputs),
                     std::move(outputs)},
      state_name_{std::move(state_name)}, log_{std::move(log)} {}

status state_actor::epoch_finished(epoch_id epoch) {
  WEIR_ASSIGN(auto changes, instance().take_changes());
  if (log_)
    tell(self(), log_, messages::log_part{epoch, {state_name_, config().partition, std::move(changes)}});
  return {};
}

wakeup state_actor::next_wakeup() { return instance().next_wakeup(); }

}  // namespace weir::actors
