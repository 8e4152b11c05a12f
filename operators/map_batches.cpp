#include <weir/operators/map_batches.hpp>

#include <arrow/record_batch.h>

#include <weir/columns/arrow_import.hpp>

namespace weir {

namespace {

class batches_instance : public operator_instance {
public:
  batches_instance(schema output, batches_operator::function apply)
      : output_{std::move(output)}, apply_{std::move(apply)} {}

  status process(const epoch_context& /*epoch*/, int /*port*/, const batch& rows, collector& out) override {
    metrics_.rows_in += rows.num_rows();
    try {
      WEIR_ASSIGN(auto made, apply_(rows));
      if (made.num_rows() == 0)
        return {};
      auto fits = check_names(output_, *made.arrow()->schema());
      auto imported = fits.ok() ? import_rows(made.arrow(), output_) : fits;
      if (!imported.ok())
        return {errc::type_mismatch, "the function gave other rows than it promised: " + imported.error().message()};
      made = batch{std::move(*imported), made.origin()};
      metrics_.rows_out += made.num_rows();
      out.emit(std::move(made));
    } catch (...) {
      return current_exception_status(errc::user_function, "the function threw");
    }
    return {};
  }
  operator_metrics take_metrics() override { return std::exchange(metrics_, {}); }

private:
  schema output_;
  batches_operator::function apply_;
  operator_metrics metrics_;
};

}  // namespace

std::unique_ptr<operator_instance> batches_operator::instantiate() const {
  return std::make_unique<batches_instance>(output_, apply_);
}

}  // namespace weir
