#pragma once

#include <weir/columns/row_codec.hpp>
#include <weir/operators/row_step.hpp>

namespace weir {

namespace detail {

inline constexpr std::string_view key_column_name = "__key";

schema with_key_column(const schema& columns, const data_type& type, bool nullable);
batch add_key_column(const batch& rows, std::shared_ptr<arrow::ArrayData> keys, bool nullable);

}  // namespace detail

/// Adds the key that F gives for each row as the last column, for an exchange by key.
template <class T, class K, class F>
class key_operator : public operator_description {
public:
  explicit key_operator(F function) : function_{std::move(function)} {}

  std::string kind() const override { return "key"; }
  result<schema> bind(std::span<const schema> inputs) const override {
    WEIR_TRY(check_row_type<T>(inputs[0]));
    return detail::with_key_column(inputs[0], type_of<K>(), detail::is_optional<K>);
  }
  bool one_to_one() const override { return true; }
  std::unique_ptr<operator_instance> instantiate() const override { return std::make_unique<instance>(function_); }

private:
  class instance : public operator_instance {
  public:
    explicit instance(F function) : function_{std::move(function)} {}
    status process(const epoch_context& /*epoch*/, int /*port*/, const batch& rows, collector& out) override {
      using argument = detail::row_argument_t<T, F>;
      const row_reader<argument> reader{rows};
      argument row{};
      try {
        for (std::int64_t index = 0; index < rows.num_rows(); ++index) {
          reader.read(index, row);
          keys_.append(function_(std::as_const(row)));
        }
      } catch (...) {
        return current_exception_status(errc::user_function, "the key function threw");
      }
      metrics_.rows_in += rows.num_rows();
      metrics_.rows_out += rows.num_rows();
      out.emit(detail::add_key_column(rows, keys_.finish_data(), detail::is_optional<K>));
      return {};
    }
    operator_metrics take_metrics() override { return std::exchange(metrics_, {}); }

  private:
    F function_;
    column_writer<K> keys_;
    operator_metrics metrics_;
  };

  F function_;
};

}  // namespace weir
