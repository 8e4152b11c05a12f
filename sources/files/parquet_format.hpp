#pragma once

#include <weir/sources/files/table_format.hpp>

namespace weir {

/// Parquet; positions are row groups.
open_table parquet_tables();
/// The columns of the first of these files.
result<schema> infer_parquet_files(const std::vector<std::string>& files);

}  // namespace weir
