#pragma once

#include <cstdint>

#include <weir/columns/epoch.hpp>
#include <weir/columns/error.hpp>
#include <weir/sources/files/seen.hpp>

namespace weir {

/// A place among the files that a source takes one after the other: `files` of them are read, and of the next one what
/// lies before `position`.
struct file_place {
  std::int64_t files = 0;
  std::int64_t position = 0;
  friend bool operator==(const file_place&, const file_place&) = default;
};

/// {"files":n} or {"files":n,"file":"name","byte":b}; a position is called "byte" whatever the format counts.
offset to_offset(const file_place& at, const seen_files& seen);
/// Errors: checkpoint_mismatch for what is no such offset, and for a file that the log does not hold.
result<file_place> to_place(const offset& text, const seen_files& seen);

}  // namespace weir
