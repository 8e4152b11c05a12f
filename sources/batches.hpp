#pragma once

#include <memory>
#include <string>
#include <vector>

#include <weir/sources/source.hpp>

namespace weir::sources {

/// Record batches that are there already, in order. Bounded.
///
///     engine.read(weir::sources::batches{.rows = rows, .columns = columns})
struct batches {
  static constexpr bool bounded = true;

  std::vector<batch> rows = {};
  schema columns = {};  ///< of every batch

  /// Errors: type_mismatch for a batch of other columns, by its index.
  result<std::unique_ptr<source>> open() const;
  std::string kind() const { return "batches"; }
  schema output_schema() const { return columns; }
};

}  // namespace weir::sources
