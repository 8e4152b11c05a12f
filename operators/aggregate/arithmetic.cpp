#include <cmath>
#include <type_traits>

#include <weir/operators/aggregate/accumulators.hpp>
#include <weir/operators/aggregate/column_parts.hpp>

namespace weir::detail {

namespace {

/// count(*) without an argument, else the rows where it is not null.
class counts : public accumulators {
public:
  void resize(std::size_t slots) override { counts_.resize(slots); }
  void clear(std::span<const std::uint32_t> slots) override {
    for (const auto slot : slots)
      counts_[slot] = 0;
  }
  accumulated update(std::span<const column_view> arguments, std::span<const std::uint32_t> rows,
                     std::span<const std::uint32_t> slots) override {
    auto* const all = counts_.data();
    if (arguments.empty())
      for (const auto slot : slots)
        ++all[slot];
    else
      each_valid(arguments[0], rows, slots, [=](std::uint32_t, std::uint32_t slot) { ++all[slot]; });
    return {};
  }
  accumulated merge(std::span<const std::uint32_t> into, const accumulators& from,
                    std::span<const std::uint32_t> slots) override {
    const auto& other = static_cast<const counts&>(from);
    for (std::size_t i = 0; i < into.size(); ++i)
      counts_[into[i]] += other.counts_[slots[i]];
    return {};
  }
  array_data values(std::span<const std::uint32_t> slots) const override {
    return fixed_column<std::int64_t>(arrow::int64(), slots, [this](std::uint32_t slot) { return counts_[slot]; });
  }
  std::vector<field> state_fields() const override { return {{"count", int64, false}}; }
  std::vector<array_data> state(std::span<const std::uint32_t> slots) const override { return {values(slots)}; }
  void restore(std::span<const column_view> columns, std::span<const std::int64_t> rows,
               std::span<const std::uint32_t> slots) override {
    const auto* from = columns[0].values_as<std::int64_t>();
    for (std::size_t i = 0; i < rows.size(); ++i)
      counts_[slots[i]] = from[rows[i]];
  }
  std::size_t bytes() const override { return counts_.capacity() * sizeof(std::int64_t); }

private:
  std::vector<std::int64_t> counts_;
};

/// Sums of T in S, int64 (an overflow is an error, as under ANSI rules) or double; null until a value came.
template <class T, class S>
class sums : public accumulators {
  struct sum {
    S total{};
    bool any = false;
  };

public:
  void resize(std::size_t slots) override { sums_.resize(slots); }
  void clear(std::span<const std::uint32_t> slots) override {
    for (const auto slot : slots)
      sums_[slot] = {};
  }
  accumulated update(std::span<const column_view> arguments, std::span<const std::uint32_t> rows,
                     std::span<const std::uint32_t> slots) override {
    const auto* from = arguments[0].values_as<T>();
    accumulated failed;
    each_valid(arguments[0], rows, slots, [&](std::uint32_t row, std::uint32_t slot) {
      add(sums_[slot], static_cast<S>(from[row]), slot, failed);
    });
    return failed;
  }
  accumulated merge(std::span<const std::uint32_t> into, const accumulators& from,
                    std::span<const std::uint32_t> slots) override {
    const auto& other = static_cast<const sums&>(from);
    accumulated failed;
    for (std::size_t i = 0; i < into.size(); ++i)
      if (const auto& one = other.sums_[slots[i]]; one.any)
        add(sums_[into[i]], one.total, into[i], failed);
    return failed;
  }
  array_data values(std::span<const std::uint32_t> slots) const override {
    return fixed_column<S>(
        type().to_arrow(), slots, [this](std::uint32_t slot) { return sums_[slot].total; },
        [this](std::uint32_t slot) { return sums_[slot].any; });
  }
  std::vector<field> state_fields() const override { return {{"sum", type(), true}}; }
  std::vector<array_data> state(std::span<const std::uint32_t> slots) const override { return {values(slots)}; }
  void restore(std::span<const column_view> columns, std::span<const std::int64_t> rows,
               std::span<const std::uint32_t> slots) override {
    const auto* from = columns[0].values_as<S>();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto any = columns[0].is_valid(rows[i]);
      sums_[slots[i]] = {any ? from[rows[i]] : S{}, any};
    }
  }
  std::size_t bytes() const override { return sums_.capacity() * sizeof(sum); }

private:
  static data_type type() { return std::is_integral_v<S> ? int64 : float64; }
  static void add(sum& to, S value, std::uint32_t slot, accumulated& failed) {
    to.any = true;
    if constexpr (std::is_integral_v<S>) {
      if (__builtin_add_overflow(to.total, value, &to.total) && !failed) [[unlikely]]
        failed = {slot, errc::invalid_row,
                  "sum: the total leaves the range of int64; cast the column to float64 to go on with rounded sums"};
    } else {
      to.total += value;
    }
  }

