#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include <weir/columns/epoch.hpp>

namespace weir {

/// Time and alarms. Everything in weir that waits or reads the time does it here, so a test can run
/// a whole query on a virtual clock.
class clock {
public:
  using alarm_id = std::uint64_t;

  virtual ~clock() = default;
  virtual timestamp now() const = 0;
  /// Calls `action` once at `time` or soon after (at once when it has passed), from the clock's own
  /// thread; `action` must not block.
  virtual alarm_id set_alarm(timestamp time, std::function<void()> action) = 0;
  /// After it returns the action will not start; a no-op for an alarm that has fired.
  virtual void cancel_alarm(alarm_id alarm) = 0;
};

/// The machine's clock; its thread starts with the first alarm and ends with the object. An alarm waits for as long as
/// it was away when it was set, so that nothing stands still when the time of day is set back. `wall` reads it.
std::shared_ptr<clock>
make_system_clock(std::function<std::chrono::system_clock::time_point()> wall = std::chrono::system_clock::now);

}  // namespace weir
