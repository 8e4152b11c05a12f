#include <weir/expressions/arrow_call.hpp>

#include <arrow/compute/api.h>
#include <arrow/compute/initialize.h>

#include <weir/columns/batch.hpp>

namespace weir::detail {

namespace {

result<arrow::Datum> call(std::string_view function, std::span<const arrow::Datum> args,
                          const arrow::compute::FunctionOptions* options) {
  static const auto initialized = arrow::compute::Initialize();
  if (!initialized.ok())
    return from_arrow(initialized, "arrow");
  auto made = arrow::compute::CallFunction(std::string{function}, {args.begin(), args.end()}, options);
  if (made.ok())
    return std::move(made).ValueUnsafe();
  if (made.status().IsInvalid())
    return status{errc::invalid_row, made.status().message()};
  return from_arrow(made.status(), function);
}

}  // namespace

result<arrow::Datum> call_arrow(std::string_view function, std::span<const arrow::Datum> args) {
  return call(function, args, nullptr);
}

result<arrow::Datum> call_arrow(std::string_view function, std::span<const arrow::Datum> args,
                                const arrow::compute::FunctionOptions& options) {
  return call(function, args, &options);
}

}  // namespace weir::detail
