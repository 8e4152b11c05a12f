#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace arrow {
class Array;
struct ArrayData;
class Buffer;
class DataType;
}  // namespace arrow

/// What the column codecs are built of: memory that grows, becomes an Arrow buffer without a copy, and
/// comes back to a pool when the last reference to that buffer is gone.
namespace weir::detail {

/// Memory for one buffer of a column: 64-byte aligned, uninitialised, from a process-wide pool.
class column_memory {
public:
  column_memory() = default;
  column_memory(column_memory&& other) noexcept;
  column_memory& operator=(column_memory&& other) noexcept;
  ~column_memory();

  std::byte* data() const noexcept { return data_; }
  std::size_t capacity() const noexcept { return capacity_; }
  /// Makes room for `needed` bytes (at least doubling) and keeps the first `used`. Throws std::bad_alloc.
  void grow(std::size_t used, std::size_t needed);
  /// Hands the first `size` bytes over as a buffer; the next grow() starts as large as this one ended.
  std::shared_ptr<arrow::Buffer> release(std::size_t size);

private:
  std::byte* data_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t last_size_ = 0;
};

/// Bytes the pool holds for reuse (bounded by 64 MiB). Always 0 under AddressSanitizer, which then sees
/// every use of a row after its batch is gone.
std::size_t pooled_bytes() noexcept;

[[noreturn]] void throw_column_full(std::size_t limit, std::string_view unit);

/// A vector of trivial values in column memory.
template <class T>
  requires std::is_trivially_copyable_v<T>
class value_buffer {
public:
  std::size_t size() const noexcept { return size_; }
  T* data() const noexcept { return reinterpret_cast<T*>(memory_.data()); }
  void push(T value) {
    if (size_ == capacity_) [[unlikely]]
      reserve(size_ + 1);
    data()[size_++] = value;
  }
  void reserve(std::size_t count) {
    if (count <= capacity_)
      return;
    memory_.grow(size_ * sizeof(T), count * sizeof(T));
    capacity_ = memory_.capacity() / sizeof(T);
  }
  void truncate(std::size_t count) noexcept { size_ = count; }
  std::shared_ptr<arrow::Buffer> release() {
    auto out = memory_.release(size_ * sizeof(T));
    size_ = capacity_ = 0;
    return out;
  }

private:
  column_memory memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Bits, kept as a byte each while rows come (a store a row, no shifting) and packed once at the end.
class bit_buffer {
public:
  std::size_t size() const noexcept { return flags_.size(); }
  void push(bool bit) { flags_.push(static_cast<std::uint8_t>(bit)); }
  void reserve(std::size_t count) { flags_.reserve(count); }
  void truncate(std::size_t count) noexcept { flags_.truncate(count); }
  std::size_t count_zeros() const noexcept;
  std::shared_ptr<arrow::Buffer> release();
  void clear() noexcept { flags_.truncate(0); }

private:
  value_buffer<std::uint8_t> flags_;
  column_memory packed_;
};

/// Copies short texts, the usual keys and names, without a call.
inline void copy_bytes(std::byte* to, const char* from, std::size_t size) noexcept {
  if (size > 16) {
    std::memcpy(to, from, size);
  } else if (size >= 8) {
    std::uint64_t head, tail;
    std::memcpy(&head, from, 8);
    std::memcpy(&tail, from + size - 8, 8);
    std::memcpy(to, &head, 8);
    std::memcpy(to + size - 8, &tail, 8);
  } else if (size >= 4) {
    std::uint32_t head, tail;
    std::memcpy(&head, from, 4);
    std::memcpy(&tail, from + size - 4, 4);
    std::memcpy(to, &head, 4);
    std::memcpy(to + size - 4, &tail, 4);
  } else {
    for (std::size_t i = 0; i < size; ++i)
      to[i] = static_cast<std::byte>(from[i]);
  }
}

/// Where each of a column's variable-length values ends: Arrow's int32 offsets, which bound a column to
/// 2 GiB of bytes (or 2^31 - 1 list elements); past `Limit` end() throws std::length_error.
template <std::size_t Limit = std::numeric_limits<std::int32_t>::max()>
class offset_buffer {
public:
  /// Values so far.
  std::size_t size() const noexcept { return ends_.size() == 0 ? 0 : ends_.size() - 1; }
  /// Bytes (or elements) so far.
  std::size_t total() const noexcept { return total_; }
  static void check(std::size_t total, std::size_t more, std::string_view unit) {
    if (more > Limit - total) [[unlikely]]
      throw_column_full(Limit, unit);
  }
  /// Ends a value that adds `more`; check() was called.
  void push(std::size_t more) {
    if (ends_.size() == 0) [[unlikely]]
      ends_.push(0);
    ends_.push(static_cast<std::int32_t>(total_ + more));
    total_ += more;
  }
  void reserve(std::size_t count) { ends_.reserve(count + 1); }
  void truncate(std::size_t count) noexcept {
    if (count >= size())
      return;
    total_ = static_cast<std::size_t>(ends_.data()[count]);
    ends_.truncate(count + 1);
  }
  std::shared_ptr<arrow::Buffer> release() {
    if (ends_.size() == 0)
      ends_.push(0);
    total_ = 0;
    return ends_.release();
  }

private:
  value_buffer<std::int32_t> ends_;
  std::size_t total_ = 0;
};

/// A column of texts: bytes and offsets.
template <std::size_t Limit = std::numeric_limits<std::int32_t>::max()>
class text_buffer {
public:
  std::size_t size() const noexcept { return offsets_.size(); }
  std::size_t bytes() const noexcept { return offsets_.total(); }
  void push(std::string_view text) {
    const auto used = offsets_.total();
    offsets_.check(used, text.size(), "bytes");
    if (bytes_.capacity() - used < text.size()) [[unlikely]]
      bytes_.grow(used, used + text.size());
    copy_bytes(bytes_.data() + used, text.data(), text.size());
    offsets_.push(text.size());
  }
  void reserve(std::size_t count) { offsets_.reserve(count); }
  void truncate(std::size_t count) noexcept { offsets_.truncate(count); }
  std::shared_ptr<arrow::Buffer> release_bytes() { return bytes_.release(offsets_.total()); }
  std::shared_ptr<arrow::Buffer> release_offsets() { return offsets_.release(); }

private:
  offset_buffer<Limit> offsets_;
  column_memory bytes_;
};

/// A finished column of Arrow type `type`; `validity` is null when there are no nulls.
std::shared_ptr<arrow::ArrayData> make_column(const std::shared_ptr<arrow::DataType>& type, std::size_t rows,
                                              std::shared_ptr<arrow::Buffer> validity, std::size_t nulls,
                                              std::vector<std::shared_ptr<arrow::Buffer>> buffers,
                                              std::vector<std::shared_ptr<arrow::ArrayData>> children = {});
std::shared_ptr<arrow::Array> make_array(const std::shared_ptr<arrow::ArrayData>& column);

/// A column's buffers as plain pointers; `offset` is where its row 0 stands in them.
struct column_view {
  const std::uint8_t* validity = nullptr;  ///< null: no row is null
  const std::byte* values = nullptr;       ///< fixed-width values, bits, or offsets
  const char* bytes = nullptr;             ///< the bytes of texts
  std::int64_t offset = 0;
  std::int64_t length = 0;
  const arrow::ArrayData* column = nullptr;

  /// The values from row 0 on; not for bits.
  template <class T>
  const T* values_as() const noexcept {
    return values == nullptr ? nullptr : reinterpret_cast<const T*>(values) + offset;
  }
  bool is_valid(std::int64_t row) const noexcept {
    return validity == nullptr || ((validity[(offset + row) >> 3] >> ((offset + row) & 7)) & 1) != 0;
  }
  /// Member `index` of a structure (its rows are this view's rows), or the elements of a list (index 0).
  column_view member(std::size_t index) const;
  column_view elements() const;
};

column_view view_of(const arrow::Array& column);
column_view view_of(const arrow::ArrayData& column);

}  // namespace weir::detail
