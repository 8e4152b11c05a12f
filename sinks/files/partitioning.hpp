#pragma once

#include <string>
#include <vector>

#include <weir/columns/batch.hpp>

namespace weir {

/// Rows by the values of some of their columns, as Hive and Spark lay them out: directories col=value/, one in the
/// other, with the columns left out of the files in them.
class partitioning {
public:
  explicit partitioning(std::vector<std::string> columns) : columns_{std::move(columns)} {}

  bool none() const noexcept { return columns_.empty(); }
  /// Errors: unknown_column, unsupported and invalid_argument for columns that rows cannot be split by.
  status check(const schema& columns) const;
  /// The columns in the files.
  schema in_files(const schema& columns) const;

  struct part {
    std::string directory;  ///< "day=2024-01-31/user=anna"; empty without partition columns
    batch rows;
  };
  /// The rows, in their order within each part; parts in order of their first row.
  result<std::vector<part>> split(const batch& rows) const;

private:
  std::vector<std::string> columns_;
};

/// A name or value as part of a path, as Hive escapes it: '%' and two hexadecimal digits for what a path or a reader
/// would take for something else.
std::string escape_path_name(std::string_view text);

}  // namespace weir
