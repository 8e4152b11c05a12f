#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <weir/columns/epoch.hpp>
#include <weir/columns/error.hpp>

namespace weir {

/// When a group's timeout fires: never, by the epoch's time, or by the watermark.
enum class group_timeout : unsigned char { none, processing_time, event_time };

std::string_view to_string(group_timeout timeout) noexcept;

/// A call on a group_state that is not allowed now; ends the query unless the function catches it.
class state_error : public std::logic_error {
public:
  state_error(errc code, const std::string& message) : std::logic_error{message}, code_{code} {}
  errc code() const noexcept { return code_; }

private:
  errc code_;
};

/// What a group function may know of its epoch.
struct group_context {
  group_timeout timeout = group_timeout::none;
  timestamp epoch_time;
  timestamp watermark;
  bool watermark_defined = false;
};

/// The part of a group_state that does not depend on the state's type: timeouts and times.
class group_timer {
public:
  explicit group_timer(const group_context& context, bool timed_out) : context_{context}, timed_out_{timed_out} {}

  /// True in the call that an expired timeout makes.
  bool has_timed_out() const noexcept { return timed_out_; }

  /// Fires at the first epoch whose time is after now + `duration`. Needs a processing-time timeout; the duration must
  /// be positive.
  void set_timeout_duration(std::chrono::microseconds duration);
  /// The same from Spark's interval text, as in "10 seconds".
  void set_timeout_duration(std::string_view duration);
  /// Fires at the first epoch whose watermark is after `time` (+ `additional`). Needs an event-time timeout; the time
  /// must be after the Unix epoch and not before the current watermark. A refused call leaves an earlier setting as it
  /// was.
  void set_timeout_timestamp(timestamp time);
  void set_timeout_timestamp(timestamp time, std::chrono::microseconds additional);
  void set_timeout_timestamp(timestamp time, std::string_view additional);

  /// The epoch's time.
  timestamp current_processing_time() const noexcept { return context_.epoch_time; }
  /// The watermark that timeouts are held against. Needs a watermark upstream.
  timestamp current_watermark() const;
  /// The timeout set in this call.
  std::optional<timestamp> timeout() const noexcept { return timeout_; }

private:
  const group_context& context_;
  std::optional<timestamp> timeout_;
  bool timed_out_;
};

/// The state of one group, as a group function sees it. Semantics section 8, table GroupState.
template <class S>
class group_state : public group_timer {
public:
  /// `stored` is where the value stands, null when there is none; for tests of user functions too.
  group_state(const group_context& context, bool timed_out, const S* stored)
      : group_timer{context, timed_out}, stored_{stored} {}

  bool exists() const noexcept { return stored_ != nullptr; }
  /// Throws state_error when there is no state.
  const S& get() const {
    if (!stored_)
      throw state_error{errc::invalid_argument,
                        "group_state::get: state is either not defined or has already been removed"};
    return *stored_;
  }
  std::optional<S> get_option() const { return stored_ ? std::optional<S>{*stored_} : std::nullopt; }
  void update(S value) {
    value_ = std::move(value);
    stored_ = &*value_;
    updated_ = true;
    removed_ = false;
  }
  /// Keeps a timeout set in this call.
  void remove() noexcept {
    stored_ = nullptr;
    value_.reset();
    updated_ = false;
    removed_ = true;
  }

  bool is_updated() const noexcept { return updated_; }
  bool is_removed() const noexcept { return removed_; }
  /// The updated value, for who stores it.
  S&& take() && { return std::move(*value_); }

private:
  const S* stored_;
  std::optional<S> value_;
  bool updated_ = false;
  bool removed_ = false;
};

}  // namespace weir
