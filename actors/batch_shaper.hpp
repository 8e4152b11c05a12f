#pragma once

#include <vector>

#include <weir/columns/batch.hpp>

namespace weir::actors {

/// Joins runs of small batches of one input, so that an epoch of many small ones costs few messages. Their origins
/// are joined too.
class batch_shaper {
public:
  /// Batches with at least so many rows pass as they are.
  static constexpr std::int64_t enough_rows = 4 * 1024;

  /// Takes a batch; gives what is ready to be sent, in order.
  result<std::vector<batch>> add(batch rows);
  /// What is left at the end of an epoch; an empty batch when nothing is.
  result<batch> flush();

private:
  std::vector<batch> small_;
  std::int64_t rows_ = 0;
};

}  // namespace weir::actors
