#include <weir/operators/union.hpp>

namespace weir {

namespace {

class union_instance : public operator_instance {
public:
  status process(const epoch_context& /*epoch*/, int /*port*/, const batch& rows, collector& out) override {
    metrics_.rows_in += rows.num_rows();
    metrics_.rows_out += rows.num_rows();
    out.emit(rows);
    return {};
  }
  operator_metrics take_metrics() override { return std::exchange(metrics_, {}); }

private:
  operator_metrics metrics_;
};

}  // namespace

result<schema> union_operator::bind(std::span<const schema> inputs) const {
  for (std::size_t i = 1; i < inputs.size(); ++i)
    if (inputs[i] != inputs[0])
      return status{errc::type_mismatch, "union of different schemas: input 0 is (" + inputs[0].to_string() +
                                             "), input " + std::to_string(i) + " is (" + inputs[i].to_string() + ")"};
  return inputs[0];
}

std::unique_ptr<operator_instance> union_operator::instantiate() const { return std::make_unique<union_instance>(); }

}  // namespace weir
