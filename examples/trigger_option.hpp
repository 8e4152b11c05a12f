#pragma once

#include <string>

#include <weir/actors/trigger.hpp>

/// "0s", "2s", "250ms", "1 minute", "once", "available-now". Throws CLI::ValidationError for `--trigger` with other
/// text.
weir::trigger parse_trigger(const std::string& text);
