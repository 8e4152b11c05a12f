#pragma once

#include <memory>
#include <vector>

#include <weir/operators/sort.hpp>

namespace arrow {
class Array;
}

namespace weir::detail {

bool has_order(const data_type& type);
bool nulls_first(const sort_key& key);

/// The indexes of `rows`, uint64, in the order of `keys`; rows that are equal stay in theirs.
result<std::shared_ptr<arrow::Array>> row_order(const arrow::RecordBatch& rows, const std::vector<sort_key>& keys);

}  // namespace weir::detail
