#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/columns/schema.hpp>
#include <weir/sources/files/format.hpp>
#include <weir/sources/files/settings.hpp>

namespace weir {

/// The columns that a source over files of tables reads.
struct table_columns {
  std::string kind;  ///< the connector's, for messages
  std::string path;  ///< what the source reads; directories below it may be called key=value
  weir::schema all;
  bool inferred = false;
  std::optional<std::vector<std::string>> wanted;  ///< none: all
};

/// A reader of one file: of the columns that its text has (by position, say), only `wanted` must be given, by name and
/// in any order.
using open_table = std::function<result<std::unique_ptr<file_reader>>(
    const std::string& path, std::int64_t begin, std::int64_t end, const schema& in_file, const schema& wanted)>;

/// Files with columns: those that a file's path names (key=value) come from there, the others from `open`. Errors:
/// unknown_column for a wanted one that the schema does not have.
result<std::unique_ptr<file_format>> make_table_format(table_columns columns, open_table open,
                                                       bool plans_by_metadata = false);

/// The columns of a source over tables: as the user gave them, or as `infer` finds them in the files' order and their
/// paths; all nullable (F05). `given` is empty where the user gave none. Errors: invalid_argument when neither is
/// asked for, or nothing is there to infer from; what `infer` fails with.
result<schema> table_schema(const file_settings& settings, const schema& given, bool infer_schema,
                            const std::function<result<schema>(const std::vector<std::string>& files)>& infer);

/// The text of the first of these files, at most `most` bytes of it, cut at a line's end if there is more.
result<std::string> beginning_of(const std::string& path, std::size_t most);

/// How much text is looked at to infer a schema.
inline constexpr std::size_t inferred_bytes = std::size_t{64} << 20;

}  // namespace weir
