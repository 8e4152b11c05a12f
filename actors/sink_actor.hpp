#pragma once

#include <deque>
#include <memory>
#include <set>
#include <vector>

#include <weir/actors/host.hpp>
#include <weir/actors/inlet.hpp>

namespace weir::actors {

/// Hosts one sink: stages rows as they come, prepares its token at the end of the epoch, commits when
/// the coordinator says that the epoch is durable. At the start it repeats the commits that the log does
/// not know to be done.
class sink_actor : public host {
public:
  sink_actor(host_config config, std::shared_ptr<sink> object, sink_context context, std::vector<inlet::edge> inputs,
             std::vector<pending_commit> pending, std::optional<epoch_id> last_logged);

  caf::behavior behavior(caf::event_based_actor* self);

private:
  void open();
  void pump();
  void stage(inlet::step next);
  void prepare(const epoch_ptr& epoch);
  void commit(const messages::commit_epoch& order);
  /// Where begin(), stage() and prepare() run.
  template <class Work, class Then>
  void run_staging(epoch_id epoch, Work work, Then then);

  std::shared_ptr<sink> object_;
  sink_context context_;
  bool in_memory_;
  inlet inputs_;
  std::vector<pending_commit> pending_;
  std::optional<epoch_id> last_logged_;
  std::optional<epoch_id> begun_;
  bool working_ = false;
  bool pumping_ = false;
  std::int64_t rows_ = 0;
  std::chrono::nanoseconds busy_{};
};

}  // namespace weir::actors
