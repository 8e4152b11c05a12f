#pragma once

#include <weir/expressions/json/reader.hpp>
#include <weir/sources/files/table_format.hpp>

namespace weir {

/// JSON lines; positions are bytes.
open_table json_tables(json_options options);
/// What the documents of these files have together, from their first 64 MiB.
result<schema> infer_json_files(const std::vector<std::string>& files, const json_options& options);

}  // namespace weir
