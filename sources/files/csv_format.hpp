#pragma once

#include <weir/expressions/csv.hpp>
#include <weir/sources/files/table_format.hpp>

namespace weir {

/// CSV; positions are bytes.
open_table csv_tables(csv_options options);
/// What the first of these files that is not empty has, from its first 64 MiB.
result<schema> infer_csv_files(const std::vector<std::string>& files, const csv_options& options);

}  // namespace weir
