#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <weir/columns/epoch.hpp>
#include <weir/columns/error.hpp>
#include <weir/sources/files/settings.hpp>

namespace weir {

/// An input file as a listing found it.
struct listed_file {
  std::string path;
  timestamp modified;
  std::int64_t bytes = 0;
};

struct file_listing {
  std::vector<listed_file> files;        ///< in no order
  std::vector<std::string> directories;  ///< where files may appear
};

/// The files that `path` names: those in a directory, or those that a glob matches (and those in the
/// directories it matches); with `recursive` at any depth, with `path_columns` those in directories called key=value
/// too. Names that start with '_' or '.' are left out.
/// Errors: io_error when a directory cannot be read, or `path` has no wildcard and is not there.
result<file_listing> list_files(const std::string& path, bool recursive, bool path_columns = false);

/// The files that the settings name, in the order in which they are read.
result<std::vector<listed_file>> find_files(const file_settings& settings);
/// Leaves out those whose names do not match, and sorts the others.
void put_in_order(std::vector<listed_file>& files, const file_settings& settings);

/// True when `path` has a wildcard of glob(7).
bool is_glob(const std::string& path);

}  // namespace weir
