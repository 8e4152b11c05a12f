#include <weir/columns/value_bytes.hpp>

#include <cstring>

#include <arrow/array/data.h>
#include <arrow/type.h>

#include <weir/columns/key_codec.hpp>

namespace weir {

namespace {

enum class layout : unsigned char { bits, fixed, text, structure, list };

layout layout_of(const arrow::DataType& type) {
  switch (type.id()) {
  case arrow::Type::BOOL: return layout::bits;
  case arrow::Type::STRING:
  case arrow::Type::BINARY: return layout::text;
  case arrow::Type::STRUCT: return layout::structure;
  case arrow::Type::LIST:
  case arrow::Type::MAP: return layout::list;
  default: return layout::fixed;
  }
}

/// With a constant size for each usual width, so that it is a load and a store.
void copy_fixed(void* to, const void* from, std::size_t width) {
  switch (width) {
  case 1: std::memcpy(to, from, 1); return;
  case 2: std::memcpy(to, from, 2); return;
  case 4: std::memcpy(to, from, 4); return;
  case 8: std::memcpy(to, from, 8); return;
  default: std::memcpy(to, from, width);
  }
}

void append_value(std::string& out, const detail::column_view& column, const arrow::Field& type, std::int64_t row);

void append_valid_value(std::string& out, const detail::column_view& column, const arrow::DataType& type,
                        std::int64_t row) {
  switch (layout_of(type)) {
  case layout::bits: {
    const auto bit = row + column.offset;
    out.push_back(static_cast<char>((static_cast<unsigned>(column.values[bit >> 3]) >> (bit & 7)) & 1U));
    return;
  }
  case layout::fixed: {
    const auto width = static_cast<std::size_t>(type.byte_width());
    out.append(reinterpret_cast<const char*>(column.values) + static_cast<std::size_t>(column.offset + row) * width,
               width);
    return;
  }
  case layout::text: {
    const auto* offsets = column.values_as<std::int32_t>();
    const auto size = static_cast<std::uint32_t>(offsets[row + 1] - offsets[row]);
    char prefix[sizeof size];
    std::memcpy(prefix, &size, sizeof size);
    out.append(prefix, sizeof size).append(column.bytes + offsets[row], size);
    return;
  }
  case layout::structure:
    for (int i = 0; i < type.num_fields(); ++i)
      append_value(out, column.member(static_cast<std::size_t>(i)), *type.field(i), row);
    return;
  case layout::list: {
    const auto* offsets = column.values_as<std::int32_t>();
    const auto count = static_cast<std::uint32_t>(offsets[row + 1] - offsets[row]);
    char prefix[sizeof count];
    std::memcpy(prefix, &count, sizeof count);
    out.append(prefix, sizeof count);
    const auto elements = column.elements();
    for (auto i = offsets[row]; i < offsets[row + 1]; ++i)
      append_value(out, elements, *type.field(0), i);
    return;
  }
  }
}

void append_value(std::string& out, const detail::column_view& column, const arrow::Field& type, std::int64_t row) {
  if (type.nullable()) {
    const auto valid = column.is_valid(row);
    out.push_back(valid ? 1 : 0);
    if (!valid)
      return;
  }
  append_valid_value(out, column, *type.type(), row);
}

}  // namespace

/// One column being made, with those inside it.
class value_columns::column {
public:
  explicit column(const arrow::Field& of)
      : type_{of.type()}, nullable_{of.nullable()}, layout_{layout_of(*type_)},
        width_{layout_ == layout::fixed ? static_cast<std::size_t>(type_->byte_width()) : 0} {
    for (int i = 0; i < type_->num_fields(); ++i)
      children_.emplace_back(*type_->field(i));
  }

