#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include <weir/sources/buffered/line_cutter.hpp>

namespace arrow {
class RecordBatch;
namespace io {
class InputStream;
}
}  // namespace arrow

namespace weir {

/// Reads the lines of one file as batches; .gz and .zst are decompressed. Positions are bytes of the
/// uncompressed text.
class file_reader {
public:
  static constexpr std::int64_t everything = std::numeric_limits<std::int64_t>::max();

  /// Begins at `byte` and stops at `end_byte`, both at line borders. Errors: io_error, naming the file.
  static result<std::unique_ptr<file_reader>> open(const std::string& path, std::int64_t byte, std::int64_t end_byte,
                                                   line_cutter::options lines);
  ~file_reader();

  /// The next at most `max_rows` rows in one batch; fewer than a full batch only at a limit or the end. Null at
  /// the end. Errors name file and byte.
  result<std::shared_ptr<arrow::RecordBatch>> next(std::int64_t max_rows);
  /// Where the rows given so far end.
  std::int64_t position() const noexcept { return position_; }
  /// True when every row was given.
  bool at_end() const noexcept { return ended_ && begin_ == end_; }
  /// Lines so far in which bytes that are not UTF-8 were replaced.
  std::int64_t replaced() const noexcept { return lines_.replaced(); }

private:
  file_reader(std::string path, std::int64_t end_byte, line_cutter::options lines);
  status refill();
  status at(const status& cause) const;

  std::string path_;
  std::shared_ptr<arrow::io::InputStream> input_;
  line_cutter lines_;
  std::string text_;  ///< bytes [begin_, end_) are read but not cut
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t scanned_ = 0;  ///< bytes from begin_ that hold no line end
  std::int64_t position_ = 0;
  std::int64_t read_ = 0;
  std::int64_t end_byte_;
  bool ended_ = false;
};

}  // namespace weir
