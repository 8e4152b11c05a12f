#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <weir/columns/error.hpp>

namespace weir {

/// The `metadata` file: whose checkpoint it is, and in which format.
struct checkpoint_metadata {
  std::string query_id;
  std::int64_t format = 0;
};

std::string metadata_to_json(const checkpoint_metadata& metadata);
/// `path` is for messages. Errors: corrupt_checkpoint, checkpoint_newer.
result<checkpoint_metadata> metadata_from_json(std::string_view text, const std::string& path);

}  // namespace weir
