#include <weir/actors/trigger.hpp>

#include <weir/columns/time.hpp>

namespace weir {

trigger trigger::processing_time(std::string_view interval) {
  const auto parsed = parse_trigger_interval(interval);
  if (parsed.ok())
    return processing_time(*parsed);
  trigger made;
  made.refused_ = parsed.error();
  return made;
}

status trigger::check() const {
  if (interval_.count() < 0)
    return {errc::invalid_argument, "the interval of trigger should not be negative: " + to_string()};
  return refused_;
}

std::string trigger::to_string() const {
  switch (kind_) {
  case kind::once: return "once";
  case kind::available_now: return "available_now";
  case kind::processing_time: break;
  }
  return "processing_time(" + format_interval(interval_) + ")";
}

timestamp next_trigger_time(timestamp now, std::chrono::microseconds interval) {
  const auto since = now.time_since_epoch();
  auto whole = since / interval;
  if (since < whole * interval)
    --whole;
  return timestamp{interval * (whole + 1)};
}

}  // namespace weir
