#pragma once

#include <memory>
#include <string>

#include <weir/sinks/sink.hpp>

namespace weir::sinks {

/// Drops rows; for measuring (Z10). All modes.
struct null {
  result<std::unique_ptr<sink>> open() const;
  std::string kind() const { return "null"; }
};

}  // namespace weir::sinks
