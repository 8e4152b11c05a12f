#pragma once

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

/// The machine's clock; its thread starts with the first alarm and ends with the object.
std::shared_ptr<clock> make_system_clock();

}  // namespace weir
