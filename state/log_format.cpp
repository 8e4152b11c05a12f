#include <weir/state/log_format.hpp>

#include <array>
#include <cstring>

#include <weir/columns/hash.hpp>

namespace weir {

status check_format(std::int64_t found) {
  if (found == checkpoint_format)
    return {};
  const auto text = "the checkpoint has format v" + std::to_string(found) + ", this weir reads ";
  if (found > checkpoint_format)
    return {errc::checkpoint_newer, text + "up to v" + std::to_string(checkpoint_format)};
  return {errc::checkpoint_mismatch,
          text + "v" + std::to_string(checkpoint_format) +
              " only: finish the query with the weir that wrote it, or use an empty directory"};
}

std::uint64_t chain(std::uint64_t so_far, std::uint64_t next) noexcept {
  const std::array both{so_far, next};
  std::array<char, sizeof both> bytes{};
  std::memcpy(bytes.data(), both.data(), sizeof both);
  return hash_bytes({bytes.data(), bytes.size()});
}

}  // namespace weir
