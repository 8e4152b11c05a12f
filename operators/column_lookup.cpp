#include <weir/operators/column_lookup.hpp>

#include <algorithm>

namespace weir::detail {

result<field> named_column(const schema& columns, std::string_view name, std::string_view step) {
  const auto place = std::string{step} + ": ";
  const auto called = std::ranges::count(columns.fields(), name, &field::name);
  if (called == 0)
    return status{errc::unknown_column,
                  place + "no column '" + std::string{name} + "' in (" + columns.to_string() + ")"};
  if (called > 1)
    return status{errc::invalid_argument, place + std::to_string(called) + " columns are named '" + std::string{name} +
                                              "' in (" + columns.to_string() + ")"};
  return columns[static_cast<std::size_t>(columns.index_of(name))];
}

}  // namespace weir::detail
