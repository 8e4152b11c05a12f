#include <weir/expressions/cell_column.hpp>

#include <cstring>

#include <arrow/api.h>

#include <weir/columns/batch.hpp>

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
  case id::int32: return as<arrow::Int32Builder>(builder).Append(static_cast<std::int32_t>(value.integer()));
  case id::int64: return as<arrow::Int64Builder>(builder).Append(value.integer());
  case id::float64: return as<arrow::DoubleBuilder>(builder).Append(value.real());
  case id::timestamp_us: return as<arrow::TimestampBuilder>(builder).Append(value.integer());
  case id::duration_us: return as<arrow::DurationBuilder>(builder).Append(value.integer());
  case id::utf8: return as<arrow::StringBuilder>(builder).Append(value.text());
  case id::binary: return as<arrow::BinaryBuilder>(builder).Append(value.text());
  case id::structure:
  case id::list: return append_nested(builder, type, value);
  }
  return arrow::Status::NotImplemented(type.to_string());
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

cell_writer::cell_writer(const data_type& type, std::int64_t rows) : type_{type} {
  // MakeBuilder fails for types it does not know only, and to_arrow() gives none.
  auto made = arrow::MakeBuilder(type.to_arrow());
  builder_ = std::move(made).ValueOrDie();
  builder_->Reserve(rows).ok();
}

cell_writer::cell_writer(cell_writer&&) noexcept = default;
cell_writer::~cell_writer() = default;

status cell_writer::append(const cell& value) {
  const auto appended = append_to(*builder_, type_, value);
  return appended.ok() ? status{} : from_arrow(appended, "column");
}

result<std::shared_ptr<arrow::Array>> cell_writer::finish() {
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
