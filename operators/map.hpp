#pragma once

#include <weir/operators/row_step.hpp>

namespace weir {

/// A row for each row: F takes a T (text may be taken as a view) and gives a U or a result<U>. What F gives may view
/// its argument.
template <class T, class U, class F>
class map_operator : public detail::row_step {
public:
  map_operator(F function, row_step_options options) : row_step{options}, function_{std::move(function)} {}

  std::string kind() const override { return "map"; }
  result<schema> bind(std::span<const schema> inputs) const override {
    WEIR_TRY(check_row_type<T>(inputs[0]));
    return row_schema<U>();
  }
  bool one_to_one() const override { return true; }
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
      std::int64_t index = 0;
      // One try block around the run of rows: only a refused row leaves it.
      while (index < rows.num_rows()) {
        auto outcome = guarded([&]() -> status {
          for (; index < rows.num_rows(); ++index) {
            reader.read(index, row);
            if constexpr (detail::is_result<detail::step_result_t<T, F>>) {
              auto made = function_(std::as_const(row));
              if (!made.ok()) [[unlikely]]
                return made.error();
              writer_.append(*made);
            } else {
              writer_.append(function_(std::as_const(row)));
            }
          }
          return {};
        });
        if (outcome.ok())
          break;
        WEIR_TRY(errors_.refuse(rows, index, outcome));
        ++index;
      }
      const auto complete = writer_.size() == rows.num_rows();
      metrics_.rows_out += writer_.size();
      out.emit(writer_.finish(complete ? rows.origin() : nullptr));
      errors_.flush(out);
      return {};
    }

  private:
    F function_;
    row_writer<U> writer_;
  };

  F function_;
};

}  // namespace weir
