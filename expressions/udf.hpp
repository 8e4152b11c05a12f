#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/columns/column_reader.hpp>
#include <weir/columns/column_writer.hpp>
#include <weir/expressions/expression.hpp>
#include <weir/expressions/user_function.hpp>

namespace weir {

struct udf_options {
  std::string name = "udf";   ///< as explain() and errors show it
  bool deterministic = true;  ///< the same value for the same arguments: a plan may move, repeat or fold its calls
};

namespace detail {

expression call_user_function(std::shared_ptr<const user_function> function, std::vector<expression> arguments);

template <class T>
struct udf_result {
  using type = T;
};
template <class T>
struct udf_result<result<T>> : udf_result<T> {};
template <class T>
struct udf_result<std::optional<T>> {
  using type = T;
};

template <class T>
inline constexpr bool is_udf_result = false;
template <class T>
inline constexpr bool is_udf_result<result<T>> = true;
template <class T>
inline constexpr bool gives_null = is_optional<T>;
template <class T>
inline constexpr bool gives_null<result<T>> = is_optional<T>;

template <class F, class R, class... A>
class typed_user_function final : public user_function {
  using value = typename udf_result<R>::type;
  static_assert(sizeof(require_column_value<value>) > 0 && (... && (sizeof(require_column_value<A>) > 0)));

public:
  typed_user_function(F function, udf_options options) : function_{std::move(function)}, options_{std::move(options)} {}

  const std::string& name() const override { return options_.name; }
  const std::vector<field>& arguments() const override { return arguments_; }
  const field& returns() const override { return returns_; }
  bool deterministic() const override { return options_.deterministic; }

  weir::result<std::shared_ptr<arrow::Array>> evaluate(std::span<const std::shared_ptr<arrow::Array>> columns,
                                                       std::int64_t rows) const override {
    return evaluate(columns, rows, std::index_sequence_for<A...>{});
  }

private:
  template <std::size_t... I>
  weir::result<std::shared_ptr<arrow::Array>> evaluate(std::span<const std::shared_ptr<arrow::Array>> columns,
                                                       std::int64_t rows, std::index_sequence<I...>) const {
    const std::tuple<column_reader<A>...> readers{column_reader<A>{*columns[I]}...};
    const std::vector<column_view> views{view_of(*columns[I])...};
    column_writer<std::optional<value>> out;
    out.reserve(rows);
    std::tuple<A...> row{};
    try {
      for (std::int64_t i = 0; i < rows; ++i) {
        if (!((is_optional<A> || views[I].is_valid(i)) && ...)) {
          out.append_null();
          continue;
        }
        (std::get<I>(readers).read(i, std::get<I>(row)), ...);
        if constexpr (is_udf_result<R>) {
          auto made = std::invoke(function_, std::as_const(std::get<I>(row))...);
          if (!made.ok())
            return made.error();
          out.append(std::move(*made));
        } else {
          out.append(std::invoke(function_, std::as_const(std::get<I>(row))...));
        }
      }
    } catch (...) {
      return current_exception_status(errc::user_function, "the function threw");
    }
    return out.finish();
  }

  F function_;
  udf_options options_;
  std::vector<field> arguments_{field{"", type_of<A>(), is_optional<A>}...};
  field returns_{"", type_of<value>(), gives_null<R>};
};

template <class F>
struct signature_of : signature_of<decltype(&F::operator())> {};
template <class R, class... A>
struct signature_of<R (*)(A...)> {
  template <class F>
  using function = typed_user_function<F, std::remove_cvref_t<R>, std::remove_cvref_t<A>...>;
};
template <class C, class R, class... A>
struct signature_of<R (C::*)(A...) const> : signature_of<R (*)(A...)> {};
template <class C, class R, class... A>
struct signature_of<R (C::*)(A...) const noexcept> : signature_of<R (*)(A...)> {};
template <class R, class... A>
struct signature_of<R (*)(A...) noexcept> : signature_of<R (*)(A...)> {};

}  // namespace detail

/// A C++ function as a function of expressions.
class user_defined {
public:
  explicit user_defined(std::shared_ptr<const detail::user_function> function) : function_{std::move(function)} {}

  template <class... E>
    requires(std::constructible_from<expression, const E&> && ...)
  expression operator()(const E&... arguments) const {
    return detail::call_user_function(function_, {expression{arguments}...});
  }

private:
  std::shared_ptr<const detail::user_function> function_;
};

/// Makes a function of expressions of a C++ function over values (see column_value), whose types are its signature's.
/// An argument that is no std::optional is never null: the result is null instead, without a call. The function may
/// give T, std::optional<T>, or weir::result of these; it may throw; either refuses the row. It must be callable by any
/// number of threads at once, so it is const.
///
///     const auto domain = weir::udf([](std::string_view mail) { return mail.substr(mail.find('@') + 1); });
///     rows.select({domain(weir::col("email")).as("domain")});
template <class F>
user_defined udf(F function, udf_options options = {}) {
  using typed = typename detail::signature_of<F>::template function<F>;
  return user_defined{std::make_shared<const typed>(std::move(function), std::move(options))};
}

}  // namespace weir
