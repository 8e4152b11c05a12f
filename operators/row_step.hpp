#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <weir/columns/row_codec.hpp>
#include <weir/operators/error_policy.hpp>
#include <weir/operators/operator.hpp>

namespace weir {

/// How a stateless step runs.
struct row_step_options {
  error_policy on_error = error_policy::fail;
  bool blocking = false;
};

namespace detail {

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<result<T>> = true;

template <class T>
struct unwrapped {
  using type = T;
};
template <class T>
struct unwrapped<result<T>> {
  using type = T;
};

/// The type that rows of T are read as for a function: text is viewed where the function takes a view.
template <class T, class F>
struct row_argument {
  using type = T;
};
template <class F>
  requires std::invocable<F&, std::string_view>
struct row_argument<std::string, F> {
  using type = std::string_view;
};
template <class T, class F>
using row_argument_t = typename row_argument<T, F>::type;

template <class T, class F>
using step_result_t = std::remove_cvref_t<std::invoke_result_t<F&, const row_argument_t<T, F>&>>;
template <class T, class F>
using step_value_t = typename unwrapped<step_result_t<T, F>>::type;

/// What the descriptions of all stateless typed steps share.
class row_step : public operator_description {
public:
  explicit row_step(row_step_options options) : options_{options} {}
  bool blocking() const override { return options_.blocking; }
  std::optional<schema> side_output(int port) const override;
  std::string details() const override;

protected:
  const row_step_options& options() const noexcept { return options_; }

private:
  row_step_options options_;
};

/// What their instances share: counts and refused rows.
class row_step_instance : public operator_instance {
public:
  explicit row_step_instance(const row_step_options& options) : errors_{options.on_error, {}} {}
  status open(const operator_context& context) override;
  operator_metrics take_metrics() override;

protected:
  /// Calls `function` for the row at `index`; what it throws becomes a status.
  template <class Function>
  static status guarded(Function function) {
    try {
      return function();
    } catch (...) {
      return current_exception_status(errc::user_function, "the function threw");
    }
  }

  row_errors errors_;
  operator_metrics metrics_;
};

}  // namespace detail

}  // namespace weir
