#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <weir/columns/error.hpp>
#include <weir/columns/schema.hpp>

namespace arrow {
class Array;
}

namespace weir::detail {

/// A user's function over columns; made by udf().
class user_function {
public:
  virtual ~user_function() = default;
  virtual const std::string& name() const = 0;
  /// The arguments' types; one that is not nullable makes null of null.
  virtual const std::vector<field>& arguments() const = 0;
  virtual const field& returns() const = 0;
  virtual bool deterministic() const = 0;
  /// One value a row; fails at the first row that the function refuses.
  virtual result<std::shared_ptr<arrow::Array>> evaluate(std::span<const std::shared_ptr<arrow::Array>> columns,
                                                         std::int64_t rows) const = 0;
};

}  // namespace weir::detail
