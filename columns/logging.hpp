#pragma once

#include <memory>

namespace spdlog {
class logger;
}

namespace weir {

/// Where weir logs; a host may hand in its own logger. The default writes nothing.
using logger_ptr = std::shared_ptr<spdlog::logger>;

/// A logger that drops everything; shared, never null.
const logger_ptr& quiet_logger();

}  // namespace weir
