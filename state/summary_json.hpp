#pragma once

#include <string>
#include <string_view>

#include <weir/state/epoch_log.hpp>

namespace weir {

/// An epoch's summary as JSON, without its tokens; and back. Errors: corrupt_checkpoint.
std::string summary_to_json(const epoch_summary& summary, std::size_t parts, std::uint64_t checksum);
struct parsed_summary {
  epoch_summary summary;
  std::size_t parts = 0;
  std::size_t tokens = 0;
  std::uint64_t checksum = 0;
};
result<parsed_summary> summary_from_json(std::string_view text);

}  // namespace weir
