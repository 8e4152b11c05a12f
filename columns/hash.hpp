#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

/// Hash of a key's encoded bytes: XXH3 64, seed 0. Fixed for ever: key groups in checkpoints depend on it.
std::uint64_t hash_bytes(std::string_view bytes) noexcept;

/// Keys belong to 256 groups, for ever; a partition of keyed state is a range of them.
inline constexpr int key_groups = 256;

constexpr int key_group(std::uint64_t hash) noexcept { return static_cast<int>(hash & 0xff); }

/// The partition that holds a group: groups [g * n / 256] are spread as evenly as 256 allows.
constexpr int partition_of_group(int group, int partitions) noexcept { return group * partitions / key_groups; }

}  // namespace weir
