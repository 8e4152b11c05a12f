#pragma once

#include <memory>

#include <weir/columns/error.hpp>
#include <weir/columns/schema.hpp>

namespace arrow {
class DataType;
class RecordBatch;
class Schema;
}  // namespace arrow

namespace weir {

/// The type that a column of another Arrow layout becomes where it enters weir:
///
/// | Arrow | weir |
/// |---|---|
/// | large_utf8, utf8_view | utf8 |
/// | large_binary, binary_view, fixed_size_binary | binary |
/// | uint8, uint16, uint32 | int16, int32, int64 |
/// | uint64 | int64, each value checked |
/// | half_float | float32 |
/// | decimal32, decimal64, decimal256 of at most 38 digits | decimal |
/// | date64 | date |
/// | timestamps and durations of any unit, timestamps of any zone | microseconds (UTC), rounded down, each value
/// checked | | large_list, fixed_size_list, list_view, large_list_view | list | | dictionaries, extension types | what
/// they hold |
///
/// and nested ones. Errors: unsupported, naming the Arrow type; a timestamp without a zone is one of them, for it is no
/// instant.
result<data_type> import_type(const arrow::DataType& type);

/// The columns that rows of such a schema become. Errors: unsupported, naming column and Arrow type.
result<schema> import_schema(const arrow::Schema& columns);

/// Whether the columns are those of `wanted`: as many, of these names, in this order. Errors: type_mismatch with both.
status check_names(const schema& wanted, const arrow::Schema& columns);

/// Rows of any layout above as rows of `wanted`, bound by name; columns that `wanted` does not have are left out.
/// Columns that are laid out as weir's are not copied; narrower types become wider ones (see widens_to). Errors:
/// unknown_column; type_mismatch naming column, expected and actual type; the same for a value that does not fit, as in
/// "column 'user.id': uint64 value 18446744073709551615 does not fit int64", and for nulls where `wanted` has none.
result<std::shared_ptr<arrow::RecordBatch>> import_rows(const std::shared_ptr<arrow::RecordBatch>& rows,
                                                        const schema& wanted);

}  // namespace weir
