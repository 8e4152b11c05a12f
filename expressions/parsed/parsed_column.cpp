#include <weir/expressions/parsed/parsed_column.hpp>

#include <optional>

#include <arrow/array/data.h>
#include <arrow/type.h>

#include <weir/columns/decimal.hpp>
#include <weir/columns/time.hpp>
#include <weir/expressions/parsed/values.hpp>

namespace weir::detail {

using id = data_type::id;

data_type nullable_type(const data_type& type) {
  switch (type.kind()) {
  case id::structure: {
    auto members = type.children();
    for (auto& member : members)
      member = {member.name, nullable_type(member.type), true};
    return struct_of(std::move(members));
  }
  case id::list: {
    const auto& element = type.children().front();
    return list_of({element.name, nullable_type(element.type), true});
  }
  case id::map: {
    const auto& value = type.children()[1];
    return map_of(nullable_type(type.children()[0].type), {value.name, nullable_type(value.type), true});
  }
  default: return type;
  }
}

parsed_column::parsed_column(const field& column)
    : kind_{column.type.kind()}, name_{column.name}, type_{nullable_type(column.type)}, arrow_type_{type_.to_arrow()} {
  if (kind_ == id::map)
    children_.emplace_back(field{"entries", struct_of(type_.children()), false});
  else
    for (const auto& child : type_.children())
      children_.emplace_back(child);
}

std::size_t parsed_column::width() const noexcept {
  switch (kind_) {
  case id::int8: return 1;
  case id::int16: return 2;
  case id::int32:
  case id::float32:
  case id::date: return 4;
  case id::decimal: return 16;
  case id::int64:
  case id::float64:
  case id::timestamp_us:
  case id::duration_us: return 8;
  default: return 0;
  }
}

void parsed_column::append_null() {
  switch (kind_) {
  case id::boolean: bits_.push(false); break;
  case id::int8: fixed_.push(std::int8_t{0}); break;
  case id::int16: fixed_.push(std::int16_t{0}); break;
  case id::int32:
  case id::float32:
  case id::date: fixed_.push(std::int32_t{0}); break;
  case id::decimal: fixed_.push(decimal_bits{}); break;
  case id::int64:
  case id::float64:
  case id::timestamp_us:
  case id::duration_us: fixed_.push(std::int64_t{0}); break;
  case id::utf8:
  case id::binary: text_.push({}); break;
  case id::structure:
    for (auto& child : children_)
      child.append_null();
    break;
  case id::list:
  case id::map: offsets_.push(0); break;
  }
  end_null_row();
}

void parsed_column::end_null_row() {
  if (!any_null_) {
    valid_.reserve(rows_ + 1);
    for (std::size_t row = 0; row < rows_; ++row)
      valid_.push(true);
    any_null_ = true;
  }
  valid_.push(false);
  ++rows_;
}

void parsed_column::end_list() {
  if (kind_ == id::map)
    for (auto& entries = elements(); entries.size() < entries.children_.front().size();)
      entries.end_structure();
  const auto more = elements().size() - offsets_.total();
  offset_buffer<>::check(offsets_.total(), more, "list elements");
  offsets_.push(more);
  end_row();
}

bool parsed_column::append_parsed(std::string_view text, const timestamp_parser& timestamps) {
  switch (kind_) {
  case id::timestamp_us: {
    if (timestamps) {
      const auto time = timestamps(text);
      if (!time)
        return false;
      append_fixed(time->time_since_epoch().count());
      return true;
    }
    return append_timestamp(text);
  }
  case id::duration_us: {
    const auto length = parse_interval(text);
    if (!length.ok())
      return false;
    append_fixed(static_cast<std::int64_t>(length->count()));
    return true;
  }
  case id::date: {
    const auto days = parse_date_text(text);
    if (days)
      append_fixed(*days);
    return days.has_value();
  }
  case id::decimal: {
    const auto number = parse_decimal_text(text, type_.precision(), type_.scale());
    if (number)
      append_fixed(decimal_bits::of(*number));
    return number.has_value();
  }
  default: return false;
  }
}

bool parsed_column::append_integer(std::int64_t value) {
  switch (kind_) {
  case id::int8: return append_if_fits<std::int8_t>(value);
  case id::int16: return append_if_fits<std::int16_t>(value);
  case id::int32: return append_if_fits<std::int32_t>(value);
  case id::int64: append_fixed(value); return true;
  case id::float32: append_fixed(static_cast<float>(value)); return true;
  case id::float64: append_fixed(static_cast<double>(value)); return true;
  case id::duration_us: append_fixed(value); return true;
  default: return false;
  }
}

void parsed_column::truncate(std::size_t rows) noexcept {
  fixed_.truncate(rows * width());
  if (bits_.size() > rows)
    bits_.truncate(rows);
  text_.truncate(rows);
  offsets_.truncate(rows);
  if (kind_ == id::structure)
    for (auto& child : children_)
      child.truncate(rows);
  else if (kind_ == id::list || kind_ == id::map)
    drop_open_elements();
  if (valid_.size() > rows)
    valid_.truncate(rows);
  rows_ = std::min(rows_, rows);
}

std::shared_ptr<arrow::ArrayData> parsed_column::finish() {
  const auto rows = size();
  truncate(rows);
  const auto nulls = any_null_ ? valid_.count_zeros() : 0;
  std::shared_ptr<arrow::Buffer> validity;
  if (nulls > 0)
    validity = valid_.release();
  else
    valid_.clear();
  any_null_ = false;
  rows_ = 0;
  std::vector<std::shared_ptr<arrow::Buffer>> buffers;
  switch (kind_) {
  case id::boolean: buffers.push_back(bits_.release()); break;
  case id::utf8:
  case id::binary: {
    // The bytes first: releasing the offsets forgets their count.
    auto bytes = text_.release_bytes();
    buffers = {text_.release_offsets(), std::move(bytes)};
    break;
  }
  case id::structure: break;
  case id::list:
  case id::map: buffers.push_back(offsets_.release()); break;
  default: buffers.push_back(fixed_.release());
  }
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  for (auto& child : children_)
    children.push_back(child.finish());
  if (kind_ == id::map)
    children.front()->type = arrow_type_->field(0)->type();
  return make_column(arrow_type_, rows, std::move(validity), nulls, std::move(buffers), std::move(children));
}

}  // namespace weir::detail
