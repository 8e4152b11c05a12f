#include <weir/columns/arrow_import.hpp>

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <arrow/extension_type.h>

#include <weir/columns/batch.hpp>
#include <weir/columns/decimal.hpp>
#include <weir/columns/widening.hpp>

namespace weir {

namespace {

using array_ptr = std::shared_ptr<arrow::Array>;
using type_ptr = std::shared_ptr<arrow::DataType>;
using id = data_type::id;

status at_column(const std::string& path, const status& error) {
  return {error.code(), "column '" + path + "': " + error.message()};
}

status does_not_fit(const std::string& path, const arrow::DataType& from, const std::string& value,
                    const data_type& wanted) {
  return {errc::type_mismatch,
          "column '" + path + "': " + from.ToString() + " value " + value + " does not fit " + wanted.to_string()};
}

result<field> import_field(const arrow::Field& one) {
  const auto type = import_type(*one.type());
  if (!type.ok())
    return at_column(one.name(), type.error());
  return field{one.name(), *type, one.nullable()};
}

result<std::vector<field>> import_fields(const arrow::FieldVector& fields) {
  std::vector<field> out;
  for (const auto& one : fields) {
    WEIR_ASSIGN(auto made, import_field(*one));
    out.push_back(std::move(made));
  }
  return out;
}

/// A count of `unit`s is `multiply` / `divide` microseconds.
struct unit_ratio {
  std::int64_t multiply = 1;
  std::int64_t divide = 1;
};

unit_ratio ratio_of(arrow::TimeUnit::type unit) {
  switch (unit) {
  case arrow::TimeUnit::SECOND: return {1'000'000, 1};
  case arrow::TimeUnit::MILLI: return {1'000, 1};
  case arrow::TimeUnit::NANO: return {1, 1'000};
  default: return {};
  }
}

std::int64_t floor_divide(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

/// Converts one array after the other to weir's layout; `path` names the column in errors.
class importer {
public:
  static result<array_ptr> convert(array_ptr column, const field& wanted, const std::string& path) {
    WEIR_ASSIGN(column, unwrapped(std::move(column), path));
    const auto type = wanted.type.to_arrow();
    if (column->type()->Equals(*type))
      return column;
    if (column->type_id() == arrow::Type::NA)
      return of(arrow::MakeArrayOfNull(type, column->length()), path);
    switch (wanted.type.kind()) {
    case id::structure:
      if (column->type_id() == arrow::Type::STRUCT)
        return structure(static_cast<const arrow::StructArray&>(*column), wanted.type, path);
      break;
    case id::list:
      if (auto list = as_list(column))
        return nested(*list, wanted.type, path);
      break;
    case id::map:
      if (column->type_id() == arrow::Type::MAP)
        return map(static_cast<const arrow::MapArray&>(*column), wanted.type, path);
      break;
    default: return leaf(column, wanted.type, path);
    }
    return status{errc::type_mismatch,
                  "column '" + path + "': expected " + wanted.type.to_string() + ", got " + column->type()->ToString()};
  }

  /// Nulls that the column may not have; not those of rows that are null as a whole.
  static status check_nulls(const arrow::Array& column, const arrow::Array* parent, const field& wanted,
                            const std::string& path) {
    if (wanted.nullable || column.null_count() == 0)
      return {};
    for (std::int64_t i = 0; i < column.length(); ++i)
      if (column.IsNull(i) && (parent == nullptr || parent->IsValid(i)))
        return {errc::type_mismatch,
                "column '" + path + "' has nulls; expected " + wanted.type.to_string() + " not null"};
    return {};
  }

private:
  /// A list's parts in one form: element i of row r stands at [offsets[r] + i - offsets[0]] of `elements`.
  struct list_parts {
    array_ptr source;
    array_ptr elements;
    std::vector<std::int64_t> offsets;
  };

  static result<array_ptr> of(arrow::Result<array_ptr> made, const std::string& path) {
    if (!made.ok())
      return from_arrow(made.status(), "column '" + path + "'");
    return std::move(*made);
  }

  /// What a dictionary or an extension type holds.
  static result<array_ptr> unwrapped(array_ptr column, const std::string& path) {
    for (;;) {
      if (column->type_id() == arrow::Type::DICTIONARY) {
        const auto& coded = static_cast<const arrow::DictionaryArray&>(*column);
        auto taken = arrow::compute::Take(*coded.dictionary(), *coded.indices());
        WEIR_ASSIGN(column, of(std::move(taken), path));
      } else if (column->type_id() == arrow::Type::EXTENSION) {
        column = static_cast<const arrow::ExtensionArray&>(*column).storage();
      } else {
        return column;
      }
    }
  }

  template <class Array>
  static list_parts parts_of(const array_ptr& column) {
    const auto& list = static_cast<const Array&>(*column);
    list_parts parts{column, nullptr, {}};
    parts.offsets.reserve(static_cast<std::size_t>(list.length()) + 1);
    for (std::int64_t i = 0; i < list.length(); ++i)
      parts.offsets.push_back(list.value_offset(i));
    parts.offsets.push_back(
        list.length() == 0 ? 0 : list.value_offset(list.length() - 1) + list.value_length(list.length() - 1));
    const auto first = parts.offsets.front();
    parts.elements = list.values()->Slice(first, parts.offsets.back() - first);
    return parts;
  }

  static std::optional<list_parts> as_list(const array_ptr& column) {
    switch (column->type_id()) {
    case arrow::Type::LIST: return parts_of<arrow::ListArray>(column);
    case arrow::Type::LARGE_LIST: return parts_of<arrow::LargeListArray>(column);
    case arrow::Type::FIXED_SIZE_LIST: return parts_of<arrow::FixedSizeListArray>(column);
    case arrow::Type::LIST_VIEW: {
      auto list = arrow::ListArray::FromListView(static_cast<const arrow::ListViewArray&>(*column),
                                                 arrow::default_memory_pool());
      return list.ok() ? std::optional{parts_of<arrow::ListArray>(*list)} : std::nullopt;
    }
    case arrow::Type::LARGE_LIST_VIEW: {
      auto list = arrow::LargeListArray::FromListView(static_cast<const arrow::LargeListViewArray&>(*column),
                                                      arrow::default_memory_pool());
      return list.ok() ? std::optional{parts_of<arrow::LargeListArray>(*list)} : std::nullopt;
    }
    default: return std::nullopt;
    }
  }

  /// The validity of a column from its row 0 on.
  static result<std::shared_ptr<arrow::Buffer>> validity_of(const arrow::Array& column, const std::string& path) {
    if (column.null_count() == 0)
      return std::shared_ptr<arrow::Buffer>{};
    auto bits = arrow::AllocateEmptyBitmap(column.length());
    if (!bits.ok())
      return from_arrow(bits.status(), "column '" + path + "'");
    for (std::int64_t i = 0; i < column.length(); ++i)
      if (column.IsValid(i))
        (*bits)->mutable_data()[i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
    return std::move(*bits);
  }

  /// A list or map of these elements, laid out anew.
  static result<array_ptr> assemble(const list_parts& parts, const type_ptr& type, const array_ptr& elements,
                                    const std::string& path) {
    const auto rows = parts.source->length();
    if (elements->length() > std::numeric_limits<std::int32_t>::max())
      return status{errc::out_of_memory, "column '" + path +
                                             "': a column of a batch cannot hold more than 2147483647 "
                                             "list elements; make smaller batches"};
    auto offsets = arrow::AllocateBuffer((rows + 1) * 4);
    if (!offsets.ok())
      return from_arrow(offsets.status(), "column '" + path + "'");
    auto* to = reinterpret_cast<std::int32_t*>((*offsets)->mutable_data());
    for (std::size_t i = 0; i < parts.offsets.size(); ++i)
      to[i] = static_cast<std::int32_t>(parts.offsets[i] - parts.offsets.front());
    WEIR_ASSIGN(auto validity, validity_of(*parts.source, path));
    return arrow::MakeArray(arrow::ArrayData::Make(type, rows, {std::move(validity), std::move(*offsets)},
                                                   {elements->data()}, parts.source->null_count()));
  }

  static result<array_ptr> nested(const list_parts& parts, const data_type& wanted, const std::string& path) {
    const auto& element = wanted.children().front();
    WEIR_ASSIGN(const auto elements, convert(parts.elements, element, path + "[]"));
    WEIR_TRY(check_nulls(*elements, nullptr, element, path + "[]"));
    return assemble(parts, wanted.to_arrow(), elements, path);
  }

  static result<array_ptr> map(const arrow::MapArray& column, const data_type& wanted, const std::string& path) {
    const auto whole = arrow::MakeArray(column.data());
    const auto parts = parts_of<arrow::MapArray>(whole);
    const auto first = parts.offsets.front();
    const auto entries = parts.offsets.back() - first;
    const auto& key = wanted.children()[0];
    const auto& value = wanted.children()[1];
    WEIR_ASSIGN(const auto keys, convert(column.keys()->Slice(first, entries), key, path + ".key"));
    WEIR_TRY(check_nulls(*keys, nullptr, key, path + ".key"));
    WEIR_ASSIGN(const auto values, convert(column.items()->Slice(first, entries), value, path + ".value"));
    WEIR_TRY(check_nulls(*values, nullptr, value, path + ".value"));
    const auto type = wanted.to_arrow();
    const auto pairs =
        std::make_shared<arrow::StructArray>(type->field(0)->type(), entries, arrow::ArrayVector{keys, values});
    return assemble(parts, type, pairs, path);
  }

  static result<array_ptr> structure(const arrow::StructArray& column, const data_type& wanted,
                                     const std::string& path) {
    const auto& type = static_cast<const arrow::StructType&>(*column.type());
    arrow::ArrayVector members;
    for (const auto& member : wanted.children()) {
      const auto name = path + "." + member.name;
      const auto index = type.GetFieldIndex(member.name);
      if (index < 0)
        return status{errc::unknown_column, "column '" + name + "': expected " + member.type.to_string() +
                                                ", but there is no such column in " + type.ToString()};
      WEIR_ASSIGN(auto made, convert(column.field(index), member, name));
      WEIR_TRY(check_nulls(*made, &column, member, name));
      members.push_back(std::move(made));
    }
    WEIR_ASSIGN(auto validity, validity_of(column, path));
    return std::make_shared<arrow::StructArray>(wanted.to_arrow(), column.length(), std::move(members),
                                                std::move(validity), column.null_count());
  }

  static result<array_ptr> leaf(const array_ptr& column, const data_type& wanted, const std::string& path) {
    const auto& from = *column->type();
    const auto natural = import_type(from);
    if (!natural.ok())
      return at_column(path, natural.error());
    if (!widens_to(*natural, wanted))
      return status{errc::type_mismatch,
                    "column '" + path + "': expected " + wanted.to_string() + ", got " + from.ToString()};
    switch (from.id()) {
    case arrow::Type::TIMESTAMP:
      return times<std::int64_t>(column, ratio_of(static_cast<const arrow::TimestampType&>(from).unit()), wanted, path);
    case arrow::Type::DURATION:
      return times<std::int64_t>(column, ratio_of(static_cast<const arrow::DurationType&>(from).unit()), wanted, path);
    case arrow::Type::DATE64: return times<std::int32_t>(column, {1, 86'400'000}, wanted, path);
    case arrow::Type::UINT64: {
      const auto& numbers = static_cast<const arrow::UInt64Array&>(*column);
      for (std::int64_t i = 0; i < numbers.length(); ++i)
        if (numbers.IsValid(i) && !std::in_range<std::int64_t>(numbers.Value(i)))
          return does_not_fit(path, from, std::to_string(numbers.Value(i)), wanted);
      break;
    }
    default: break;
    }
    return of(arrow::compute::Cast(*column, wanted.to_arrow()), path);
  }

  /// Counts of another unit, rounded down.
  template <class To>
  static result<array_ptr> times(const array_ptr& column, unit_ratio ratio, const data_type& wanted,
                                 const std::string& path) {
    const auto rows = column->length();
    const auto* values = column->data()->GetValues<std::int64_t>(1);
    auto out = arrow::AllocateBuffer(rows * static_cast<std::int64_t>(sizeof(To)));
    if (!out.ok())
      return from_arrow(out.status(), "column '" + path + "'");
    auto* to = reinterpret_cast<To*>((*out)->mutable_data());
    for (std::int64_t i = 0; i < rows; ++i) {
      std::int64_t scaled = 0;
      const auto overflows = __builtin_mul_overflow(values[i], ratio.multiply, &scaled);
      const auto value = floor_divide(scaled, ratio.divide);
      const auto valid = column->IsValid(i);
      if (valid && (overflows || !std::in_range<To>(value)))
        return does_not_fit(path, *column->type(), std::to_string(values[i]), wanted);
      to[i] = valid ? static_cast<To>(value) : To{};
    }
    WEIR_ASSIGN(auto validity, validity_of(*column, path));
    return arrow::MakeArray(
        arrow::ArrayData::Make(wanted.to_arrow(), rows, {std::move(validity), std::move(*out)}, column->null_count()));
  }
};

}  // namespace

result<data_type> import_type(const arrow::DataType& type) {
  switch (type.id()) {
  case arrow::Type::LARGE_STRING:
  case arrow::Type::STRING_VIEW: return utf8;
  case arrow::Type::LARGE_BINARY:
  case arrow::Type::BINARY_VIEW:
  case arrow::Type::FIXED_SIZE_BINARY: return binary;
  case arrow::Type::UINT8: return int16;
  case arrow::Type::UINT16: return int32;
  case arrow::Type::UINT32:
  case arrow::Type::UINT64: return int64;
  case arrow::Type::HALF_FLOAT: return float32;
  case arrow::Type::DATE64: return date_type;
  case arrow::Type::DURATION: return duration_type;
  case arrow::Type::TIMESTAMP:
    if (!static_cast<const arrow::TimestampType&>(type).timezone().empty())
      return timestamp_type;
    break;
  case arrow::Type::DECIMAL32:
  case arrow::Type::DECIMAL64:
  case arrow::Type::DECIMAL256: {
    const auto& t = static_cast<const arrow::DecimalType&>(type);
    if (t.precision() <= max_decimal_digits && t.scale() >= 0 && t.scale() <= t.precision())
      return decimal_of(t.precision(), t.scale());
    break;
  }
  case arrow::Type::DICTIONARY: return import_type(*static_cast<const arrow::DictionaryType&>(type).value_type());
  case arrow::Type::EXTENSION: return import_type(*static_cast<const arrow::ExtensionType&>(type).storage_type());
  case arrow::Type::LIST:
  case arrow::Type::LARGE_LIST:
  case arrow::Type::FIXED_SIZE_LIST:
  case arrow::Type::LIST_VIEW:
  case arrow::Type::LARGE_LIST_VIEW: {
    WEIR_ASSIGN(const auto element, import_field(*type.field(0)));
    return list_of(element);
  }
  case arrow::Type::MAP: {
    const auto& t = static_cast<const arrow::MapType&>(type);
    WEIR_ASSIGN(const auto key, import_field(*t.key_field()));
    WEIR_ASSIGN(const auto value, import_field(*t.item_field()));
    return map_of(key.type, value);
  }
  case arrow::Type::STRUCT: {
    WEIR_ASSIGN(auto members, import_fields(type.fields()));
    return struct_of(std::move(members));
  }
  default: break;
  }
  return data_type::from_arrow(type);
}

result<schema> import_schema(const arrow::Schema& columns) {
  WEIR_ASSIGN(auto fields, import_fields(columns.fields()));
  return schema{std::move(fields)};
}

status check_names(const schema& wanted, const arrow::Schema& columns) {
  auto fits = columns.num_fields() == static_cast<int>(wanted.size());
  for (int i = 0; fits && i < columns.num_fields(); ++i)
    fits = columns.field(i)->name() == wanted[static_cast<std::size_t>(i)].name;
  if (fits)
    return {};
  return {errc::type_mismatch, "expected columns (" + wanted.to_string() + "), got (" + columns.ToString() + ")"};
}

result<std::shared_ptr<arrow::RecordBatch>> import_rows(const std::shared_ptr<arrow::RecordBatch>& rows,
                                                        const schema& wanted) {
  if (rows == nullptr)
    return status{errc::invalid_argument, "the record batch is null"};
  arrow::ArrayVector columns;
  for (const auto& one : wanted.fields()) {
    const auto found = rows->schema()->GetAllFieldIndices(one.name);
    if (found.size() != 1)
      return status{errc::unknown_column, "column '" + one.name + "': expected " + one.type.to_string() +
                                              (found.empty() ? ", but there is no such column among ("
                                                             : ", but there are several of that name among (") +
                                              rows->schema()->ToString() + ")"};
    WEIR_ASSIGN(auto made, importer::convert(rows->column(found.front()), one, one.name));
    WEIR_TRY(importer::check_nulls(*made, nullptr, one, one.name));
    columns.push_back(std::move(made));
  }
  return arrow::RecordBatch::Make(wanted.to_arrow(), rows->num_rows(), std::move(columns));
}

}  // namespace weir
