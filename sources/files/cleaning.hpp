#pragma once

#include <string>

#include <weir/columns/error.hpp>

namespace weir {

/// Takes a file that was read out of the way: moves it below `archive_dir` under its whole path, or deletes it where
/// that is empty. A file that is gone already is fine. Errors: io_error naming the file, which stays.
status clean_file(const std::string& path, const std::string& archive_dir);

/// Whether the files of a source may be taken away: not those that a sink of weir's goes on writing. Errors:
/// unsupported, naming the directory.
status check_cleanable(const std::string& path);

}  // namespace weir
