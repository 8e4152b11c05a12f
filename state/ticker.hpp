#pragma once

#include <functional>
#include <memory>

#include <weir/state/clock.hpp>

namespace weir {

/// Calls an action again and again by a clock's alarms, until it is destroyed or stopped.
class ticker {
public:
  /// `next` gives, from the present time, when the next call is due. Both are called from the clock's thread.
  ticker(std::shared_ptr<clock> time, std::function<timestamp(timestamp)> next, std::function<void()> action);
  ~ticker() { stop(); }
  ticker(const ticker&) = delete;
  ticker& operator=(const ticker&) = delete;

  /// No call is under way or follows once it returns.
  void stop();

private:
  struct state;
  static void arm(const std::shared_ptr<state>& shared);
  std::shared_ptr<state> state_;
};

}  // namespace weir
