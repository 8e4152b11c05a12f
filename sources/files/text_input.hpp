#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <weir/columns/error.hpp>

namespace arrow::io {
class InputStream;
}

namespace weir {

/// The text of one file through a window that a reader takes from and refills; .gz and .zst are decompressed.
/// Positions are bytes of the uncompressed text.
class text_input {
public:
  /// Begins at `byte` and stops at `end_byte`. Errors: io_error, naming the file.
  static result<std::unique_ptr<text_input>> open(const std::string& path, std::int64_t byte, std::int64_t end_byte);
  ~text_input();

  /// What is read and not taken.
  std::string_view text() const noexcept { return std::string_view{text_}.substr(begin_, end_ - begin_); }
  void take(std::size_t bytes) noexcept {
    begin_ += bytes;
    position_ += static_cast<std::int64_t>(bytes);
  }
  /// Reads on behind the window, up to 1 MiB more. Errors: io_error.
  status refill();
  /// True when the file's text is in the window to its end.
  bool ended() const noexcept { return ended_; }
  bool at_end() const noexcept { return ended_ && begin_ == end_; }
  /// Where the taken text ends.
  std::int64_t position() const noexcept { return position_; }
  /// The same failure, with file and position.
  status at(const status& cause) const;

private:
  explicit text_input(std::string path, std::int64_t byte, std::int64_t end_byte);

  std::string path_;
  std::shared_ptr<arrow::io::InputStream> input_;
  std::string text_;  ///< bytes [begin_, end_) are the window
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::int64_t position_;
  std::int64_t read_;
  std::int64_t end_byte_;
  bool ended_ = false;
};

}  // namespace weir
