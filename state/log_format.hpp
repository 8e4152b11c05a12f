#pragma once

#include <cstdint>
#include <string>

#include <weir/columns/error.hpp>

namespace weir {

/// The version that this weir writes, and the only one that it reads.
inline constexpr std::int64_t checkpoint_format = 2;

/// Errors: checkpoint_newer; checkpoint_mismatch for a version that is no longer read.
status check_format(std::int64_t found);

/// The checksum of a record's frames so far, with the next one's.
std::uint64_t chain(std::uint64_t so_far, std::uint64_t next) noexcept;

}  // namespace weir
