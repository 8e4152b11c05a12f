#include <weir/operators/aggregate/accumulators.hpp>
#include <weir/operators/aggregate/any_values.hpp>
#include <weir/operators/aggregate/ordered_values.hpp>

namespace weir::detail {

namespace {

/// first and last, in order of arrival; those of null count too, unless they are passed by (A04).
class ends : public accumulators {
public:
  explicit ends(const accumulator_options& options)
      : type_{options.arguments[0].type}, last_{options.kind == aggregate_kind::last},
        ignore_nulls_{options.ignore_nulls}, values_{type_} {}

  void resize(std::size_t slots) override { values_.resize(slots); }
  void clear(std::span<const std::uint32_t> slots) override {
    for (const auto slot : slots)
      values_.clear(slot);
  }
  accumulated update(std::span<const column_view> arguments, std::span<const std::uint32_t> rows,
                     std::span<const std::uint32_t> slots) override {
    const auto& column = arguments[0];
    for (std::size_t i = 0; i < rows.size(); ++i)
      if ((last_ || !values_.any(slots[i])) && (!ignore_nulls_ || column.is_valid(rows[i])))
        values_.set(slots[i], column, rows[i]);
    return {};
  }
  accumulated merge(std::span<const std::uint32_t> into, const accumulators& from,
                    std::span<const std::uint32_t> slots) override {
    const auto& other = static_cast<const ends&>(from).values_;
    for (std::size_t i = 0; i < into.size(); ++i)
      if (other.any(slots[i]) && (last_ || !values_.any(into[i])))
        values_.copy(into[i], other, slots[i]);
    return {};
  }
  array_data values(std::span<const std::uint32_t> slots) const override { return values_.column(slots); }
  std::vector<field> state_fields() const override { return {{"value", type_, true}, {"any", boolean, false}}; }
  std::vector<array_data> state(std::span<const std::uint32_t> slots) const override {
    return {values_.column(slots), values_.any_column(slots)};
  }
  void restore(std::span<const column_view> columns, std::span<const std::int64_t> rows,
               std::span<const std::uint32_t> slots) override {
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (bit_at(columns[1], rows[i]))
        values_.set(slots[i], columns[0], rows[i]);
      else
        values_.clear(slots[i]);
  }
  std::size_t bytes() const override { return values_.bytes(); }

private:
  data_type type_;
  bool last_;
  bool ignore_nulls_;
  any_values values_;
};

/// max_by and min_by: the value of the row whose order is greatest (least); of equal ones the newest. Rows without an
/// order are passed by.
template <class T>
class picks_by : public accumulators {
public:
  explicit picks_by(const accumulator_options& options)
      : type_{options.arguments[0].type}, order_type_{options.arguments[1].type},
        greatest_{options.kind == aggregate_kind::max_by}, values_{type_} {}

  void resize(std::size_t slots) override {
    values_.resize(slots);
    orders_.resize(slots);
  }
  void clear(std::span<const std::uint32_t> slots) override {
    for (const auto slot : slots) {
      values_.clear(slot);
      orders_.clear(slot);
    }
  }
  accumulated update(std::span<const column_view> arguments, std::span<const std::uint32_t> rows,
                     std::span<const std::uint32_t> slots) override {
    each_valid(arguments[1], rows, slots, [&](std::uint32_t row, std::uint32_t slot) {
      const auto order = ordered_values<T>::read(arguments[1], row);
      if (!orders_.yields(slot, order, greatest_, true))
        return;
      orders_.set(slot, order);
      values_.set(slot, arguments[0], row);
    });
    return {};
  }
  accumulated merge(std::span<const std::uint32_t> into, const accumulators& from,
                    std::span<const std::uint32_t> slots) override {
    const auto& other = static_cast<const picks_by&>(from);
    for (std::size_t i = 0; i < into.size(); ++i) {
      const auto slot = slots[i];
      if (!other.orders_.any(slot) || !orders_.yields(into[i], other.orders_.value(slot), greatest_, true))
        continue;
      orders_.set(into[i], other.orders_.value(slot));
      values_.copy(into[i], other.values_, slot);
    }
    return {};
  }
  array_data values(std::span<const std::uint32_t> slots) const override { return values_.column(slots); }
  std::vector<field> state_fields() const override { return {{"value", type_, true}, {"order", order_type_, true}}; }
  std::vector<array_data> state(std::span<const std::uint32_t> slots) const override {
    return {values_.column(slots), orders_.column(order_type_.to_arrow(), slots)};
  }
  void restore(std::span<const column_view> columns, std::span<const std::int64_t> rows,
               std::span<const std::uint32_t> slots) override {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      orders_.restore(columns[1], rows[i], slots[i]);
      if (orders_.any(slots[i]))
        values_.set(slots[i], columns[0], rows[i]);
      else
        values_.clear(slots[i]);
    }
  }
  std::size_t bytes() const override { return values_.bytes() + orders_.bytes(); }

private:
  data_type type_;
  data_type order_type_;
  bool greatest_;
  any_values values_;
  ordered_values<T> orders_;
};

}  // namespace

std::unique_ptr<accumulators> make_picks(const accumulator_options& options) {
  if (options.kind == aggregate_kind::first || options.kind == aggregate_kind::last)
    return std::make_unique<ends>(options);
  return with_ordered_type(options.arguments[1].type, [&]<class T>() -> std::unique_ptr<accumulators> {
    return std::make_unique<picks_by<T>>(options);
  });
}

}  // namespace weir::detail
