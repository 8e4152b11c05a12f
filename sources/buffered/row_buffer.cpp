#include <weir/sources/buffered/row_buffer.hpp>

#include <algorithm>

#include <arrow/api.h>

namespace weir {
namespace {

constexpr std::int64_t segment_overhead = 1024;  // array data, buffers and record batch of a few columns

}  // namespace

void row_buffer::append(std::shared_ptr<arrow::RecordBatch> rows) {
  if (rows->num_rows() == 0)
    return;
  const auto count = rows->num_rows();
  const auto bytes = batch{rows}.num_bytes() + segment_overhead;
  segments_.push_back({next_, next_ + count - 1, bytes, std::move(rows)});
  next_ += count;
  rows_ += count;
  bytes_ += bytes;
}

std::deque<row_buffer::segment>::const_iterator row_buffer::find(std::int64_t row) const {
  return std::ranges::lower_bound(segments_, row, {}, &segment::last);
}

std::int64_t row_buffer::end_within(std::int64_t start, const read_limit& limit) const {
  auto end = std::max(start, next_ - 1);
  if (limit.rows)
    end = std::min(end, start + std::max<std::int64_t>(0, *limit.rows));
  if (!limit.bytes || end == start)
    return end;
  auto room = *limit.bytes;
  for (auto part = find(start + 1); part != segments_.end() && part->first <= end; ++part) {
    const auto count = part->last - part->first + 1;
    const auto a_row = std::max<std::int64_t>(1, (part->bytes - segment_overhead) / count);
    const auto from = std::max(part->first, start + 1);
    const auto fits = room / a_row;
    if (from + fits <= part->last)
      return std::min(end, std::max(start + 1, from + fits - 1));
    room -= a_row * (part->last - from + 1);
  }
  return end;
}

result<std::vector<row_buffer::piece>> row_buffer::read(std::int64_t start, std::int64_t end) const {
  auto pieces = std::vector<piece>{};
  auto next = start + 1;
  for (auto part = find(next); part != segments_.end() && next <= end && part->first <= next; ++part) {
    const auto last = std::min(end, part->last);
    pieces.push_back({next, part->rows->Slice(next - part->first, last - next + 1)});
    next = last + 1;
  }
  if (next <= end)
    return status{errc::source_failed,
                  "rows (" + std::to_string(start) + ", " + std::to_string(end) + "] are not all held: " +
                      (segments_.empty() ? "the buffer is empty, the next row is "
                                         : "the oldest row held is " + std::to_string(segments_.front().first) +
                                               ", the next row is ") +
                      std::to_string(next_)};
  return pieces;
}

void row_buffer::trim(std::int64_t committed) {
  while (!segments_.empty() && segments_.front().last <= committed) {
    rows_ -= segments_.front().last - segments_.front().first + 1;
    bytes_ -= segments_.front().bytes;
    segments_.pop_front();
  }
}

}  // namespace weir
