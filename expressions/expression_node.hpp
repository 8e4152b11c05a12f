#pragma once

#include <optional>
#include <string>
#include <vector>

#include <weir/expressions/expression.hpp>

namespace weir::detail {

/// What an expression shares.
struct expression_node {
  enum class form : unsigned char { column, literal, call, alias };

  form kind = form::column;
  std::string name;                               ///< of the column, the function, the alias
  std::vector<expression> args;                   ///< of a call; what an alias names
  literal_value value{};                          ///< of a literal
  std::optional<data_type> type;                  ///< what a cast makes
  std::shared_ptr<const user_function> function;  ///< of a udf()
};

expression make_call(std::string name, std::vector<expression> args, std::optional<data_type> type = {});

}  // namespace weir::detail
