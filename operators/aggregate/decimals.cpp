#include <weir/columns/decimal.hpp>
#include <weir/operators/aggregate/accumulators.hpp>
#include <weir/operators/aggregate/column_parts.hpp>

namespace weir::detail {

namespace {

/// sum and avg of decimals: exact; a total of more digits than the sum's type has is an error.
class decimal_sums : public accumulators {
  struct sum {
    int128 total = 0;
    std::int64_t count = 0;
  };

public:
  explicit decimal_sums(const accumulator_options& options)
      : average_{options.kind == aggregate_kind::avg},
        total_type_{aggregate_result(aggregate_kind::sum, options.arguments, "sum")->type},
        value_type_{aggregate_result(options.kind, options.arguments, "value")->type},
        limit_{power_of_ten(total_type_.precision()) - 1} {}

  void resize(std::size_t slots) override { sums_.resize(slots); }
  void clear(std::span<const std::uint32_t> slots) override {
    for (const auto slot : slots)
      sums_[slot] = {};
  }
  accumulated update(std::span<const column_view> arguments, std::span<const std::uint32_t> rows,
                     std::span<const std::uint32_t> slots) override {
    const auto* from = arguments[0].values_as<decimal_bits>();
    accumulated failed;
    each_valid(arguments[0], rows, slots, [&](std::uint32_t row, std::uint32_t slot) {
      add(slot, {from[row].value(), 1}, failed);
    });
    return failed;
  }
  accumulated merge(std::span<const std::uint32_t> into, const accumulators& from,
                    std::span<const std::uint32_t> slots) override {
    accumulated failed;
    for (std::size_t i = 0; i < into.size(); ++i)
      add(into[i], static_cast<const decimal_sums&>(from).sums_[slots[i]], failed);
    return failed;
  }
  array_data values(std::span<const std::uint32_t> slots) const override {
    return fixed_column<decimal_bits>(
        value_type_.to_arrow(), slots,
        [this](std::uint32_t slot) { return decimal_bits::of(average_ ? average(sums_[slot]) : sums_[slot].total); },
        [this](std::uint32_t slot) { return sums_[slot].count > 0; });
  }
  std::vector<field> state_fields() const override { return {{"sum", total_type_, false}, {"count", int64, false}}; }
  std::vector<array_data> state(std::span<const std::uint32_t> slots) const override {
    return {
        fixed_column<decimal_bits>(total_type_.to_arrow(), slots,
                                   [this](std::uint32_t slot) { return decimal_bits::of(sums_[slot].total); }),
        fixed_column<std::int64_t>(arrow::int64(), slots, [this](std::uint32_t slot) { return sums_[slot].count; })};
  }
  void restore(std::span<const column_view> columns, std::span<const std::int64_t> rows,
               std::span<const std::uint32_t> slots) override {
    for (std::size_t i = 0; i < rows.size(); ++i)
      sums_[slots[i]] = {columns[0].values_as<decimal_bits>()[rows[i]].value(),
                         columns[1].values_as<std::int64_t>()[rows[i]]};
  }
  std::size_t bytes() const override { return sums_.capacity() * sizeof(sum); }

private:
  void add(std::uint32_t slot, const sum& more, accumulated& failed) {
    if (failed)
      return;
    auto& one = sums_[slot];
    one.count += more.count;
    // Both are within the limit, whose double int128 holds.
    one.total += more.total;
    if (one.total > limit_ || one.total < -limit_) [[unlikely]]
      failed = {slot, errc::invalid_row,
                std::string{average_ ? "avg" : "sum"} + ": the total has more digits than " + total_type_.to_string()};
  }
  /// Rounded half away from zero, as Spark rounds. aggregate_result() has seen to it that the digits fit.
  int128 average(const sum& of) const {
    const auto shift = power_of_ten(value_type_.scale() - total_type_.scale());
    const auto whole = of.total / of.count;
    const auto rest = of.total % of.count * shift;
    auto digits = rest / of.count;
    const auto left = rest % of.count;
    if (2 * (left < 0 ? -left : left) >= of.count)
      digits += left < 0 ? -1 : 1;
    return whole * shift + digits;
  }

  bool average_;
  data_type total_type_;
  data_type value_type_;
  int128 limit_;
  std::vector<sum> sums_;
};

}  // namespace

std::unique_ptr<accumulators> make_decimal_sums(const accumulator_options& options) {
  return std::make_unique<decimal_sums>(options);
}

}  // namespace weir::detail
