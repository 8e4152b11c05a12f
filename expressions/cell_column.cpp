#include <weir/expressions/cell_column.hpp>

#include <array>
#include <cstring>
#include <memory>
#include <new>

#include <arrow/api.h>
#include <arrow/util/bit_util.h>

#include <weir/columns/batch.hpp>
#include <weir/expressions/decimal_cell.hpp>

namespace weir::detail {

namespace {

using id = data_type::id;

bool bit_at(const column_view& column, std::int64_t row) {
  const auto bit = row + column.offset;
  return ((static_cast<unsigned>(column.values[bit >> 3]) >> (bit & 7)) & 1U) != 0;
}

std::string_view text_at(const column_view& column, std::int64_t row) {
  const auto* offsets = column.values_as<std::int32_t>();
  const auto size = static_cast<std::size_t>(offsets[row + 1] - offsets[row]);
  return size == 0 ? std::string_view{""} : std::string_view{column.bytes + offsets[row], size};
}

template <class Builder>
Builder& as(arrow::ArrayBuilder& builder) {
  return static_cast<Builder&>(builder);
}

arrow::Status append_to(arrow::ArrayBuilder& builder, const data_type& type, const cell& value);

arrow::Status append_nested(arrow::ArrayBuilder& builder, const data_type& type, const cell& value) {
  const auto items = value.items();
  if (type.kind() == id::map) {
    auto& maps = as<arrow::MapBuilder>(builder);
    ARROW_RETURN_NOT_OK(maps.Append());
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      ARROW_RETURN_NOT_OK(append_to(*maps.key_builder(), type.children()[0].type, items[i]));
      ARROW_RETURN_NOT_OK(append_to(*maps.item_builder(), type.children()[1].type, items[i + 1]));
    }
    return {};
  }
  if (type.kind() == id::list) {
    auto& lists = as<arrow::ListBuilder>(builder);
    ARROW_RETURN_NOT_OK(lists.Append());
    for (const auto& item : items)
      ARROW_RETURN_NOT_OK(append_to(*lists.value_builder(), type.children().front().type, item));
    return {};
  }
  auto& structs = as<arrow::StructBuilder>(builder);
  ARROW_RETURN_NOT_OK(structs.Append());
  for (std::size_t i = 0; i < items.size(); ++i)
    ARROW_RETURN_NOT_OK(append_to(*structs.field_builder(static_cast<int>(i)), type.children()[i].type, items[i]));
  return {};
}

arrow::Status append_to(arrow::ArrayBuilder& builder, const data_type& type, const cell& value) {
  if (value.is_null()) {
    // A struct's members may refuse null, so theirs are zeros; AppendNull() of a struct does that.
    return builder.AppendNull();
  }
  switch (type.kind()) {
  case id::boolean: return as<arrow::BooleanBuilder>(builder).Append(value.boolean());
  case id::int8: return as<arrow::Int8Builder>(builder).Append(static_cast<std::int8_t>(value.integer()));
  case id::int16: return as<arrow::Int16Builder>(builder).Append(static_cast<std::int16_t>(value.integer()));
  case id::int32: return as<arrow::Int32Builder>(builder).Append(static_cast<std::int32_t>(value.integer()));
  case id::int64: return as<arrow::Int64Builder>(builder).Append(value.integer());
  case id::date: return as<arrow::Date32Builder>(builder).Append(static_cast<std::int32_t>(value.integer()));
  case id::decimal:
    return as<arrow::Decimal128Builder>(builder).Append(arrow::Decimal128{value.decimal_high(), value.decimal_low()});
  case id::float32: return as<arrow::FloatBuilder>(builder).Append(static_cast<float>(value.real()));
  case id::float64: return as<arrow::DoubleBuilder>(builder).Append(value.real());
  case id::timestamp_us: return as<arrow::TimestampBuilder>(builder).Append(value.integer());
  case id::duration_us: return as<arrow::DurationBuilder>(builder).Append(value.integer());
  case id::utf8: return as<arrow::StringBuilder>(builder).Append(value.text());
  case id::binary: return as<arrow::BinaryBuilder>(builder).Append(value.text());
  case id::structure:
  case id::map:
  case id::list: return append_nested(builder, type, value);
  }
  return arrow::Status::NotImplemented(type.to_string());
}

/// Bytes of a value of the types that cell_writer writes itself; 0: another type.
std::int64_t number_width(const data_type& type) {
  switch (type.kind()) {
  case id::int32:
  case id::date:
  case id::float32: return 4;
  case id::int64:
  case id::float64:
  case id::timestamp_us:
  case id::duration_us: return 8;
  default: return 0;
  }
}

}  // namespace

