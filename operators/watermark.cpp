#include <weir/operators/watermark.hpp>

#include <algorithm>
#include <limits>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <weir/columns/column_memory.hpp>
#include <weir/columns/time.hpp>

namespace weir {

namespace {

class watermark_instance : public operator_instance {
public:
  explicit watermark_instance(std::string column) : column_{std::move(column)} {}

  status process(const epoch_context& /*epoch*/, int /*port*/, const batch& rows, collector& out) override {
    if (rows.num_rows() == 0)
      return {};
    const auto index = rows.arrow()->schema()->GetFieldIndex(column_);
    const auto column = detail::view_of(*rows.arrow()->column_data(index));
    const auto* values = column.values_as<std::int64_t>();
    auto largest = std::numeric_limits<std::int64_t>::min();
    for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
      const auto time = column.is_valid(row) ? values[row] : 0;  // W01: null counts as the Unix epoch
      min_ = std::min(min_, time);
      largest = std::max(largest, time);
      ++count_;
      mean_ += (static_cast<double>(time) - mean_) / static_cast<double>(count_);  // W17: does not overflow
    }
    max_ = std::max(max_, largest);
    observe(rows.tag(), at(largest));
    metrics_.rows_in += rows.num_rows();
    metrics_.rows_out += rows.num_rows();
    out.emit(rows);
    return {};
  }

  operator_metrics take_metrics() override {
    if (count_ > 0) {
      metrics_.event_time_min = at(min_);
      metrics_.event_time_max = at(max_);
      metrics_.event_time_avg = at(static_cast<std::int64_t>(mean_));
      min_ = std::numeric_limits<std::int64_t>::max();
      max_ = std::numeric_limits<std::int64_t>::min();
      mean_ = 0;
      count_ = 0;
    }
    return std::exchange(metrics_, {});
  }

private:
  static timestamp at(std::int64_t micros) { return timestamp{std::chrono::microseconds{micros}}; }

  void observe(input_tag input, timestamp largest) {
    auto& seen = metrics_.event_times;
    const auto known = std::ranges::find(seen, input, &event_time_seen::input);
    if (known == seen.end())
      seen.push_back({input, largest});
    else
      known->largest = std::max(known->largest, largest);
  }

  std::string column_;
  operator_metrics metrics_;
  std::int64_t count_ = 0;
  std::int64_t min_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_ = std::numeric_limits<std::int64_t>::min();
  double mean_ = 0;
};

}  // namespace

result<schema> watermark_operator::bind(std::span<const schema> inputs) const {
  const auto index = inputs[0].index_of(column_);
  if (index < 0)
    return status{errc::unknown_column,
                  "with_watermark: no column '" + column_ + "' in (" + inputs[0].to_string() + ")"};
  const auto& type = inputs[0][static_cast<std::size_t>(index)].type;
  if (type != timestamp_type)
    return status{errc::type_mismatch,
                  "with_watermark: column '" + column_ + "': expected timestamp, got " + type.to_string()};
  if (delay_.count() < 0)
    return status{errc::invalid_argument, "with_watermark: the delay should not be negative"};
  return inputs[0];
}

std::unique_ptr<operator_instance> watermark_operator::instantiate() const {
  return std::make_unique<watermark_instance>(column_);
}

std::string watermark_operator::details() const { return column_ + " - " + format_interval(delay_); }

}  // namespace weir