  std::vector<sum> sums_;
};

template <class T>
class averages : public accumulators {
  struct average {
    double total = 0;
    std::int64_t count = 0;
  };

public:
  void resize(std::size_t slots) override { averages_.resize(slots); }
  void clear(std::span<const std::uint32_t> slots) override {
    for (const auto slot : slots)
      averages_[slot] = {};
  }
  accumulated update(std::span<const column_view> arguments, std::span<const std::uint32_t> rows,
                     std::span<const std::uint32_t> slots) override {
    const auto* from = arguments[0].values_as<T>();
    each_valid(arguments[0], rows, slots, [&](std::uint32_t row, std::uint32_t slot) {
      averages_[slot].total += static_cast<double>(from[row]);
      ++averages_[slot].count;
    });
    return {};
  }
  accumulated merge(std::span<const std::uint32_t> into, const accumulators& from,
                    std::span<const std::uint32_t> slots) override {
    const auto& other = static_cast<const averages&>(from);
    for (std::size_t i = 0; i < into.size(); ++i) {
      averages_[into[i]].total += other.averages_[slots[i]].total;
      averages_[into[i]].count += other.averages_[slots[i]].count;
    }
    return {};
  }
  array_data values(std::span<const std::uint32_t> slots) const override {
    return fixed_column<double>(
        arrow::float64(), slots,
        [this](std::uint32_t slot) {
          return averages_[slot].total / static_cast<double>(averages_[slot].count);
        },
        [this](std::uint32_t slot) { return averages_[slot].count > 0; });
  }
  std::vector<field> state_fields() const override { return {{"sum", float64, false}, {"count", int64, false}}; }
  std::vector<array_data> state(std::span<const std::uint32_t> slots) const override {
    return {fixed_column<double>(arrow::float64(), slots,
                                 [this](std::uint32_t slot) { return averages_[slot].total; }),
            fixed_column<std::int64_t>(arrow::int64(), slots,
                                       [this](std::uint32_t slot) { return averages_[slot].count; })};
  }
  void restore(std::span<const column_view> columns, std::span<const std::int64_t> rows,
               std::span<const std::uint32_t> slots) override {
    for (std::size_t i = 0; i < rows.size(); ++i)
      averages_[slots[i]] = {columns[0].values_as<double>()[rows[i]], columns[1].values_as<std::int64_t>()[rows[i]]};
  }
  std::size_t bytes() const override { return averages_.capacity() * sizeof(average); }

private:
  std::vector<average> averages_;
};

/// Central moments by Welford's method, merged by Chan's.
template <class T>
class moments : public accumulators {
  struct moment {
    double count = 0;
    double mean = 0;
    double squares = 0;  ///< of the distances to the mean
  };

public:
  explicit moments(aggregate_kind kind)
      : root_{kind == aggregate_kind::stddev || kind == aggregate_kind::stddev_pop},
        sample_{kind == aggregate_kind::stddev || kind == aggregate_kind::variance} {}

