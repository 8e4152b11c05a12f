#include <weir/state/frame.hpp>

#include <algorithm>
#include <cstring>

#include <weir/columns/hash.hpp>

namespace weir {

namespace {

constexpr std::uint32_t magic = 0x52494557;  // "WEIR"

struct header {
  std::uint32_t magic_number = magic;
  std::uint16_t kind = 0;
  std::uint16_t more = 0;  ///< 1: the payload goes on in the next frame
  std::uint32_t length = 0;
  std::int64_t epoch = 0;
  std::uint32_t attempt = 0;
  std::uint32_t sequence = 0;
};

/// The header's fields one after the other, without padding and without the checksum.
std::string packed(const header& fields) {
  std::string bytes;
  const auto put = [&bytes](const auto& value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); };
  put(fields.magic_number);
  put(fields.kind);
  put(fields.more);
  put(fields.length);
  put(fields.epoch);
  put(fields.attempt);
  put(fields.sequence);
  return bytes;
}

constexpr std::size_t checked_bytes = frame_header_bytes - sizeof(std::uint64_t);

std::uint64_t checksum_of(std::string_view head, std::string_view payload) {
  // Two hashes joined: the payload need not be copied behind the header.
  const auto first = hash_bytes(head);
  const auto second = hash_bytes(payload);
  std::string both(16, '\0');
  std::memcpy(both.data(), &first, 8);
  std::memcpy(both.data() + 8, &second, 8);
  return hash_bytes(both);
}

struct piece {
  header fields;
  std::string_view payload;
  std::uint64_t checksum = 0;
};

/// The frame at the front of `bytes`, if a valid one stands there. No length is trusted.
std::optional<piece> read_piece(std::string_view bytes) {
  if (bytes.size() < frame_header_bytes)
    return std::nullopt;
  piece read;
  auto at = std::size_t{0};
  const auto take = [&](auto& value) {
    std::memcpy(&value, bytes.data() + at, sizeof value);
    at += sizeof value;
  };
  take(read.fields.magic_number);
  take(read.fields.kind);
  take(read.fields.more);
  take(read.fields.length);
  take(read.fields.epoch);
  take(read.fields.attempt);
  take(read.fields.sequence);
  take(read.checksum);
  if (read.fields.magic_number != magic || read.fields.length > max_frame_bytes ||
      read.fields.length > bytes.size() - frame_header_bytes || read.fields.kind < 1 || read.fields.kind > 255 ||
      read.fields.more > 1)
    return std::nullopt;
  read.payload = bytes.substr(frame_header_bytes, read.fields.length);
  if (checksum_of(bytes.substr(0, checked_bytes), read.payload) != read.checksum)
    return std::nullopt;
  return read;
}

}  // namespace

std::uint64_t append_frame(std::string& out, const frame_head& content,
                           std::initializer_list<std::string_view> payload) {
  std::size_t left = 0;
  for (const auto piece : payload)
    left += piece.size();
  // Grown ahead, at least doubling: the pieces are large, and each would move what stands there.
  if (const auto needed = out.size() + left + (left / max_frame_bytes + 1) * frame_header_bytes;
      needed > out.capacity())
    out.reserve(std::max(needed, out.capacity() * 2));
  const auto* piece = payload.begin();
  std::size_t taken = 0;  // of *piece
  for (;;) {
    header fields;
    const auto length = std::min(left, max_frame_bytes);
    left -= length;
    fields.kind = static_cast<std::uint16_t>(content.kind);
    fields.more = left > 0 ? 1 : 0;
    fields.length = static_cast<std::uint32_t>(length);
    fields.epoch = content.epoch;
    fields.attempt = content.attempt;
    fields.sequence = content.sequence;
    const auto head = packed(fields);
    out += head;
    const auto place = out.size();
    out.append(sizeof(std::uint64_t), '\0');
    const auto begin = out.size();
    while (out.size() < begin + length) {
      const auto part = piece->substr(taken, begin + length - out.size());
      out += part;
      taken += part.size();
      if (taken == piece->size()) {
        ++piece;
        taken = 0;
      }
    }
    const auto checksum = checksum_of(head, std::string_view{out}.substr(begin));
    std::memcpy(out.data() + place, &checksum, sizeof checksum);
    if (fields.more == 0)
      return checksum;
  }
}

std::optional<frame> frame_reader::next() {
  frame read;
  auto at = at_;
  for (;;) {
    const auto one = read_piece(bytes_.substr(at));
    if (!one)
      return std::nullopt;
    const auto first = at == at_;
    if (!first && (static_cast<frame_kind>(one->fields.kind) != read.kind || one->fields.epoch != read.epoch ||
                   one->fields.sequence != read.sequence))
      return std::nullopt;
    read.kind = static_cast<frame_kind>(one->fields.kind);
    read.epoch = one->fields.epoch;
    read.attempt = one->fields.attempt;
    read.sequence = one->fields.sequence;
    read.checksum = one->checksum;
    read.payload += one->payload;
    at += frame_header_bytes + one->payload.size();
    if (one->fields.more == 0) {
      at_ = at;
      return read;
    }
  }
}

std::optional<std::size_t> frame_reader::valid_frame_after() const {
  const std::string_view mark{reinterpret_cast<const char*>(&magic), sizeof magic};
  for (auto at = bytes_.find(mark, at_ + 1); at != std::string_view::npos; at = bytes_.find(mark, at + 1))
    if (read_piece(bytes_.substr(at)))
      return at;
  return std::nullopt;
}

std::string payload_name(std::string_view name) {
  const auto size = static_cast<std::uint32_t>(name.size());
  std::string bytes{reinterpret_cast<const char*>(&size), sizeof size};
  bytes += name;
  return bytes;
}

result<std::string> take_name(std::string_view& payload) {
  std::uint32_t size = 0;
  if (payload.size() < sizeof size)
    return status{errc::corrupt_checkpoint, "a frame is too short for a name"};
  std::memcpy(&size, payload.data(), sizeof size);
  payload.remove_prefix(sizeof size);
  if (size > payload.size())
    return status{errc::corrupt_checkpoint, "a frame is too short for its name"};
  std::string name{payload.substr(0, size)};
  payload.remove_prefix(size);
  return name;
}

}  // namespace weir
