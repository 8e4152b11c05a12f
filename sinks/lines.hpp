#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include <weir/sinks/sink.hpp>

namespace weir::sinks {

enum class line_format : unsigned char { csv, jsonl };

/// Rows as lines to a stream that the host owns, flushed at each commit. All modes; in complete mode each epoch's lines
/// are the whole result. At least once: after a crash the uncommitted epochs' lines come again.
struct lines {
  std::ostream* out = nullptr;
  line_format format = line_format::csv;

  result<std::unique_ptr<sink>> open() const;
  std::string kind() const { return "lines"; }
};

}  // namespace weir::sinks
