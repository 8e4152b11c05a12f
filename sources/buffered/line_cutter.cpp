#include <weir/sources/buffered/line_cutter.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <stdexcept>

#include <arrow/api.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <weir/columns/batch.hpp>
#include <weir/columns/column_memory.hpp>
#include <weir/columns/utf8.hpp>

namespace weir {
namespace {

constexpr std::int64_t max_batch_rows = 16 * 1024;
constexpr std::size_t max_batch_bytes = std::size_t{1} << 20;
constexpr std::size_t slack = 64;  // a short line is copied as 32 bytes whatever its length

/// One bit a byte of 64: is it '\n'. `high` gathers the top bits of all bytes: any set, not all ASCII.
std::uint64_t newlines(const char* at, unsigned& high) {
  auto mask = std::uint64_t{0};
#if defined(__SSE2__)
  const auto newline = _mm_set1_epi8('\n');
  auto all = _mm_setzero_si128();
  for (int part = 0; part < 4; ++part) {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * part));
    all = _mm_or_si128(all, bytes);
    const auto found = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, newline)));
    mask |= std::uint64_t{found} << (16 * part);
  }
  high |= static_cast<unsigned>(_mm_movemask_epi8(all));
#else
  for (int i = 0; i < 64; ++i) {
    mask |= std::uint64_t{at[i] == '\n'} << i;
    high |= static_cast<unsigned char>(at[i]) & 0x80U;
  }
#endif
  return mask;
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

void append_replaced(std::string& out, std::string_view line) {
  while (!line.empty()) {
    const auto length = next_utf8(line).size;
    if (length == 0)
      out += "\xEF\xBF\xBD";
    else
      out += line.substr(0, length);
    line.remove_prefix(std::max<std::size_t>(1, length));
  }
}

/// The first `size` bytes as a buffer; a batch of a few rows must not pin a block of a full one.
std::shared_ptr<arrow::Buffer> release(detail::column_memory& memory, std::size_t size) {
  if (memory.capacity() <= 4 * size + 4096)
    return memory.release(size);
  detail::column_memory exact;
  exact.grow(0, std::max<std::size_t>(size, 1));
  std::memcpy(exact.data(), memory.data(), size);
  return exact.release(size);
}

}  // namespace

schema line_schema(bool timestamps) {
  auto fields = std::vector<field>{{"value", utf8, false}};
  if (timestamps)
    fields.push_back({"timestamp", timestamp_type, false});
  return schema{std::move(fields)};
}

struct line_cutter::open_batch {
  detail::column_memory text;
  detail::column_memory offsets;
  std::size_t bytes = 0;
  std::int64_t rows = 0;
  unsigned high = 0;

  std::int32_t* ends() { return reinterpret_cast<std::int32_t*>(offsets.data()); }
  std::string_view line(std::int64_t row) {
    const auto* at = reinterpret_cast<const char*>(text.data());
    return {at + ends()[row], static_cast<std::size_t>(ends()[row + 1] - ends()[row])};
  }
};

line_cutter::line_cutter(options settings) : settings_{settings}, open_{std::make_unique<open_batch>()} {}
line_cutter::~line_cutter() = default;
line_cutter::line_cutter(line_cutter&&) noexcept = default;

std::int64_t line_cutter::rows() const noexcept { return open_->rows; }
bool line_cutter::full() const noexcept { return open_->rows >= max_batch_rows || open_->bytes >= max_batch_bytes; }
std::int64_t line_cutter::replaced() const noexcept { return replaced_; }

status line_cutter::too_long(std::size_t length) const {
  return {errc::line_too_long, "a line of " + std::to_string(length) + " bytes or more; the limit max_line_bytes is " +
                                   std::to_string(settings_.max_line_bytes)};
}

void line_cutter::reserve(std::size_t bytes, std::int64_t rows) {
  constexpr std::size_t first_bytes = 256 * 1024 - slack;
  auto& open = *open_;
  // Lines are taken up to a number of rows, which seldom fill the bytes that they may have: text grows as they come.
  const auto text = open.bytes + std::min(bytes, std::max(first_bytes, usual_bytes_)) + slack;
  if (open.text.capacity() < text)
    open.text.grow(open.bytes, text);
  const auto held = open.offsets.capacity() == 0 ? 0 : static_cast<std::size_t>(open.rows + 1) * sizeof(std::int32_t);
  const auto offsets = static_cast<std::size_t>(open.rows + rows + 1) * sizeof(std::int32_t);
  if (open.offsets.capacity() < offsets)
    open.offsets.grow(held, offsets);
  open.ends()[0] = 0;
}

