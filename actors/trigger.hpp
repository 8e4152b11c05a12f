#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <weir/columns/epoch.hpp>
#include <weir/columns/error.hpp>

namespace weir {

/// When epochs start (semantics section 2).
class trigger {
public:
  enum class kind : unsigned char { processing_time, once, available_now };

  /// An epoch as soon as rows are there (interval 0, the default), or at every multiple of the interval
  /// since the Unix epoch, the first at once (T02). Negative: refused at start().
  static trigger processing_time(std::chrono::microseconds interval) {
    return trigger{kind::processing_time, interval};
  }
  /// The same from Spark's interval text, as in "10 seconds" or "500 milliseconds". What cannot be read, months and
  /// years among it (T03), is refused at start() too.
  static trigger processing_time(std::string_view interval);
  static trigger processing_time(std::nullptr_t) = delete;  ///< what a bare 0 would be: 0s
  /// One epoch with everything there is, limits ignored, then the query ends (T04).
  static trigger once() { return trigger{kind::once, {}}; }
  /// Epochs within the limits until all that was there at the start is done, then the query ends (T05).
  static trigger available_now() { return trigger{kind::available_now, {}}; }

  trigger() = default;

  kind type() const noexcept { return kind_; }
  std::chrono::microseconds interval() const noexcept { return interval_; }
  /// An epoch starts as soon as there is something to do.
  bool event_driven() const noexcept { return kind_ != kind::processing_time || interval_.count() == 0; }
  /// Why it cannot be used; ok unless the text or the interval is wrong.
  status check() const;
  /// "processing_time(2s)", "once", "available_now".
  std::string to_string() const;

  friend bool operator==(const trigger& a, const trigger& b) {
    return a.kind_ == b.kind_ && a.interval_ == b.interval_ && a.refused_.ok() == b.refused_.ok();
  }

private:
  trigger(kind type, std::chrono::microseconds interval) : kind_{type}, interval_{interval} {}

  kind kind_ = kind::processing_time;
  std::chrono::microseconds interval_{};
  status refused_;  ///< what is wrong with the text that it was made from
};

/// The next boundary after `now`: floor(now / interval) * interval + interval (T02).
timestamp next_trigger_time(timestamp now, std::chrono::microseconds interval);

}  // namespace weir
