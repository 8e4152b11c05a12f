#pragma once

#include <vector>

#include <weir/operators/row_step.hpp>

namespace weir {

/// The rows at `selection`, ascending; the batch itself when that is all of it.
result<batch> take_rows(const batch& rows, const std::vector<std::int64_t>& selection);

/// The rows for which F gives true (or a result of it).
template <class T, class F>
class filter_operator : public detail::row_step {
public:
  filter_operator(F function, row_step_options options) : row_step{options}, function_{std::move(function)} {}

  std::string kind() const override { return "filter"; }
  result<schema> bind(std::span<const schema> inputs) const override {
    WEIR_TRY(check_row_type<T>(inputs[0]));
    return inputs[0];
  }
  std::unique_ptr<operator_instance> instantiate() const override {
    return std::make_unique<instance>(function_, options());
  }

private:
  class instance : public detail::row_step_instance {
  public:
    instance(F function, const row_step_options& options)
        : row_step_instance{options}, function_{std::move(function)} {}

    status process(const epoch_context& /*epoch*/, int /*port*/, const batch& rows, collector& out) override {
      using argument = detail::row_argument_t<T, F>;
      metrics_.rows_in += rows.num_rows();
      const row_reader<argument> reader{rows};
      argument row{};
      kept_.clear();
      for (std::int64_t index = 0; index < rows.num_rows(); ++index) {
        auto outcome = guarded([&]() -> status {
          reader.read(index, row);
          auto keep = function_(std::as_const(row));
          if constexpr (detail::is_result<detail::step_result_t<T, F>>) {
            if (!keep.ok())
              return keep.error();
            if (*keep)
              kept_.push_back(index);
          } else if (keep) {
            kept_.push_back(index);
          }
          return {};
        });
        if (!outcome.ok())
          WEIR_TRY(errors_.refuse(rows, index, outcome));
      }
      metrics_.rows_out += static_cast<std::int64_t>(kept_.size());
      if (!kept_.empty()) {
        WEIR_ASSIGN(auto taken, take_rows(rows, kept_));
        out.emit(std::move(taken));
      }
      errors_.flush(out);
      return {};
    }

  private:
    F function_;
    std::vector<std::int64_t> kept_;
  };

  F function_;
};

}  // namespace weir
