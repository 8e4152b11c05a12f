#include <array>
#include <cmath>
#include <limits>

#include <arrow/api.h>
#include <arrow/compute/api_scalar.h>

#include <weir/columns/text.hpp>
#include <weir/expressions/arrow_call.hpp>
#include <weir/expressions/signature.hpp>

namespace weir::detail {

namespace {

using id = data_type::id;

bool fits(std::int64_t value, const data_type& type) {
  return type.kind() != id::int32 || std::in_range<std::int32_t>(value);
}

status overflow(const bound_node& call, std::string_view sign, const cell* args) {
  return {errc::invalid_row, std::to_string(args[0].integer()) + " " + std::string{sign} + " " +
                                 std::to_string(args[1].integer()) + " overflows " + call.type.to_string()};
}

struct plus {
  static constexpr std::string_view sign = "+";
  static double of(double a, double b) { return a + b; }
  static bool overflows(std::int64_t a, std::int64_t b, std::int64_t* out) { return __builtin_add_overflow(a, b, out); }
};
struct minus {
  static constexpr std::string_view sign = "-";
  static double of(double a, double b) { return a - b; }
  static bool overflows(std::int64_t a, std::int64_t b, std::int64_t* out) { return __builtin_sub_overflow(a, b, out); }
};
struct times {
  static constexpr std::string_view sign = "*";
  static double of(double a, double b) { return a * b; }
  static bool overflows(std::int64_t a, std::int64_t b, std::int64_t* out) { return __builtin_mul_overflow(a, b, out); }
};

template <class Operation, bool Try = false>
status arithmetic_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  if (is_real(call.type)) {
    out = cell::of(Operation::of(args[0].real(), args[1].real()));
    return {};
  }
  std::int64_t value = 0;
  if (Operation::overflows(args[0].integer(), args[1].integer(), &value) || !fits(value, call.type)) [[unlikely]] {
    if constexpr (Try) {
      out = {};
      return {};
    }
    return overflow(call, Operation::sign, args);
  }
  out = cell::of(value);
  return {};
}

template <bool Try>
status divide_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  if (args[1].real() == 0) {
    out = {};
    return Try ? status{} : status{errc::invalid_row, "division by zero; try_divide gives null"};
  }
  out = cell::of(args[0].real() / args[1].real());
  return {};
}

/// The remainder has the dividend's sign; pmod's is not negative for a positive divisor.
template <bool Positive>
status remainder_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  if (is_real(call.type)) {
    const auto divisor = args[1].real();
    if (divisor == 0)
      return {errc::invalid_row, "division by zero"};
    auto rest = std::fmod(args[0].real(), divisor);
    if (Positive && rest < 0)
      rest = std::fmod(rest + divisor, divisor);
    out = cell::of(rest);
    return {};
  }
  const auto divisor = args[1].integer();
  if (divisor == 0)
    return {errc::invalid_row, "division by zero"};
  // The one quotient that overflows has no remainder.
  auto rest = divisor == -1 ? 0 : args[0].integer() % divisor;
  if (Positive && rest < 0)
    rest = (rest + divisor) % divisor;
  out = cell::of(rest);
  return {};
}

status negate_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  if (is_real(call.type)) {
    out = cell::of(-args[0].real());
    return {};
  }
  std::int64_t value = 0;
  if (__builtin_sub_overflow(std::int64_t{0}, args[0].integer(), &value) || !fits(value, call.type))
    return {errc::invalid_row,
            "the negative of " + std::to_string(args[0].integer()) + " overflows " + call.type.to_string()};
  out = cell::of(value);
  return {};
}

status abs_row(const bound_node& call, row_scope& scope, const cell* args, cell& out) {
  if (is_real(call.type)) {
    out = cell::of(std::abs(args[0].real()));
    return {};
  }
  out = args[0];
  return args[0].integer() < 0 ? negate_row(call, scope, args, out) : status{};
}

constexpr std::array entries{
    function_entry{"+", "N, N -> N", "overflow is an error; try_add gives null", arithmetic_row<plus>,
                   arrow_kernel<"add_checked">},
    function_entry{"+", "timestamp, duration -> timestamp", "", arithmetic_row<plus>, arrow_kernel<"add_checked">},
    function_entry{"+", "duration, timestamp -> timestamp", "", arithmetic_row<plus>, arrow_kernel<"add_checked">},
    function_entry{"+", "duration, duration -> duration", "", arithmetic_row<plus>, arrow_kernel<"add_checked">},
    function_entry{"-", "N, N -> N", "overflow is an error; try_subtract gives null", arithmetic_row<minus>,
                   arrow_kernel<"subtract_checked">},
    function_entry{"-", "timestamp, duration -> timestamp", "", arithmetic_row<minus>,
                   arrow_kernel<"subtract_checked">},
    function_entry{"-", "timestamp, timestamp -> duration", "", arithmetic_row<minus>,
                   arrow_kernel<"subtract_checked">},
    function_entry{"-", "duration, duration -> duration", "", arithmetic_row<minus>, arrow_kernel<"subtract_checked">},
    function_entry{"*", "N, N -> N", "overflow is an error; try_multiply gives null", arithmetic_row<times>,
                   arrow_kernel<"multiply_checked">},
    function_entry{"/", "float64, float64 -> float64", "of integers too; division by zero is an error",
                   divide_row<false>, arrow_kernel<"divide_checked">},
    function_entry{"%", "N, N -> N", "the remainder, with the dividend's sign", remainder_row<false>},
    function_entry{"pmod", "N, N -> N", "the remainder, not negative for a positive divisor", remainder_row<true>},
    function_entry{"negate", "N -> N", "unary minus", negate_row, arrow_kernel<"negate_checked">},
    function_entry{"negate", "duration -> duration", "unary minus", negate_row},
    function_entry{"try_add", "N, N -> N", "null on overflow", arithmetic_row<plus, true>, nullptr, nulls::partial},
    function_entry{"try_subtract", "N, N -> N", "null on overflow", arithmetic_row<minus, true>, nullptr,
                   nulls::partial},
    function_entry{"try_multiply", "N, N -> N", "null on overflow", arithmetic_row<times, true>, nullptr,
                   nulls::partial},
    function_entry{"try_divide", "float64, float64 -> float64", "null for a division by zero", divide_row<true>,
                   nullptr, nulls::partial},
    function_entry{"abs", "N -> N", "overflow is an error", abs_row, arrow_kernel<"abs_checked">},
};

}  // namespace

function_group arithmetic_functions() { return {"Arithmetic", entries}; }

}  // namespace weir::detail
