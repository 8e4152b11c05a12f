#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <weir/columns/batch.hpp>

namespace arrow {
class Schema;
}  // namespace arrow

namespace weir {

/// A schema as an Arrow IPC schema message, and back.
result<std::string> schema_to_ipc(const arrow::Schema& columns);
result<std::shared_ptr<arrow::Schema>> schema_from_ipc(std::string_view message);
/// Rows as an Arrow IPC record batch message, without their schema, in place of what `message` holds; and back.
status rows_to_ipc(const batch& rows, std::string& message);
result<batch> rows_from_ipc(const std::shared_ptr<arrow::Schema>& columns, std::string_view message);

}  // namespace weir
