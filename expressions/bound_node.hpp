#pragma once

#include <memory>
#include <memory_resource>
#include <string>
#include <vector>

#include <weir/columns/column_memory.hpp>
#include <weir/columns/schema.hpp>
#include <weir/expressions/cell.hpp>
#include <weir/expressions/evaluation.hpp>

namespace arrow {
class DataType;
class Scalar;
}  // namespace arrow

namespace weir::detail {

struct function_entry;
class user_function;
struct bound_node;
using bound_ptr = std::shared_ptr<const bound_node>;

/// A value that outlives its row.
struct kept_cell {
  std::unique_ptr<cell_memory> memory = std::make_unique<cell_memory>();
  cell value;
  std::shared_ptr<arrow::Scalar> scalar;  ///< the same for Arrow
};

/// What a function keeps of its constant arguments, as a compiled pattern.
struct prepared_call {
  virtual ~prepared_call() = default;
};

/// An expression bound to a schema: column (no function, no constant), literal (constant), or call.
struct bound_node {
  data_type type{data_type::id::boolean};
  std::shared_ptr<arrow::DataType> arrow_type;  ///< of a call
  bool nullable = true;
  bool deterministic = true;
  bool by_row = true;  ///< every function in it has a row kernel
  int column = -1;
  std::shared_ptr<const kept_cell> constant;
  const function_entry* function = nullptr;
  std::shared_ptr<const user_function> user;
  std::vector<bound_ptr> args;
  std::shared_ptr<const prepared_call> prepared;
  std::uint64_t ordinal = 0;  ///< of a call that needs a seed: its number in the expression
  std::string text;           ///< for messages
};

/// Where rows are computed one at a time.
struct row_scope {
  const column_view* columns;  ///< of the batch; those that no expression reads may be empty
  const evaluation_context& context;
  cell_memory& memory;
  std::int64_t row = 0;
};

}  // namespace weir::detail
