#include <weir/columns/widening.hpp>

#include <type_traits>

#include <arrow/array/data.h>
#include <arrow/type.h>

namespace weir {

bool widens_to(const data_type& from, const data_type& to) {
  using id = data_type::id;
  if (from == to)
    return true;
  const auto wanted = to.kind();
  switch (from.kind()) {
  case id::int8:
    if (wanted == id::int16)
      return true;
    [[fallthrough]];
  case id::int16:
    if (wanted == id::int32 || wanted == id::float32)
      return true;
    [[fallthrough]];
  case id::int32: return wanted == id::int64 || wanted == id::float64;
  case id::float32: return wanted == id::float64;
  case id::decimal:
    return wanted == id::decimal && to.scale() >= from.scale() &&
           to.precision() - to.scale() >= from.precision() - from.scale();
  default: return false;
  }
}

namespace detail {

namespace {

template <class Storage, class From>
const Storage* convert(const column_view& column, std::shared_ptr<const Storage[]>& keep) {
  const auto* from = column.values_as<From>();
  if (from == nullptr)
    return nullptr;
  auto made = std::make_shared<Storage[]>(static_cast<std::size_t>(column.length));
  for (std::int64_t i = 0; i < column.length; ++i)
    made[i] = static_cast<Storage>(from[i]);  // NOLINT(bugprone-signed-char-misuse): no character
  keep = std::move(made);
  return keep.get();
}

}  // namespace

template <class Storage>
const Storage* widened_values(const column_view& column, std::shared_ptr<const Storage[]>& keep) {
  if (column.column == nullptr)
    return nullptr;
  const auto from = column.column->type->id();
  if (from == arrow::Type::INT8)
    return convert<Storage, std::int8_t>(column, keep);
  if constexpr (sizeof(Storage) > sizeof(std::int16_t))
    if (from == arrow::Type::INT16)
      return convert<Storage, std::int16_t>(column, keep);
  if constexpr (sizeof(Storage) > sizeof(std::int32_t))
    if (from == arrow::Type::INT32)
      return convert<Storage, std::int32_t>(column, keep);
  if constexpr (std::is_same_v<Storage, double>)
    if (from == arrow::Type::FLOAT)
      return convert<Storage, float>(column, keep);
  return column.values_as<Storage>();
}

template const std::int16_t* widened_values(const column_view&, std::shared_ptr<const std::int16_t[]>&);
template const std::int32_t* widened_values(const column_view&, std::shared_ptr<const std::int32_t[]>&);
template const std::int64_t* widened_values(const column_view&, std::shared_ptr<const std::int64_t[]>&);
template const float* widened_values(const column_view&, std::shared_ptr<const float[]>&);
template const double* widened_values(const column_view&, std::shared_ptr<const double[]>&);

const decimal_bits* rescaled_values(const column_view& column, int precision, int scale,
                                    std::shared_ptr<const decimal_bits[]>& keep) {
  const auto* from = column.values_as<decimal_bits>();
  if (from == nullptr || column.column->type->id() != arrow::Type::DECIMAL128)
    return from;
  const auto from_scale = static_cast<const arrow::Decimal128Type&>(*column.column->type).scale();
  if (from_scale == scale)
    return from;
  auto made = std::make_shared<decimal_bits[]>(static_cast<std::size_t>(column.length));
  for (std::int64_t i = 0; i < column.length; ++i) {
    if (!column.is_valid(i))
      continue;
    auto value = from[i].value();
    if (!rescale_decimal(value, from_scale, precision, scale))
      throw_decimal_overflow(value, precision, from_scale);
    made[i] = decimal_bits::of(value);
  }
  keep = std::move(made);
  return keep.get();
}

}  // namespace detail

}  // namespace weir
