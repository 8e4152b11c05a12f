#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <weir/columns/schema.hpp>

namespace arrow {
class Array;
}

namespace weir {

/// A column that a file's path names: its value is null for __HIVE_DEFAULT_PARTITION__.
using path_column = std::pair<std::string, std::optional<std::string>>;

/// The directories called key=value of `file` below `base` (a directory, or a glob up to its first wildcard), in their
/// order, with what %xx stands for.
std::vector<path_column> path_columns(const std::string& base, const std::string& file);

/// The columns that these files' paths name, typed by their values as Spark does it: int32, int64, float64, date, else
/// utf8.
std::vector<field> infer_path_columns(const std::string& base, const std::vector<std::string>& files);

/// `rows` times the value as a column. Errors: type_mismatch where the text is no such value.
result<std::shared_ptr<arrow::Array>> path_column_values(const path_column& value, const field& column,
                                                         std::int64_t rows);

}  // namespace weir
