#include <weir/actors/trigger.hpp>

namespace weir {

std::string trigger::to_string() const {
  switch (kind_) {
  case kind::once: return "once";
  case kind::available_now: return "available_now";
  case kind::processing_time: break;
  }
  const auto micros = interval_.count();
  if (micros % 1'000'000 == 0)
    return "processing_time(" + std::to_string(micros / 1'000'000) + "s)";
  if (micros % 1'000 == 0)
    return "processing_time(" + std::to_string(micros / 1'000) + "ms)";
  return "processing_time(" + std::to_string(micros) + "us)";
}

timestamp next_trigger_time(timestamp now, std::chrono::microseconds interval) {
  const auto since = now.time_since_epoch();
  auto whole = since / interval;
  if (since < whole * interval)
    --whole;
  return timestamp{interval * (whole + 1)};
}

}  // namespace weir