bool line_cutter::take(const char* line, std::size_t length, const char* readable_end) {
  auto& open = *open_;
  if (length > 0 && line[length - 1] == '\r')
    --length;
  if (open.rows >= max_batch_rows || (open.rows > 0 && open.bytes + length > max_batch_bytes)) [[unlikely]]
    return false;
  if (open.text.capacity() - open.bytes < length + slack) [[unlikely]]
    open.text.grow(open.bytes, open.bytes + length + slack);
  auto* to = open.text.data() + open.bytes;
  if (length <= 32 && readable_end - line >= 32)
    std::memcpy(to, line, 32);
  else
    std::memcpy(to, line, length);
  open.bytes += length;
  open.ends()[++open.rows] = static_cast<std::int32_t>(open.bytes);
  return true;
}

result<std::size_t> line_cutter::cut(std::string_view text, std::int64_t max_rows, std::size_t scanned) {
  const auto limit = static_cast<std::size_t>(settings_.max_line_bytes);
  // No more than a full batch is taken, so no more room than that is needed: one row may be as long as the limit.
  const auto most = std::min(text.size(), std::max(max_batch_bytes, limit + 1));
  reserve(most, std::clamp<std::int64_t>(static_cast<std::int64_t>(most), 0, max_batch_rows - open_->rows));
  const auto* base = text.data();
  const auto* end = base + text.size();
  std::size_t line = 0;
  for (auto at = scanned; at < text.size(); at += 64) {
    char tail[64] = {};
    const auto* block = base + at;
    if (text.size() - at < 64) {
      std::memcpy(tail, block, text.size() - at);
      block = tail;
    }
    for (auto mask = newlines(block, open_->high); mask != 0; mask &= mask - 1) {
      const auto stop = at + static_cast<std::size_t>(std::countr_zero(mask));
      if (open_->rows >= max_rows)
        return line;
      if (stop - line > limit && stop - line - (base[stop - 1] == '\r' ? 1 : 0) > limit) [[unlikely]]
        return line > 0 ? result<std::size_t>{line} : result<std::size_t>{too_long(stop - line)};
      if (!take(base + line, stop - line, end))
        return line;
      line = stop + 1;
    }
  }
  // One byte more than the limit may still be the '\r' of a line that just fits.
  if (line == 0 && text.size() > limit + 1)
    return too_long(text.size());
  return line;
}

status line_cutter::add_line(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(settings_.max_line_bytes) + (text.ends_with('\r') ? 1 : 0))
    return too_long(text.size());
  reserve(text.size(), 1);
  open_->high |= std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; }) ? 1U : 0U;
  if (!take(text.data(), text.size(), text.data() + text.size()))
    return {errc::internal, "a line was added to a full batch"};
  return {};
}

result<std::shared_ptr<arrow::RecordBatch>> line_cutter::finish(timestamp arrived) {
  auto& open = *open_;
  if (open.text.capacity() == 0)
    reserve(0, 0);
  auto values = std::shared_ptr<arrow::Array>{};
  auto valid = true;
  if (open.high != 0) {
    // The lines stand end to end, so the text may be valid only because a character spans two of them.
    valid = valid_utf8({reinterpret_cast<const char*>(open.text.data()), open.bytes});
    for (std::int64_t row = 0; valid && row < open.rows; ++row)
      valid = open.line(row).empty() || !continues(open.line(row).front());
  }
  if (valid) {
    usual_bytes_ = open.bytes;
    auto text = release(open.text, open.bytes);
    auto offsets = release(open.offsets, static_cast<std::size_t>(open.rows + 1) * sizeof(std::int32_t));
    values = std::make_shared<arrow::StringArray>(open.rows, std::move(offsets), std::move(text));
  } else {
    auto builder = arrow::StringBuilder{};
    auto clean = std::string{};
    for (std::int64_t row = 0; row < open.rows; ++row) {
      auto line = open.line(row);
      if (!valid_utf8(line)) {
        if (settings_.invalid == invalid_utf8::refuse) {
          open = open_batch{};
          return status{errc::invalid_row, "line " + std::to_string(row) + " of what was read is not UTF-8"};
        }
        clean.clear();
        append_replaced(clean, line);
        line = clean;
        ++replaced_;
      }
      if (auto added = builder.Append(line); !added.ok())
        return from_arrow(added, "building lines");
    }
    if (auto done = builder.Finish(&values); !done.ok())
      return from_arrow(done, "building lines");
  }
  const auto rows = open.rows;
  open = open_batch{};
  static const auto plain = line_schema(false).to_arrow();
  static const auto timed = line_schema(true).to_arrow();
  if (!settings_.timestamps)
    return arrow::RecordBatch::Make(plain, rows, {std::move(values)});
  auto times = arrow::AllocateBuffer(rows * static_cast<std::int64_t>(sizeof(std::int64_t)));
  if (!times.ok())
    return from_arrow(times.status(), "building lines");
  std::fill_n(reinterpret_cast<std::int64_t*>((*times)->mutable_data()), rows, arrived.time_since_epoch().count());
  auto column = std::make_shared<arrow::TimestampArray>(timed->field(1)->type(), rows,
                                                        std::shared_ptr<arrow::Buffer>{std::move(*times)});
  return arrow::RecordBatch::Make(timed, rows, {std::move(values), std::move(column)});
}

}  // namespace weir
