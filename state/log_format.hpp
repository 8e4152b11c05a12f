#pragma once

#include <cstdint>
#include <string>

#include <weir/columns/error.hpp>

namespace weir {

/// The version that this weir writes, and the newest that it reads.
inline constexpr std::int64_t checkpoint_format = 1;

/// A checkpoint of a newer version: checkpoint_newer.
status newer_format(std::int64_t found);

/// The checksum of a record's frames so far, with the next one's.
std::uint64_t chain(std::uint64_t so_far, std::uint64_t next) noexcept;

}  // namespace weir
