#pragma once

#include <memory>
#include <vector>

#include <weir/actors/host.hpp>
#include <weir/actors/inlet.hpp>
#include <weir/actors/outlet.hpp>

namespace weir::actors {

/// Hosts one instance of an operator: takes rows in while its receivers have credit, finishes an epoch
/// when it has ended on every input, passes the end on. A step that may block has a thread of its own.
class operator_actor : public host {
public:
  operator_actor(host_config config, operator_ptr description, operator_context context,
                 std::vector<inlet::edge> inputs, router outputs);
  virtual ~operator_actor() = default;

  caf::behavior behavior(caf::event_based_actor* self);

protected:
  /// After the last row of an epoch was made, before its end is passed on. State actors log their changes here.
  virtual status epoch_finished(epoch_id /*epoch*/) { return {}; }
  virtual wakeup next_wakeup() { return {}; }

  operator_instance& instance() noexcept { return *instance_; }
  const operator_context& context() const noexcept { return context_; }

private:
  class made_rows;

  void pump();
  void process(inlet::step next);
  void finish(const epoch_ptr& epoch);
  void finished(const epoch_ptr& epoch);
  void send(const epoch_ptr& epoch, made_rows& rows);
  epoch_context context_of(const epoch_info& epoch) const;

  std::shared_ptr<operator_instance> instance_;
  operator_context context_;
  inlet inputs_;
  router outputs_;
  input_tag tag_;         ///< of the rows that the instance makes: its input's, or its own where it has state
  bool own_tag_ = false;  ///< it mixes its inputs
  epoch_ptr finishing_;   ///< finish() was cut short for want of credit
  bool working_ = false;
  bool pumping_ = false;
  std::chrono::nanoseconds busy_{};
  std::chrono::nanoseconds blocked_{};
  std::optional<std::chrono::steady_clock::time_point> blocked_since_;
};

}  // namespace weir::actors
