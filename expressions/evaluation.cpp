#include <weir/expressions/evaluation.hpp>

#include <array>
#include <cstring>

#include <weir/columns/hash.hpp>

namespace weir {

std::uint64_t batch_seed(std::uint64_t query_seed, epoch_id epoch, std::uint64_t batch_ordinal) noexcept {
  const std::array<std::uint64_t, 3> parts{query_seed, static_cast<std::uint64_t>(epoch.value), batch_ordinal};
  std::array<char, sizeof parts> bytes{};
  std::memcpy(bytes.data(), parts.data(), sizeof parts);
  return hash_bytes({bytes.data(), bytes.size()});
}

}  // namespace weir
