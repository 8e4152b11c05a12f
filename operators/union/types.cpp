#include <algorithm>

#include <weir/columns/decimal.hpp>
#include <weir/operators/union/columns.hpp>

namespace weir::detail {

namespace {

using id = data_type::id;

/// The digits of the largest integer of a type; 0: it is none.
int digits_of(id kind) {
  switch (kind) {
  case id::int8: return 3;
  case id::int16: return 5;
  case id::int32: return 10;
  case id::int64: return 20;
  default: return 0;
  }
}

bool is_real(id kind) { return kind == id::float32 || kind == id::float64; }

bool is_number(id kind) { return digits_of(kind) > 0 || is_real(kind) || kind == id::decimal; }

std::optional<data_type> number_type(const data_type& a, const data_type& b) {
  // Of a float32 and an integer too, whose digits it would lose.
  if (is_real(a.kind()) || is_real(b.kind()))
    return float64;
  const auto left = digits_of(a.kind()), right = digits_of(b.kind());
  if (left > 0 && right > 0)
    return left > right ? a : b;
  const auto before_point = std::max(left > 0 ? left : a.precision() - a.scale(),  //
                                     right > 0 ? right : b.precision() - b.scale());
  const auto scale = std::max(a.scale(), b.scale());
  if (before_point + scale > max_decimal_digits)
    return std::nullopt;
  return decimal_of(before_point + scale, scale);
}

}  // namespace

std::optional<data_type> union_type(const data_type& a, const data_type& b) {
  if (a == b)
    return a;
  if (is_number(a.kind()) && is_number(b.kind()))
    return number_type(a, b);
  if ((a == date_type && b == timestamp_type) || (a == timestamp_type && b == date_type))
    return timestamp_type;
  if (a.kind() != b.kind() || a.children().size() != b.children().size())
    return std::nullopt;
  std::vector<field> children;
  for (std::size_t i = 0; i < a.children().size(); ++i) {
    const auto &left = a.children()[i], &right = b.children()[i];
    const auto type = union_type(left.type, right.type);
    if (!type || (a.kind() == id::structure && left.name != right.name))
      return std::nullopt;
    children.push_back({left.name, *type, left.nullable || right.nullable});
  }
  switch (a.kind()) {
  case id::structure: return struct_of(std::move(children));
  case id::list: return list_of(children[0]);
  case id::map: return map_of(children[0].type, children[1]);
  default: return std::nullopt;
  }
}

}  // namespace weir::detail
