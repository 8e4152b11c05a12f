#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <weir/columns/column_memory.hpp>
#include <weir/columns/schema.hpp>
#include <weir/expressions/parsed.hpp>
#include <weir/expressions/parsed/timestamp_text.hpp>

namespace weir::detail {

/// Values of one fixed width in column memory; which one is known to who pushes.
class fixed_values {
public:
  std::size_t bytes() const noexcept { return used_; }
  template <class T>
  void push(T value) {
    if (memory_.capacity() - used_ < sizeof(T)) [[unlikely]]
      memory_.grow(used_, used_ + sizeof(T));
    std::memcpy(memory_.data() + used_, &value, sizeof(T));
    used_ += sizeof(T);
  }
  void truncate(std::size_t bytes) noexcept { used_ = std::min(used_, bytes); }
  std::shared_ptr<arrow::Buffer> release() {
    auto out = memory_.release(used_);
    used_ = 0;
    return out;
  }

private:
  column_memory memory_;
  std::size_t used_ = 0;
};

/// A column whose type is known at run time, filled value by value by a text reader. Every column may hold nulls.
/// Who appends says the kind by the call, without a virtual call or a check; a structure grows by its members and
/// end_structure(), a list (or map) by its elements and end_list(). A map's elements are structures of key and
/// value, which end_list() ends. Rows that were not ended are forgotten by
/// truncate().
class parsed_column {
public:
  explicit parsed_column(const field& column);

  data_type::id kind() const noexcept { return kind_; }
  const std::string& name() const noexcept { return name_; }
  /// The type with everything in it nullable.
  const data_type& type() const noexcept { return type_; }
  std::size_t size() const noexcept { return rows_; }
  std::vector<parsed_column>& children() noexcept { return children_; }
  parsed_column& elements() noexcept { return children_.front(); }

  void append_null();
  template <class T>
  void append_fixed(T value) {
    fixed_.push(value);
    end_row();
  }
  void append_bool(bool value) {
    bits_.push(value);
    end_row();
  }
  void append_text(std::string_view text) {
    text_.push(text);
    end_row();
  }
  /// The same as append_parsed() for a timestamp in the default form.
  bool append_timestamp(std::string_view text) {
    const auto micros = times_.parse(text);
    if (micros)
      append_fixed(*micros);
    return micros.has_value();
  }
  void end_structure() { end_row(); }
  /// The elements after those of the row before are this row's.
  void end_list();
  /// Elements (or entries) that no row has yet are dropped.
  void drop_open_elements() noexcept { elements().truncate(offsets_.total()); }
  /// Appends an integer to a column of numbers or durations (microseconds); false, and nothing appended, where it does
  /// not fit or the column is no such one.
  bool append_integer(std::int64_t value);
  /// Appends the text's value by the column's type, as a quoted JSON string and a CSV field are read; false, and
  /// nothing appended, where it is none. Not for texts, nested columns, numbers and booleans.
  bool append_parsed(std::string_view text, const timestamp_parser& timestamps);

  /// Keeps the first `rows` rows.
  void truncate(std::size_t rows) noexcept;
  std::shared_ptr<arrow::ArrayData> finish();

private:
  std::size_t width() const noexcept;
  /// Validity is kept from the first null on only.
  void end_row() {
    if (any_null_)
      valid_.push(true);
    ++rows_;
  }
  void end_null_row();
  template <class Int>
  bool append_if_fits(std::int64_t value) {
    const auto fits = std::in_range<Int>(value);
    if (fits)
      append_fixed(static_cast<Int>(value));
    return fits;
  }

  data_type::id kind_;
  std::string name_;
  data_type type_;
  std::shared_ptr<arrow::DataType> arrow_type_;
  std::size_t rows_ = 0;
  bool any_null_ = false;
  bit_buffer valid_;
  timestamp_text times_;
  fixed_values fixed_;
  bit_buffer bits_;
  text_buffer<> text_;
  offset_buffer<> offsets_;
  std::vector<parsed_column> children_;
};

/// The type with everything in it nullable.
data_type nullable_type(const data_type& type);

}  // namespace weir::detail
