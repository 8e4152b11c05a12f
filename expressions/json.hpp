#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <weir/columns/error.hpp>
#include <weir/columns/schema.hpp>
#include <weir/expressions/json/reader.hpp>

namespace weir {

/// A column of JSON documents (utf8) as a column of the wanted type: a structure, a list or a map with keys of utf8.
/// One row a document; null, and a text of blanks, give null. The rules are json_reader's. Errors: type_mismatch when
/// the column is not utf8; unsupported for mode drop_malformed, which has no meaning in an expression; and
/// json_reader's.
///
///     WEIR_ASSIGN(auto parsed, weir::from_json(*lines, weir::struct_of({{"id", weir::int64}})));
result<std::shared_ptr<arrow::Array>> from_json(const arrow::Array& documents, const data_type& wanted,
                                                const json_options& options = {});
result<std::shared_ptr<arrow::Array>> from_json(const arrow::Array& documents, const schema& wanted,
                                                const json_options& options = {});

/// A column of structures, lists or maps as JSON texts (utf8); null gives null. As Spark writes them: null members are
/// left out, times are "2024-01-01T00:00:00.000Z" (finer than milliseconds is cut off), binary is base 64, and what is
/// not finite is "NaN", "Infinity" or "-Infinity" in quotes. Durations are microseconds. Errors: type_mismatch for
/// other columns; unsupported for types weir does not have; out_of_memory when the texts pass 2 GiB.
result<std::shared_ptr<arrow::Array>> to_json(const arrow::Array& values);

/// The schema that documents have together, as Spark infers it: int64, float64 (also for integers beyond 64 bits),
/// utf8, boolean, lists and structures, fields by name in order; utf8 where types conflict or all are null; structures
/// without fields are left out. A document may be an array, whose elements count. Malformed documents are left out and
/// add options.corrupt_record_column, if there is one; in mode failfast they are an error: invalid_row.
result<schema> infer_json_schema(std::span<const std::string_view> documents, const json_options& options = {});

}  // namespace weir