std::string_view keep(std::string_view text, cell_memory& memory) {
  if (text.empty())
    return "";
  auto* copy = static_cast<char*>(memory.allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

std::span<cell> make_cells(std::size_t count, cell_memory& memory) {
  auto* cells = static_cast<cell*>(memory.allocate(count * sizeof(cell), alignof(cell)));
  std::uninitialized_default_construct_n(cells, count);
  return {cells, count};
}

cell read_cell(const column_view& column, const data_type& type, std::int64_t row, cell_memory& memory) {
  if (!column.is_valid(row))
    return {};
  switch (type.kind()) {
  case id::boolean: return cell::of(bit_at(column, row));
  case id::int8: return cell::of(std::int64_t{column.values_as<std::int8_t>()[row]});
  case id::int16: return cell::of(std::int64_t{column.values_as<std::int16_t>()[row]});
  case id::float32: return cell::of(double{column.values_as<float>()[row]});
  case id::decimal: return decimal_cell(column.values_as<decimal_bits>()[row].value());
  case id::date:
  case id::int32: return cell::of(std::int64_t{column.values_as<std::int32_t>()[row]});
  case id::float64: return cell::of(column.values_as<double>()[row]);
  case id::int64:
  case id::timestamp_us:
  case id::duration_us: return cell::of(column.values_as<std::int64_t>()[row]);
  case id::utf8:
  case id::binary: return cell::of(text_at(column, row));
  case id::structure: {
    const auto items = make_cells(type.children().size(), memory);
    for (std::size_t i = 0; i < items.size(); ++i)
      items[i] = read_cell(column.member(i), type.children()[i].type, row, memory);
    return cell::of(std::span<const cell>{items});
  }
  case id::list: {
    const auto* offsets = column.values_as<std::int32_t>();
    const auto elements = column.elements();
    const auto items = make_cells(static_cast<std::size_t>(offsets[row + 1] - offsets[row]), memory);
    for (std::size_t i = 0; i < items.size(); ++i)
      items[i] = read_cell(elements, type.children().front().type, offsets[row] + static_cast<std::int64_t>(i), memory);
    return cell::of(std::span<const cell>{items});
  }
  case id::map: {
    const auto* offsets = column.values_as<std::int32_t>();
    const auto entries = column.elements();
    const std::array parts{entries.member(0), entries.member(1)};
    const auto items = make_cells(2 * static_cast<std::size_t>(offsets[row + 1] - offsets[row]), memory);
    for (std::size_t i = 0; i < items.size(); ++i)
      items[i] =
          read_cell(parts[i % 2], type.children()[i % 2].type, offsets[row] + static_cast<std::int64_t>(i / 2), memory);
    return cell::of(std::span<const cell>{items});
  }
  }
  return {};
}

cell copy_cell(const cell& value, const data_type& type, cell_memory& memory) {
  if (value.is_null())
    return {};
  const auto kind = type.kind();
  if (kind == id::utf8 || kind == id::binary)
    return cell::of(keep(value.text(), memory));
  if (type.children().empty())
    return value;
  const auto items = make_cells(value.items().size(), memory);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& child = type.children()[kind == id::list ? 0 : i % type.children().size()];
    items[i] = copy_cell(value.items()[i], child.type, memory);
  }
  return cell::of(std::span<const cell>{items});
}

cell_writer::cell_writer(const data_type& type, std::int64_t rows) : cell_writer{type, type.to_arrow(), rows} {}

cell_writer::cell_writer(const data_type& type, std::shared_ptr<arrow::DataType> arrow_type, std::int64_t rows)
    : type_{&type}, arrow_type_{std::move(arrow_type)}, capacity_{rows} {
  if (const auto width = number_width(type); width > 0) {
    auto values = arrow::AllocateBuffer(rows * width);
    if (!values.ok())
      throw std::bad_alloc{};
    values_ = std::move(values).ValueUnsafe();
    return;
  }
  // MakeBuilder fails for types it does not know only, and to_arrow() gives none.
  builder_ = arrow::MakeBuilder(arrow_type_).ValueOrDie();
  if (!builder_->Reserve(rows).ok())
    throw std::bad_alloc{};
}

cell_writer::cell_writer(cell_writer&&) noexcept = default;
cell_writer::~cell_writer() = default;

template <class T>
void cell_writer::put(T value) {
  reinterpret_cast<T*>(values_->mutable_data())[rows_] = value;
}

status cell_writer::append(const cell& value) {
  if (builder_) {
    const auto appended = append_to(*builder_, *type_, value);
    return appended.ok() ? status{} : from_arrow(appended, "column");
  }
  if (rows_ == capacity_)
    return {errc::internal, "a column of " + std::to_string(capacity_) + " rows got more"};
  if (value.is_null() && nulls_++ == 0) {
    auto bits = arrow::AllocateBitmap(capacity_);
    if (!bits.ok())
      return from_arrow(bits.status(), "column");
    validity_ = std::move(bits).ValueUnsafe();
    arrow::bit_util::SetBitsTo(validity_->mutable_data(), 0, capacity_, true);
  }
  if (value.is_null())
    arrow::bit_util::ClearBit(validity_->mutable_data(), rows_);
  const auto number = value.is_null() ? cell::of(std::int64_t{0}) : value;
  switch (type_->kind()) {
  case id::float64: put(number.real()); break;
  case id::float32: put(static_cast<float>(number.real())); break;
  case id::int32:
  case id::date: put(static_cast<std::int32_t>(number.integer())); break;
  default: put(number.integer()); break;
  }
  ++rows_;
  return {};
}

result<std::shared_ptr<arrow::Array>> cell_writer::finish() {
  if (!builder_)
    return arrow::MakeArray(arrow::ArrayData::Make(arrow_type_, rows_, {validity_, values_}, nulls_));
  auto made = builder_->Finish();
  if (!made.ok())
    return from_arrow(made.status(), "column");
  return std::move(made).ValueUnsafe();
}

result<std::shared_ptr<arrow::Array>> column_of(const cell& value, const data_type& type, std::int64_t rows) {
  cell_writer writer{type, rows};
  for (std::int64_t row = 0; row < rows; ++row)
    WEIR_TRY(writer.append(value));
  return writer.finish();
}

result<std::shared_ptr<arrow::Scalar>> scalar_of(const cell& value, const data_type& type) {
  WEIR_ASSIGN(const auto column, column_of(value, type, 1));
  auto scalar = column->GetScalar(0);
  if (!scalar.ok())
    return from_arrow(scalar.status(), "literal");
  return std::move(scalar).ValueUnsafe();
}

}  // namespace weir::detail
