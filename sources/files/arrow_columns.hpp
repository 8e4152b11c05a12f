#pragma once

#include <memory>

#include <weir/columns/batch.hpp>

#include <weir/columns/schema.hpp>

namespace arrow {
class Array;
class DataType;
}  // namespace arrow

namespace weir {

/// weir's type that takes an Arrow type's values without loss: large and viewed texts are utf8, dictionaries their
/// values, times of any unit and zone timestamp_us, unsigned integers the next wider signed ones. Errors: unsupported.
result<data_type> nearest_type(const arrow::DataType& type);

/// A column as one of the type `wanted`: in another layout, or widened. Times finer than a microsecond are cut off.
/// Errors: type_mismatch, with both types, where the values would not fit.
result<std::shared_ptr<arrow::Array>> as_column(const std::shared_ptr<arrow::Array>& column, const data_type& wanted);

}  // namespace weir
