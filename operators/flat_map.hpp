#pragma once

#include <ranges>

#include <weir/operators/row_step.hpp>

namespace weir {

/// Any number of rows for each row: F takes a T and gives a range of U's, or a result of one.
template <class T, class U, class F>
class flat_map_operator : public detail::row_step {
public:
  flat_map_operator(F function, row_step_options options) : row_step{options}, function_{std::move(function)} {}

  std::string kind() const override { return "flat_map"; }
  result<schema> bind(std::span<const schema> inputs) const override {
    WEIR_TRY(check_row_type<T>(inputs[0]));
    return row_schema<U>();
  }
  std::unique_ptr<operator_instance> instantiate() const override {
    return std::make_unique<instance>(function_, options());
  }

private:
  class instance : public detail::row_step_instance {
    static constexpr std::int64_t emit_rows = 16 * 1024;

  public:
    instance(F function, const row_step_options& options)
        : row_step_instance{options}, function_{std::move(function)} {}

    status process(const epoch_context& /*epoch*/, int /*port*/, const batch& rows, collector& out) override {
      using argument = detail::row_argument_t<T, F>;
      metrics_.rows_in += rows.num_rows();
      const row_reader<argument> reader{rows};
      argument row{};
      for (std::int64_t index = 0; index < rows.num_rows(); ++index) {
        auto outcome = guarded([&]() -> status {
          reader.read(index, row);
          auto made = function_(std::as_const(row));
          if constexpr (detail::is_result<detail::step_result_t<T, F>>) {
            if (!made.ok())
              return made.error();
            add(*made);
          } else {
            add(made);
          }
          return {};
        });
        if (!outcome.ok())
          WEIR_TRY(errors_.refuse(rows, index, outcome));
        if (writer_.size() >= emit_rows)
          emit(out);
      }
      emit(out);
      errors_.flush(out);
      return {};
    }

  private:
    template <class Range>
    void add(Range& made) {
      for (auto&& one : made)
        writer_.append(one);
    }
    void emit(collector& out) {
      if (writer_.size() == 0)
        return;
      metrics_.rows_out += writer_.size();
      out.emit(writer_.finish());
    }

    F function_;
    row_writer<U> writer_;
  };

  F function_;
};

}  // namespace weir
