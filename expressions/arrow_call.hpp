#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include <arrow/compute/function_options.h>
#include <arrow/datum.h>

#include <weir/columns/error.hpp>
#include <weir/expressions/function_table.hpp>

namespace weir::detail {

/// One of Arrow's compute functions. Errors: invalid_row for what the function makes of values.
result<arrow::Datum> call_arrow(std::string_view function, std::span<const arrow::Datum> args);
result<arrow::Datum> call_arrow(std::string_view function, std::span<const arrow::Datum> args,
                                const arrow::compute::FunctionOptions& options);

/// A name as a template's argument.
template <std::size_t N>
struct arrow_name {
  constexpr arrow_name(const char (&from)[N]) { std::copy_n(from, N, text); }  // NOLINT: by design
  char text[N]{};
};

/// A column kernel that is Arrow's function of that name, without options.
template <arrow_name Name>
result<arrow::Datum> arrow_kernel(const bound_node& /*call*/, const column_scope& /*scope*/,
                                  std::span<const arrow::Datum> args) {
  return call_arrow(Name.text, args);
}

/// Row by row, for these types.
inline result<arrow::Datum> by_rows() { return arrow::Datum{}; }

}  // namespace weir::detail
