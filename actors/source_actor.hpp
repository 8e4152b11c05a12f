#pragma once

#include <atomic>
#include <deque>
#include <memory>

#include <weir/actors/batch_shaper.hpp>
#include <weir/actors/host.hpp>
#include <weir/actors/outlet.hpp>

namespace weir::actors {

/// Hosts one source: answers polls, reads the epochs it is told to begin, one after the other, and sends
/// their rows under credit. A source that may block runs on a thread of its own, which waits for credit.
class source_actor : public host {
public:
  source_actor(host_config config, std::shared_ptr<source> object, source_context context, router outputs);

  caf::behavior behavior(caf::event_based_actor* self);

private:
  class gate;
  class thread_collector;
  class direct_collector;

  void open();
  void poll(const messages::poll& request);
  void begin_next();
  void forward(const epoch_ptr& epoch, batch rows);
  void send_ready(const epoch_ptr& epoch, const result<std::vector<batch>>& ready);
  void end(const epoch_ptr& epoch);
  void open_gate();

  std::shared_ptr<source> object_;
  source_context context_;
  router outputs_;
  batch_shaper shaper_;
  std::deque<messages::begin_epoch> epochs_;
  bool reading_ = false;
  std::shared_ptr<std::atomic<bool>> signalled_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<gate> gate_;
  std::int64_t rows_ = 0;
  std::chrono::nanoseconds busy_{};
  std::map<std::string, std::string> details_;
};

}  // namespace weir::actors
