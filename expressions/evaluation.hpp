#pragma once

#include <cstdint>

#include <weir/columns/epoch.hpp>

namespace weir {

/// What an expression may know besides its row.
struct evaluation_context {
  timestamp epoch_time{};  ///< current_timestamp(): the same for all rows of an epoch (E10)
  std::uint64_t seed = 0;  ///< of rand() and uuid(), for this batch; see batch_seed()
};

/// The seed of one batch of an epoch (E11): another for each batch, the same in each run with the same query seed.
std::uint64_t batch_seed(std::uint64_t query_seed, epoch_id epoch, std::uint64_t batch_ordinal) noexcept;

}  // namespace weir
