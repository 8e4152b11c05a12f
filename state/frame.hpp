#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <weir/columns/error.hpp>

namespace weir {

/// What a frame of the epoch log holds; see docs/checkpoint.md.
enum class frame_kind : std::uint8_t {
  segment = 1,  ///< first of a segment: JSON {"format", "segment", "query"}
  schema = 2,   ///< name of an operator, and the Arrow IPC schema message of its state rows from here on
  part = 3,     ///< name, partition, and an Arrow IPC record batch message
  token = 4,    ///< name of a sink, and the bytes of its token
  epoch = 5,    ///< closes the record of an epoch: JSON summary
  commit = 6,   ///< name of a sink that has committed the epoch
  idle = 7,     ///< empty: nothing was left to do after the epoch
};

struct frame_head {
  frame_kind kind = frame_kind::segment;
  std::int64_t epoch = 0;
  std::uint32_t attempt = 0;   ///< which start of the query wrote it
  std::uint32_t sequence = 0;  ///< of its record, from 0
};

/// A payload, whole: those of more than 4 MiB are split over several frames.
struct frame : frame_head {
  std::string payload;
  std::uint64_t checksum = 0;  ///< of the last piece
};

/// Bytes of a frame's header: magic, kind, more, length, epoch, attempt, sequence, checksum (little-endian).
inline constexpr std::size_t frame_header_bytes = 36;
inline constexpr std::size_t max_frame_bytes = std::size_t{4} << 20;

/// Appends the frames of a payload, whose pieces follow one another; gives the checksum of the last frame.
std::uint64_t append_frame(std::string& out, const frame_head& head, std::initializer_list<std::string_view> payload);

/// Reads frames one after the other from a segment's bytes.
class frame_reader {
public:
  explicit frame_reader(std::string_view bytes) : bytes_{bytes} {}

  /// The next payload; none at the end, or where no valid frame stands: then at() is where.
  std::optional<frame> next();
  std::size_t at() const noexcept { return at_; }
  bool at_end() const noexcept { return at_ == bytes_.size(); }
  /// The place of a valid frame after the present one, where none stands.
  std::optional<std::size_t> valid_frame_after() const;

private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

/// A name as payloads begin; what it names follows.
std::string payload_name(std::string_view name);
/// Takes the name off the front. Errors: corrupt_checkpoint.
result<std::string> take_name(std::string_view& payload);

}  // namespace weir
