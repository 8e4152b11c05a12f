#include <weir/operators/late_rows.hpp>

#include <numeric>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <weir/operators/filter.hpp>
#include <weir/operators/group_function/rows.hpp>

namespace weir {

namespace {

class late_rows_instance : public operator_instance {
public:
  explicit late_rows_instance(std::string column) : column_{std::move(column)} {}

  status process(const epoch_context& epoch, int /*port*/, const batch& rows, collector& out) override {
    metrics_.rows_in += rows.num_rows();
    const auto column = rows.arrow()->schema()->GetFieldIndex(column_);
    // The step's own filter decides, so that both agree on every row.
    timely_.resize(static_cast<std::size_t>(rows.num_rows()));
    std::iota(timely_.begin(), timely_.end(), std::uint32_t{0});
    if (drop_late_rows(rows, column, epoch.watermarks.late, timely_) == 0)
      return {};
    std::vector<std::int64_t> late;
    auto next = timely_.begin();
    for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
      if (next != timely_.end() && *next == row)
        ++next;
      else
        late.push_back(row);
    }
    metrics_.rows_out += static_cast<std::int64_t>(late.size());
    WEIR_ASSIGN(auto taken, take_rows(rows, late));
    out.emit(std::move(taken));
    return {};
  }

  operator_metrics take_metrics() override { return std::exchange(metrics_, {}); }

private:
  std::string column_;
  std::vector<std::uint32_t> timely_;
  operator_metrics metrics_;
};

}  // namespace

result<schema> late_rows_operator::bind(std::span<const schema> inputs) const {
  const auto index = inputs[0].index_of(column_);
  if (index < 0)
    return status{errc::unknown_column, "late_rows: no column '" + column_ + "' in (" + inputs[0].to_string() + ")"};
  const auto& type = inputs[0][static_cast<std::size_t>(index)].type;
  if (type != timestamp_type)
    return status{errc::type_mismatch,
                  "late_rows: column '" + column_ + "': expected timestamp, got " + type.to_string()};
  return inputs[0];
}

std::unique_ptr<operator_instance> late_rows_operator::instantiate() const {
  return std::make_unique<late_rows_instance>(column_);
}

}  // namespace weir
