#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <weir/columns/batch.hpp>

namespace weir {

struct parquet_style {
  std::string compression;
  std::int64_t row_group_rows = 0;
};

/// Errors: invalid_argument naming the compressions there are.
status check_parquet_style(const parquet_style& style);
/// A whole Parquet file of these rows, in memory; the same bytes for the same rows.
result<std::string> to_parquet(const schema& columns, std::span<const batch> rows, const parquet_style& style);

/// Rows as messages of an Arrow IPC stream: with the schema's before them where they begin one. No end marker, so that
/// more can follow.
result<std::string> to_ipc_messages(const schema& columns, std::span<const batch> rows, bool begins);
/// The rows of such a stream. Errors: io_error where it is damaged.
result<std::vector<batch>> from_ipc_messages(std::string bytes);

}  // namespace weir
