#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <weir/columns/column_memory.hpp>
#include <weir/columns/schema.hpp>
#include <weir/expressions/aggregate_function.hpp>

namespace weir::detail {

/// Why a row could not be taken into a group, and which group it was.
struct accumulation_error {
  std::uint32_t slot;
  errc code;
  std::string message;
};
using accumulated = std::optional<accumulation_error>;  ///< empty: all went well

using array_data = std::shared_ptr<arrow::ArrayData>;

/// One aggregate of all groups of a partition, by slot: flat arrays, one call a batch. A slot that no row went to,
/// slot 0 among them, has the value of no rows.
class accumulators {
public:
  virtual ~accumulators() = default;

  /// Slots are less than `slots` from now on; new ones are empty.
  virtual void resize(std::size_t slots) = 0;
  virtual void clear(std::span<const std::uint32_t> slots) = 0;
  /// Takes row rows[i] of the argument columns into slot slots[i], in this order.
  virtual accumulated update(std::span<const column_view> arguments, std::span<const std::uint32_t> rows,
                             std::span<const std::uint32_t> slots) = 0;
  /// Takes slot slots[i] of `from`, of the same aggregate, into slot into[i], in this order: as if its rows came after.
  virtual accumulated merge(std::span<const std::uint32_t> into, const accumulators& from,
                            std::span<const std::uint32_t> slots) = 0;
  /// The aggregate's column, of the slots.
  virtual array_data values(std::span<const std::uint32_t> slots) const = 0;

  /// The columns in which the state is kept. Their names are parts of one: "sum", "count".
  virtual std::vector<field> state_fields() const = 0;
  virtual std::vector<array_data> state(std::span<const std::uint32_t> slots) const = 0;
  /// Row rows[i] of columns as state() made them becomes slot slots[i].
  virtual void restore(std::span<const column_view> columns, std::span<const std::int64_t> rows,
                       std::span<const std::uint32_t> slots) = 0;
  /// Memory taken, an estimate.
  virtual std::size_t bytes() const = 0;
};

/// What an aggregate is made of: the function, its argument columns' types and what else it is told.
struct accumulator_options {
  aggregate_kind kind = aggregate_kind::count;
  std::vector<field> arguments;
  bool ignore_nulls = false;             ///< first and last pass nulls by
  std::size_t max_elements = 10'000;     ///< of collect_list and collect_set, a group
};

/// Accumulators for arguments that aggregate_result() has accepted.
std::unique_ptr<accumulators> make_accumulators(const accumulator_options& options);

// Its parts, by family.
std::unique_ptr<accumulators> make_arithmetic(const accumulator_options& options);   // count, sum, avg, stddev, variance
std::unique_ptr<accumulators> make_extremes(const accumulator_options& options);     // min, max
std::unique_ptr<accumulators> make_picks(const accumulator_options& options);        // first, last, max_by, min_by
std::unique_ptr<accumulators> make_collections(const accumulator_options& options);  // collect_list, collect_set

}  // namespace weir::detail