  void take(detail::key_bytes& from) {
    if (nullable_) {
      const auto valid = from.take<char>() != 0;
      if (!valid) {
        append_default();
        return;
      }
      if (nulls_ > 0)
        valid_.push(true);
    }
    take_valid(from);
    ++rows_;
  }
  void take_text(std::string_view bytes) {
    text_.push(bytes);
    ++rows_;
  }
  void append_default() {
    if (nullable_) {
      // Most columns never have a null: only the first one makes the flags of the rows before.
      if (nulls_++ == 0) {
        valid_.reserve(rows_ + 1);
        for (std::size_t i = 0; i < rows_; ++i)
          valid_.push(true);
      }
      valid_.push(false);
    }
    switch (layout_) {
    case layout::bits: bits_.push(false); break;
    case layout::fixed: std::memset(next_fixed(), 0, width_); break;
    case layout::text: text_.push({}); break;
    case layout::structure:
      for (auto& child : children_)
        child.append_default();
      break;
    case layout::list: offsets_.push(0); break;
    }
    ++rows_;
  }
  std::shared_ptr<arrow::ArrayData> finish() {
    const auto rows = std::exchange(rows_, 0);
    const auto nulls = std::exchange(nulls_, 0);
    auto validity = nulls > 0 ? valid_.release() : nullptr;
    valid_.clear();
    std::vector<std::shared_ptr<arrow::Buffer>> buffers;
    switch (layout_) {
    case layout::bits: buffers = {bits_.release()}; break;
    case layout::fixed: buffers = {fixed_.release(rows * width_)}; break;
    case layout::text: {
      auto bytes = text_.release_bytes();
      buffers = {text_.release_offsets(), std::move(bytes)};
      break;
    }
    case layout::structure: break;
    case layout::list: buffers = {offsets_.release()}; break;
    }
    std::vector<std::shared_ptr<arrow::ArrayData>> children;
    for (auto& child : children_)
      children.push_back(child.finish());
    return detail::make_column(type_, rows, std::move(validity), nulls, std::move(buffers), std::move(children));
  }

private:
  std::byte* next_fixed() {
    if (fixed_.capacity() < (rows_ + 1) * width_) [[unlikely]]
      fixed_.grow(rows_ * width_, (rows_ + 1) * width_);
    return fixed_.data() + rows_ * width_;
  }
  void take_valid(detail::key_bytes& from) {
    switch (layout_) {
    case layout::bits: bits_.push(from.take<char>() != 0); return;
    case layout::fixed: {
      const auto bytes = from.take(width_);
      copy_fixed(next_fixed(), bytes.data(), width_);
      return;
    }
    case layout::text: text_.push(from.take(from.take<std::uint32_t>())); return;
    case layout::structure:
      for (auto& child : children_)
        child.take(from);
      return;
    case layout::list: {
      const auto count = from.take<std::uint32_t>();
      offsets_.check(offsets_.total(), count, "list elements");
      for (std::uint32_t i = 0; i < count; ++i)
        children_.front().take(from);
      offsets_.push(count);
      return;
    }
    }
  }

  std::shared_ptr<arrow::DataType> type_;
  bool nullable_;
  layout layout_;
  std::size_t width_;
  std::vector<column> children_;
  std::size_t rows_ = 0;
  std::size_t nulls_ = 0;
  detail::bit_buffer valid_;  ///< filled from the first null on
  detail::bit_buffer bits_;
  detail::column_memory fixed_;
  detail::text_buffer<> text_;
  detail::offset_buffer<> offsets_;
};

void append_value_bytes(std::string& out, const detail::column_view& column, const field& type, std::int64_t row) {
  if (type.nullable) {
    const auto valid = column.is_valid(row);
    out.push_back(valid ? 1 : 0);
    if (!valid)
      return;
  }
  append_valid_value(out, column, *column.column->type, row);
}

value_columns::value_columns(const std::vector<field>& columns) {
  for (const auto& one : columns)
    columns_.emplace_back(*arrow::field(one.name, one.type.to_arrow(), one.nullable));
  raw_ = columns.size() == 1 && !columns[0].nullable &&
         (columns[0].type.kind() == data_type::id::utf8 || columns[0].type.kind() == data_type::id::binary);
}
value_columns::value_columns(value_columns&&) noexcept = default;
value_columns& value_columns::operator=(value_columns&&) noexcept = default;
value_columns::~value_columns() = default;

void value_columns::append(std::string_view bytes) {
  detail::key_bytes from{bytes};
  for (auto& one : columns_)
    one.take(from);
  if (from.left() != 0)
    detail::throw_bad_key();
  ++rows_;
}

void value_columns::append_key(std::string_view key) {
  if (!raw_) {
    append(key);
    return;
  }
  columns_.front().take_text(key);
  ++rows_;
}

void value_columns::append_default() {
  for (auto& one : columns_)
    one.append_default();
  ++rows_;
}

std::vector<std::shared_ptr<arrow::ArrayData>> value_columns::finish() {
  rows_ = 0;
  std::vector<std::shared_ptr<arrow::ArrayData>> out;
  for (auto& one : columns_)
    out.push_back(one.finish());
  return out;
}

}  // namespace weir
