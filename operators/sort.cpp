#include <weir/operators/sort.hpp>

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>

#include <weir/operators/column_lookup.hpp>
#include <weir/operators/sort/row_order.hpp>

namespace weir {

namespace {

constexpr std::int64_t emit_rows = 8 * 1024;

class sort_instance : public operator_instance {
public:
  explicit sort_instance(std::vector<sort_key> keys) : keys_{std::move(keys)} {}

  status process(const epoch_context& /*epoch*/, int /*port*/, const batch& rows, collector& /*out*/) override {
    metrics_.rows_in += rows.num_rows();
    if (rows.num_rows() > 0)
      arrived_.push_back(rows.arrow());
    return {};
  }

  result<bool> finish(const epoch_context& /*epoch*/, collector& out) override {
    if (!arrived_.empty())
      WEIR_TRY(arrange());
    while (order_ != nullptr) {
      const auto part = order_->Slice(next_, emit_rows);
      next_ += part->length();
      auto taken =
          arrow::compute::Take(arrow::Datum{rows_}, arrow::Datum{part}, arrow::compute::TakeOptions::NoBoundsCheck());
      if (!taken.ok())
        return from_arrow(taken.status(), "sort");
      metrics_.rows_out += part->length();
      out.emit(batch{taken->record_batch()});
      if (next_ < order_->length()) {
        if (out.full())
          return false;
        continue;
      }
      order_ = nullptr;
      rows_ = nullptr;
    }
    return true;
  }

  operator_metrics take_metrics() override { return std::exchange(metrics_, {}); }

private:
  status arrange() {
    auto joined = arrow::ConcatenateRecordBatches(arrived_);
    if (!joined.ok())
      return joined.status().IsInvalid()
                 ? status{errc::out_of_memory, "sort: a column of the epoch's rows: " + joined.status().message()}
                 : from_arrow(joined.status(), "sort");
    arrived_.clear();
    rows_ = std::move(joined).ValueUnsafe();
    WEIR_ASSIGN(order_, detail::row_order(*rows_, keys_));
    next_ = 0;
    return {};
  }

  std::vector<sort_key> keys_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> arrived_;
  std::shared_ptr<arrow::RecordBatch> rows_;  ///< all of them, while they are given
  std::shared_ptr<arrow::Array> order_;
  std::int64_t next_ = 0;
  operator_metrics metrics_;
};

}  // namespace

result<schema> sort_operator::bind(std::span<const schema> inputs) const {
  if (keys_.empty())
    return status{errc::invalid_argument, "sort: no column to sort by"};
  for (const auto& key : keys_) {
    WEIR_ASSIGN(const auto column, detail::named_column(inputs[0], key.column, "sort"));
    if (!detail::has_order(column.type))
      return status{errc::type_mismatch, "sort: column '" + key.column + "': " + column.type.to_string() +
                                             " has no order; expected a type without lists and maps"};
  }
  return inputs[0];
}

std::unique_ptr<operator_instance> sort_operator::instantiate() const { return std::make_unique<sort_instance>(keys_); }

std::string sort_operator::details() const {
  std::string text;
  for (const auto& key : keys_) {
    text += (text.empty() ? "" : ", ") + key.column + (key.ascending ? "" : " descending");
    if (detail::nulls_first(key) != key.ascending)
      text += detail::nulls_first(key) ? " nulls first" : " nulls last";
  }
  return text;
}

}  // namespace weir
