#pragma once

#include <chrono>
#include <optional>
#include <string>

/// An interval as the examples' options take it: "2s", "250ms", "1m", or Spark's "2 seconds". Nothing for other text.
std::optional<std::chrono::microseconds> parse_interval_option(const std::string& text);
