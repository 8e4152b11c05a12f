#include <weir/sources/files/arrow_columns.hpp>

#include <arrow/api.h>
#include <arrow/compute/api.h>

#include <weir/columns/widening.hpp>
#include <weir/expressions/parsed/parsed_column.hpp>

namespace weir {
namespace {

result<field> nearest_field(const arrow::Field& of) {
  auto type = nearest_type(*of.type());
  if (!type.ok())
    return status{type.error().code(), "column '" + of.name() + "': " + type.error().message()};
  return field{of.name(), std::move(*type), of.nullable()};
}

/// Whether every value of `from` is one of `to`, the members of nested types included.
bool fits(const data_type& from, const data_type& to) {
  if (from.kind() != to.kind() || from.children().size() != to.children().size())
    return widens_to(from, to);
  if (from.children().empty())
    return from.kind() != data_type::id::decimal || widens_to(from, to);
  for (std::size_t i = 0; i < from.children().size(); ++i) {
    const auto& a = from.children()[i];
    const auto& b = to.children()[i];
    if ((from.kind() == data_type::id::structure && a.name != b.name) || !fits(a.type, b.type))
      return false;
  }
  return true;
}

}  // namespace

result<data_type> nearest_type(const arrow::DataType& type) {
  switch (type.id()) {
  case arrow::Type::NA:
  case arrow::Type::LARGE_STRING:
  case arrow::Type::STRING_VIEW: return utf8;
  case arrow::Type::LARGE_BINARY:
  case arrow::Type::BINARY_VIEW:
  case arrow::Type::FIXED_SIZE_BINARY: return binary;
  case arrow::Type::UINT8: return int16;
  case arrow::Type::UINT16: return int32;
  case arrow::Type::UINT32: return int64;
  case arrow::Type::UINT64: return decimal_of(20, 0);
  case arrow::Type::HALF_FLOAT: return float32;
  case arrow::Type::DATE64: return date_type;
  case arrow::Type::TIMESTAMP: return timestamp_type;
  case arrow::Type::DURATION: return duration_type;
  case arrow::Type::DECIMAL32:
  case arrow::Type::DECIMAL64: {
    const auto& decimal = static_cast<const arrow::DecimalType&>(type);
    if (decimal.scale() >= 0 && decimal.scale() <= decimal.precision())
      return decimal_of(decimal.precision(), decimal.scale());
    break;
  }
  case arrow::Type::DICTIONARY: return nearest_type(*static_cast<const arrow::DictionaryType&>(type).value_type());
  case arrow::Type::LIST:
  case arrow::Type::LARGE_LIST:
  case arrow::Type::FIXED_SIZE_LIST: {
    WEIR_ASSIGN(auto element, nearest_field(*type.field(0)));
    return list_of(element);
  }
  case arrow::Type::MAP: {
    const auto& map = static_cast<const arrow::MapType&>(type);
    WEIR_ASSIGN(const auto key, nearest_field(*map.key_field()));
    WEIR_ASSIGN(const auto value, nearest_field(*map.item_field()));
    return map_of(key.type, value);
  }
  case arrow::Type::STRUCT: {
    auto members = std::vector<field>{};
    for (const auto& one : type.fields()) {
      WEIR_ASSIGN(auto member, nearest_field(*one));
      members.push_back(std::move(member));
    }
    return struct_of(std::move(members));
  }
  default: break;
  }
  return data_type::from_arrow(type);
}

result<std::shared_ptr<arrow::Array>> as_column(const std::shared_ptr<arrow::Array>& column, const data_type& wanted) {
  const auto target = wanted.to_arrow();
  if (column->type()->Equals(*target))
    return column;
  WEIR_ASSIGN(const auto from, nearest_type(*column->type()));
  if (!fits(detail::nullable_type(from), detail::nullable_type(wanted)))
    return status{errc::type_mismatch, "is " + from.to_string() + ", expected " + wanted.to_string()};
  static const auto initialized = arrow::compute::Initialize();
  if (!initialized.ok())
    return from_arrow(initialized, "start Arrow's functions");
  auto options = arrow::compute::CastOptions::Safe(target);
  options.allow_time_truncate = true;
  auto cast = arrow::compute::Cast(*column, target, options);
  if (!cast.ok())
    return status{errc::type_mismatch, "is " + column->type()->ToString() + ", expected " + wanted.to_string() + ": " +
                                           cast.status().message()};
  return std::move(cast).ValueUnsafe();
}

}  // namespace weir
