#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <weir/columns/schema.hpp>
#include <weir/sources/buffered/row_buffer.hpp>
#include <weir/state/storage.hpp>

namespace weir {

/// Rows on disk from when they were read until an epoch that took them is durable, so that a crash of the
/// process loses none (S02 for an input that cannot be asked again). Not synced: a power cut may.
///
/// Files `rows-<first row>.spool`: frames of magic, kind, payload bytes, first row, number of rows and a
/// checksum of all that and the payload; the first frame of a file holds the schema, the others a record
/// batch, both as Arrow IPC messages. Not synchronised.
class spool {
public:
  /// Recovers what is in `directory`: a torn tail is cut, rows up to `last_row` are dropped, the rest is
  /// put into `rows`. Errors: corrupt_checkpoint (file and byte), checkpoint_mismatch (schema, a spool that
  /// is ahead of the log), I/O.
  static result<std::unique_ptr<spool>> open(std::shared_ptr<storage> files, std::string directory,
                                             const schema& columns, std::int64_t last_row,
                                             std::vector<row_buffer::piece>& rows);

  /// Writes rows; `first` is the number of the first. Errors name the file; a torn frame is cut at the next open.
  status append(std::int64_t first, const arrow::RecordBatch& rows);
  /// Deletes the files that hold only rows up to `committed`.
  status trim(std::int64_t committed);
  /// The file being written, for messages.
  const std::string& path() const noexcept { return path_; }

private:
  struct frame;
  spool(std::shared_ptr<storage> files, std::string directory, std::string schema_message);
  status recover_file(const std::string& path, bool last_file, std::int64_t last_row, std::int64_t& next,
                      std::vector<row_buffer::piece>& rows);
  status check_schema(const std::string& path, std::string_view message) const;
  status begin_file(std::int64_t first);
  status write(std::uint32_t kind, std::int64_t first, std::int64_t count, std::string_view payload);

  std::shared_ptr<storage> files_;
  std::string directory_;
  std::string schema_message_;
  std::deque<std::int64_t> firsts_;  ///< of the files that exist, oldest first
  std::unique_ptr<writable_file> file_;
  std::string path_;
  std::int64_t written_ = 0;  ///< bytes in the file being written
  std::int64_t next_ = 0;     ///< the row after the last one written
};

}  // namespace weir
