#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include <weir/sinks/sink.hpp>

namespace weir {

/// Rows as Spark's show() prints them: at most `num_rows`, cells cut to `truncate` characters (0: not at all);
/// right-aligned when cut, left-aligned otherwise.
std::string show(const schema& columns, std::span<const batch> rows, std::int64_t num_rows, std::size_t truncate);

namespace sinks {

/// A table for each epoch, as Spark's console sink prints it (Z05). All modes; epochs without rows print nothing unless
/// the mode is complete. At least once.
struct console {
  std::int64_t num_rows = 20;
  std::size_t truncate = 20;    ///< characters a cell; 0: whole
  std::ostream* out = nullptr;  ///< null: the process's standard output

  result<std::unique_ptr<sink>> open() const;
  std::string kind() const { return "console"; }
};

}  // namespace sinks

}  // namespace weir
