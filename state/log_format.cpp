#include <weir/state/log_format.hpp>

#include <array>
#include <cstring>

#include <weir/columns/hash.hpp>

namespace weir {

status newer_format(std::int64_t found) {
  return {errc::checkpoint_newer, "the checkpoint has format v" + std::to_string(found) + ", this weir reads up to v" +
                                      std::to_string(checkpoint_format)};
}

std::uint64_t chain(std::uint64_t so_far, std::uint64_t next) noexcept {
  const std::array both{so_far, next};
  std::array<char, sizeof both> bytes{};
  std::memcpy(bytes.data(), both.data(), sizeof both);
  return hash_bytes({bytes.data(), bytes.size()});
}

}  // namespace weir
