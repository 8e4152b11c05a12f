#include <weir/operators/union.hpp>

#include <algorithm>

#include <weir/operators/union/columns.hpp>

namespace weir {

namespace {

class union_instance : public operator_instance {
public:
  explicit union_instance(std::shared_ptr<const detail::union_columns> columns) : columns_{std::move(columns)} {}

  status process(const epoch_context& /*epoch*/, int port, const batch& rows, collector& out) override {
    metrics_.rows_in += rows.num_rows();
    metrics_.rows_out += rows.num_rows();
    WEIR_ASSIGN(auto made, detail::as_output(*columns_, static_cast<std::size_t>(port), rows));
    out.emit(std::move(made));
    return {};
  }
  operator_metrics take_metrics() override { return std::exchange(metrics_, {}); }

private:
  std::shared_ptr<const detail::union_columns> columns_;
  operator_metrics metrics_;
};

}  // namespace

union_operator::union_operator(union_options options)
    : options_{std::move(options)}, columns_{detail::match_columns(options_)} {}

union_operator::~union_operator() = default;

result<schema> union_operator::bind(std::span<const schema> inputs) const {
  if (!columns_.ok())
    return columns_.error();
  if (!std::ranges::equal(inputs, options_.inputs))
    return status{errc::type_mismatch, kind() + ": its inputs are not those that it was made for"};
  return (*columns_)->output;
}

std::unique_ptr<operator_instance> union_operator::instantiate() const {
  return std::make_unique<union_instance>(*columns_);
}

std::string union_operator::details() const {
  return options_.by_name && options_.allow_missing ? "missing columns are null" : "";
}

}  // namespace weir
