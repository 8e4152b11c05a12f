#include <weir/operators/aggregate/accumulators.hpp>
#include <weir/operators/aggregate/ordered_values.hpp>

namespace weir::detail {

namespace {

/// min and max: of the values that are not null, null without any.
template <class T>
class extremes : public accumulators {
public:
  explicit extremes(const accumulator_options& options)
      : type_{options.arguments[0].type}, arrow_type_{type_.to_arrow()},
        greatest_{options.kind == aggregate_kind::max} {}

  void resize(std::size_t slots) override { values_.resize(slots); }
  void clear(std::span<const std::uint32_t> slots) override {
    for (const auto slot : slots)
      values_.clear(slot);
  }
  accumulated update(std::span<const column_view> arguments, std::span<const std::uint32_t> rows,
                     std::span<const std::uint32_t> slots) override {
    each_valid(arguments[0], rows, slots, [&, greatest = greatest_](std::uint32_t row, std::uint32_t slot) {
      if (const auto value = ordered_values<T>::read(arguments[0], row); values_.yields(slot, value, greatest, false))
        values_.set(slot, value);
    });
    return {};
  }
  accumulated merge(std::span<const std::uint32_t> into, const accumulators& from,
                    std::span<const std::uint32_t> slots) override {
    const auto& other = static_cast<const extremes&>(from).values_;
    for (std::size_t i = 0; i < into.size(); ++i)
      if (other.any(slots[i]) && values_.yields(into[i], other.value(slots[i]), greatest_, false))
        values_.set(into[i], other.value(slots[i]));
    return {};
  }
  array_data values(std::span<const std::uint32_t> slots) const override { return values_.column(arrow_type_, slots); }
  std::vector<field> state_fields() const override { return {{"value", type_, true}}; }
  std::vector<array_data> state(std::span<const std::uint32_t> slots) const override { return {values(slots)}; }
  void restore(std::span<const column_view> columns, std::span<const std::int64_t> rows,
               std::span<const std::uint32_t> slots) override {
    for (std::size_t i = 0; i < rows.size(); ++i)
      values_.restore(columns[0], rows[i], slots[i]);
  }
  std::size_t bytes() const override { return values_.bytes(); }

private:
  data_type type_;
  std::shared_ptr<arrow::DataType> arrow_type_;
  bool greatest_;
  ordered_values<T> values_;
};

}  // namespace

std::unique_ptr<accumulators> make_extremes(const accumulator_options& options) {
  return with_ordered_type(options.arguments[0].type, [&]<class T>() -> std::unique_ptr<accumulators> {
    return std::make_unique<extremes<T>>(options);
  });
}

}  // namespace weir::detail
