#include <weir/columns/column_memory.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>

namespace weir::detail {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool pooling = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool pooling = false;
#else
constexpr bool pooling = true;
#endif
#else
constexpr bool pooling = true;
#endif

constexpr std::align_val_t alignment{64};
constexpr std::size_t smallest_block = 256;
constexpr std::size_t largest_block = std::size_t{16} << 20;
constexpr std::size_t most_pooled = std::size_t{64} << 20;

/// Free blocks by size class (powers of two). A lock is taken a few times a batch, never a row.
class block_pool {
public:
  std::byte* take(std::size_t size) {
    if (pooling && size <= largest_block) {
      const std::lock_guard guard{mutex_};
      if (auto& blocks = class_of(size); !blocks.empty()) {
        auto* block = blocks.back();
        blocks.pop_back();
        held_ -= size;
        return block;
      }
    }
    return static_cast<std::byte*>(::operator new(size, alignment));
  }

  void give(std::byte* block, std::size_t size) noexcept {
    if (pooling && size <= largest_block) {
      const std::lock_guard guard{mutex_};
      if (auto& blocks = class_of(size); held_ + size <= most_pooled && has_room(blocks)) {
        blocks.push_back(block);
        held_ += size;
        return;
      }
    }
    ::operator delete(block, alignment);
  }

  std::size_t held() noexcept {
    const std::lock_guard guard{mutex_};
    return held_;
  }

private:
  using block_list = std::vector<std::byte*>;

  static bool has_room(block_list& blocks) noexcept {
    try {
      blocks.reserve(std::bit_ceil(blocks.size() + 1));
      return true;
    } catch (...) {
      return false;
    }
  }
  block_list& class_of(std::size_t size) noexcept { return classes_[static_cast<std::size_t>(std::countr_zero(size))]; }

  std::mutex mutex_;
  std::array<block_list, 32> classes_;
  std::size_t held_ = 0;
};

/// Never destroyed: a buffer may live longer than any static object.
block_pool& pool() noexcept {
  static auto& instance = *new block_pool;
  return instance;
}

class pooled_buffer final : public arrow::Buffer {
public:
  pooled_buffer(std::byte* block, std::size_t capacity, std::size_t size)
      : arrow::Buffer{reinterpret_cast<const std::uint8_t*>(block), static_cast<std::int64_t>(size)}, block_{block},
        block_size_{capacity} {}
  ~pooled_buffer() override { pool().give(block_, block_size_); }

private:
  std::byte* block_;
  std::size_t block_size_;
};

}  // namespace

column_memory::column_memory(column_memory&& other) noexcept
    : data_{std::exchange(other.data_, nullptr)}, capacity_{std::exchange(other.capacity_, 0)},
      last_size_{other.last_size_} {}

column_memory& column_memory::operator=(column_memory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(capacity_, other.capacity_);
  std::swap(last_size_, other.last_size_);
  return *this;
}

column_memory::~column_memory() {
  if (data_ != nullptr)
    pool().give(data_, capacity_);
}

void column_memory::grow(std::size_t used, std::size_t needed) {
  const auto size = std::bit_ceil(std::max({needed, capacity_ * 2, last_size_, smallest_block}));
  auto* block = pool().take(size);
  if (used > 0)
    std::memcpy(block, data_, used);
  if (data_ != nullptr)
    pool().give(data_, capacity_);
  data_ = block;
  capacity_ = size;
}

std::shared_ptr<arrow::Buffer> column_memory::release(std::size_t size) {
  last_size_ = size;
  if (size == 0) {
    // Arrow's validation refuses a value buffer without an address, even an empty one.
    static constexpr std::uint8_t nothing = 0;
    static const auto empty = std::make_shared<arrow::Buffer>(&nothing, 0);
    return empty;
  }
  auto out = std::make_shared<pooled_buffer>(data_, capacity_, size);
  data_ = nullptr;
  capacity_ = 0;
  return out;
}

std::size_t pooled_bytes() noexcept { return pool().held(); }

void throw_column_full(std::size_t limit, std::string_view unit) {
  throw std::length_error{"a column of a batch cannot hold more than " + std::to_string(limit) + " " +
                          std::string{unit} + "; make smaller batches"};
}

std::size_t bit_buffer::count_zeros() const noexcept {
  return static_cast<std::size_t>(std::count(flags_.data(), flags_.data() + flags_.size(), std::uint8_t{0}));
}

std::shared_ptr<arrow::Buffer> bit_buffer::release() {
  const auto rows = flags_.size();
  const auto size = (rows + 7) / 8;
  if (packed_.capacity() < size)
    packed_.grow(0, size);
  const auto* flags = flags_.data();
  auto* out = packed_.data();
  std::size_t row = 0;
  // Eight bytes of 0 or 1 become eight bits: the product gathers byte i's low bit in bit 56 + i.
  if constexpr (std::endian::native == std::endian::little) {
    for (; row + 8 <= rows; row += 8) {
      std::uint64_t eight;
      std::memcpy(&eight, flags + row, 8);
      out[row / 8] = static_cast<std::byte>((eight * 0x0102040810204080ULL) >> 56);
    }
  }
  for (; row < rows; row += 8) {
    unsigned bits = 0;
    for (std::size_t i = row; i < std::min(row + 8, rows); ++i)
      bits |= static_cast<unsigned>(flags[i]) << (i - row);
    out[row / 8] = static_cast<std::byte>(bits);
  }
  flags_.truncate(0);
  return packed_.release(size);
}

std::shared_ptr<arrow::ArrayData> make_column(const std::shared_ptr<arrow::DataType>& type, std::size_t rows,
                                              std::shared_ptr<arrow::Buffer> validity, std::size_t nulls,
                                              std::vector<std::shared_ptr<arrow::Buffer>> buffers,
                                              std::vector<std::shared_ptr<arrow::ArrayData>> children) {
  buffers.insert(buffers.begin(), nulls == 0 ? nullptr : std::move(validity));
  return arrow::ArrayData::Make(type, static_cast<std::int64_t>(rows), std::move(buffers), std::move(children),
                                static_cast<std::int64_t>(nulls));
}

std::shared_ptr<arrow::Array> make_array(const std::shared_ptr<arrow::ArrayData>& column) {
  return arrow::MakeArray(column);
}

column_view view_of(const arrow::ArrayData& column) {
  column_view view;
  view.column = &column;
  view.offset = column.offset;
  view.length = column.length;
  const auto& buffers = column.buffers;
  if (!buffers.empty() && buffers[0] != nullptr && column.null_count != 0)
    view.validity = buffers[0]->data();
  if (buffers.size() > 1 && buffers[1] != nullptr)
    view.values = reinterpret_cast<const std::byte*>(buffers[1]->data());
  if (buffers.size() > 2 && buffers[2] != nullptr)
    view.bytes = reinterpret_cast<const char*>(buffers[2]->data());
  return view;
}

column_view view_of(const arrow::Array& column) { return view_of(*column.data()); }

column_view column_view::member(std::size_t index) const {
  auto view = view_of(*column->child_data[index]);
  // Slicing a structure leaves its members whole.
  view.offset += offset;
  view.length = length;
  return view;
}

column_view column_view::elements() const {
  // The view of a batch without columns has none.
  return column == nullptr ? column_view{} : view_of(*column->child_data[0]);
}

}  // namespace weir::detail
