#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <weir/columns/error.hpp>

namespace arrow {
class Array;
}

namespace weir {

/// The elements of a list column, or the entries of a map's, one a row.
struct exploded_list {
  std::vector<std::int64_t> rows;  ///< which row of the column each element stood in; ascending
  std::shared_ptr<arrow::Array> values;
};

/// Takes lists apart, and maps, whose entries are structures of a key and a value: a row for each element. Null and
/// empty lists give no row; with `outer` they give one, with a null value. Errors: type_mismatch for other columns.
result<exploded_list> explode_lists(const arrow::Array& lists, bool outer = false);

}  // namespace weir