  void resize(std::size_t slots) override { moments_.resize(slots); }
  void clear(std::span<const std::uint32_t> slots) override {
    for (const auto slot : slots)
      moments_[slot] = {};
  }
  accumulated update(std::span<const column_view> arguments, std::span<const std::uint32_t> rows,
                     std::span<const std::uint32_t> slots) override {
    const auto* from = arguments[0].values_as<T>();
    each_valid(arguments[0], rows, slots, [&](std::uint32_t row, std::uint32_t slot) {
      auto& one = moments_[slot];
      const auto value = static_cast<double>(from[row]);
      const auto distance = value - one.mean;
      one.count += 1;
      one.mean += distance / one.count;
      one.squares += distance * (value - one.mean);
    });
    return {};
  }
  accumulated merge(std::span<const std::uint32_t> into, const accumulators& from,
                    std::span<const std::uint32_t> slots) override {
    const auto& all = static_cast<const moments&>(from).moments_;
    for (std::size_t i = 0; i < into.size(); ++i) {
      auto& one = moments_[into[i]];
      const auto other = all[slots[i]];
      if (other.count == 0)
        continue;
      const auto count = one.count + other.count;
      const auto distance = other.mean - one.mean;
      one.squares += other.squares + distance * distance * one.count * other.count / count;
      one.mean += distance * other.count / count;
      one.count = count;
    }
    return {};
  }
  array_data values(std::span<const std::uint32_t> slots) const override {
    return fixed_column<double>(
        arrow::float64(), slots,
        [this](std::uint32_t slot) {
          const auto& one = moments_[slot];
          const auto variance = one.squares / (sample_ ? one.count - 1 : one.count);
          return root_ ? std::sqrt(variance) : variance;
        },
        [this](std::uint32_t slot) { return moments_[slot].count > (sample_ ? 1 : 0); });
  }
  std::vector<field> state_fields() const override {
    return {{"count", float64, false}, {"mean", float64, false}, {"squares", float64, false}};
  }
  std::vector<array_data> state(std::span<const std::uint32_t> slots) const override {
    const auto column = [&](double moment::*part) {
      return fixed_column<double>(arrow::float64(), slots, [=, this](std::uint32_t slot) { return moments_[slot].*part; });
    };
    return {column(&moment::count), column(&moment::mean), column(&moment::squares)};
  }
  void restore(std::span<const column_view> columns, std::span<const std::int64_t> rows,
               std::span<const std::uint32_t> slots) override {
    for (std::size_t i = 0; i < rows.size(); ++i)
      moments_[slots[i]] = {columns[0].values_as<double>()[rows[i]], columns[1].values_as<double>()[rows[i]],
                            columns[2].values_as<double>()[rows[i]]};
  }
  std::size_t bytes() const override { return moments_.capacity() * sizeof(moment); }

private:
  bool root_;
  bool sample_;
  std::vector<moment> moments_;
};

template <class T>
std::unique_ptr<accumulators> of_numbers(aggregate_kind kind) {
  using total = std::conditional_t<std::is_integral_v<T>, std::int64_t, double>;
  if (kind == aggregate_kind::sum)
    return std::make_unique<sums<T, total>>();
  if (kind == aggregate_kind::avg)
    return std::make_unique<averages<T>>();
  return std::make_unique<moments<T>>(kind);
}

}  // namespace

std::unique_ptr<accumulators> make_arithmetic(const accumulator_options& options) {
  if (options.kind == aggregate_kind::count)
    return std::make_unique<counts>();
  switch (options.arguments[0].type.to_arrow()->id()) {
  case arrow::Type::INT8: return of_numbers<std::int8_t>(options.kind);
  case arrow::Type::INT16: return of_numbers<std::int16_t>(options.kind);
  case arrow::Type::INT32: return of_numbers<std::int32_t>(options.kind);
  case arrow::Type::INT64: return of_numbers<std::int64_t>(options.kind);
  case arrow::Type::FLOAT: return of_numbers<float>(options.kind);
  default: return of_numbers<double>(options.kind);
  }
}

}  // namespace weir::detail
