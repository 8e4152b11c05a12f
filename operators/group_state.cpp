#include <weir/operators/group_state.hpp>

#include <weir/columns/time.hpp>

namespace weir {

namespace {

std::string millis(timestamp time) {
  return std::to_string(std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count()) + " ms";
}

std::chrono::microseconds interval_of(std::string_view call, std::string_view text) {
  const auto parsed = parse_interval(text);
  if (!parsed.ok())
    throw state_error{errc::invalid_argument, std::string{call} + ": " + parsed.error().message()};
  if (parsed->count() < 0)
    throw state_error{errc::invalid_argument,
                      std::string{call} + ": provided duration (" + std::string{text} + ") is negative"};
  return *parsed;
}

}  // namespace

std::string_view to_string(group_timeout timeout) noexcept {
  switch (timeout) {
  case group_timeout::none: return "none";
  case group_timeout::processing_time: return "processing_time";
  case group_timeout::event_time: return "event_time";
  }
  return "unknown";
}

void group_timer::set_timeout_duration(std::chrono::microseconds duration) {
  if (context_.timeout != group_timeout::processing_time)
    throw state_error{errc::unsupported,
                      "set_timeout_duration needs group_timeout::processing_time; this group function has " +
                          std::string{to_string(context_.timeout)}};
  if (duration.count() <= 0)
    throw state_error{errc::invalid_argument, "set_timeout_duration: timeout duration must be positive, got " +
                                                  std::to_string(duration.count()) + " us"};
  timeout_ = context_.epoch_time + duration;
}

void group_timer::set_timeout_duration(std::string_view duration) {
  set_timeout_duration(interval_of("set_timeout_duration", duration));
}

void group_timer::set_timeout_timestamp(timestamp time) {
  if (context_.timeout != group_timeout::event_time)
    throw state_error{errc::unsupported,
                      "set_timeout_timestamp needs group_timeout::event_time; this group function has " +
                          std::string{to_string(context_.timeout)}};
  if (time <= timestamp{})
    throw state_error{errc::invalid_argument,
                      "set_timeout_timestamp: timeout timestamp must be positive, got " + millis(time)};
  if (time < context_.watermark)
    throw state_error{errc::invalid_argument, "set_timeout_timestamp: timeout timestamp (" + millis(time) +
                                                  ") cannot be earlier than the current watermark (" +
                                                  millis(context_.watermark) + ")"};
  timeout_ = time;
}

void group_timer::set_timeout_timestamp(timestamp time, std::chrono::microseconds additional) {
  if (additional.count() < 0)
    throw state_error{errc::invalid_argument, "set_timeout_timestamp: the additional duration is negative"};
  set_timeout_timestamp(time + additional);
}

void group_timer::set_timeout_timestamp(timestamp time, std::string_view additional) {
  set_timeout_timestamp(time, interval_of("set_timeout_timestamp", additional));
}

timestamp group_timer::current_watermark() const {
  if (!context_.watermark_defined)
    throw state_error{
        errc::unsupported,
        "current_watermark: cannot get the event time watermark without with_watermark before the group function"};
  return context_.watermark;
}

}  // namespace weir
