#include <weir/columns/logging.hpp>

#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

namespace weir {

const logger_ptr& quiet_logger() {
  static const logger_ptr quiet =
      std::make_shared<spdlog::logger>("weir", std::make_shared<spdlog::sinks::null_sink_mt>());
  return quiet;
}

}  // namespace weir
