#include "trigger_option.hpp"

#include <CLI/CLI.hpp>

#include "interval_option.hpp"

weir::trigger parse_trigger(const std::string& text) {
  if (text == "once")
    return weir::trigger::once();
  if (text == "available-now")
    return weir::trigger::available_now();
  const auto interval = parse_interval_option(text);
  if (!interval)
    throw CLI::ValidationError{"--trigger",
                               "'" + text + "': expected 0s, an interval such as 2s, once or available-now"};
  return weir::trigger::processing_time(*interval);
}
