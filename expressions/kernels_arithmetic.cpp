#include <array>
#include <cmath>
#include <limits>

#include <arrow/api.h>
#include <arrow/compute/api_scalar.h>

#include <weir/columns/decimal.hpp>
#include <weir/expressions/arrow_call.hpp>
#include <weir/expressions/column_loops.hpp>
#include <weir/expressions/decimal_cell.hpp>
#include <weir/expressions/signature.hpp>

namespace weir::detail {

namespace {

using id = data_type::id;

bool fits(std::int64_t value, const data_type& type) {
  const auto [least, most] = integer_bounds(type);
  return value >= least && value <= most;
}

/// Of float32, what is computed as a double is rounded once, which is exact enough: a double has more than twice its
/// digits.
cell real_cell(double value, const data_type& type) {
  return cell::of(type == float32 ? double{static_cast<float>(value)} : value);
}

std::string shown(const cell& value, const data_type& type) {
  return is_decimal(type) ? format_decimal(unscaled_of(value), type.scale()) : std::to_string(value.integer());
}

status overflow(const bound_node& call, std::string_view sign, const cell* args) {
  return {errc::invalid_row, shown(args[0], call.args[0]->type) + " " + std::string{sign} + " " +
                                 shown(args[1], call.args[1]->type) + " overflows " + call.type.to_string()};
}

struct plus {
  static constexpr std::string_view sign = "+";
  static double of(double a, double b) { return a + b; }
  template <class T>
  static bool overflows(T a, T b, T* out) {
    return __builtin_add_overflow(a, b, out);
  }
};
struct minus {
  static constexpr std::string_view sign = "-";
  static double of(double a, double b) { return a - b; }
  template <class T>
  static bool overflows(T a, T b, T* out) {
    return __builtin_sub_overflow(a, b, out);
  }
};
struct times {
  static constexpr std::string_view sign = "*";
  static double of(double a, double b) { return a * b; }
  template <class T>
  static bool overflows(T a, T b, T* out) {
    return __builtin_mul_overflow(a, b, out);
  }
};

/// A decimal's or an integer's value at a scale; false: it has too many digits for that.
bool scaled(const cell& value, const data_type& type, int scale, int128& out) {
  out = is_decimal(type) ? unscaled_of(value) : int128{value.integer()};
  return rescale_decimal(out, type.scale(), max_decimal_digits, scale);
}

template <class Operation>
bool decimal_row(const bound_node& call, const cell* args, cell& out) {
  // A product's digits after the point are both factors'; sums and differences have one scale.
  constexpr auto product = std::same_as<Operation, times>;
  const auto& left = call.args[0]->type;
  const auto& right = call.args[1]->type;
  const auto scale = product ? left.scale() + right.scale() : std::max(left.scale(), right.scale());
  int128 a = 0;
  int128 b = 0;
  int128 made = 0;
  if (!scaled(args[0], left, product ? left.scale() : scale, a) ||
      !scaled(args[1], right, product ? right.scale() : scale, b) || Operation::overflows(a, b, &made) ||
      !rescale_decimal(made, scale, call.type.precision(), call.type.scale()))
    return false;
  out = decimal_cell(made);
  return true;
}

/// Numbers' common type; of decimals one that holds each result, as far as 38 digits go.
template <class Operation>
result<data_type> arithmetic_type(std::span<const bound_ptr> /*args*/, std::vector<data_type>& types) {
  if (types[0] == types[1] && !is_decimal(types[0]))
    return types[0];
  const auto a = as_decimal(types[0]);
  const auto b = as_decimal(types[1]);
  if constexpr (std::same_as<Operation, times>)
    return bounded_decimal(a.precision() + b.precision() + 1, a.scale() + b.scale());
  const auto scale = std::max(a.scale(), b.scale());
  return bounded_decimal(std::max(a.precision() - a.scale(), b.precision() - b.scale()) + scale + 1, scale);
}

/// Arrow's, for all but decimals.
template <arrow_name Name>
result<arrow::Datum> number_columns(const bound_node& call, const column_scope& /*scope*/,
                                    std::span<const arrow::Datum> args) {
  return is_decimal(call.type) ? by_rows() : call_arrow(Name.text, args);
}

template <class Operation, bool Try = false>
status arithmetic_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  if (is_real(call.type)) {
    out = real_cell(Operation::of(args[0].real(), args[1].real()), call.type);
    return {};
  }
  if (is_decimal(call.type)) {
    if (decimal_row<Operation>(call, args, out))
      return {};
    out = {};
    return Try ? status{} : overflow(call, Operation::sign, args);
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
    out = real_cell(rest, call.type);
    return {};
  }
  if (is_decimal(call.type)) {
    const auto by = unscaled_of(args[1]);
    if (by == 0)
      return {errc::invalid_row, "division by zero"};
    auto rest = unscaled_of(args[0]) % by;
    out = decimal_cell(Positive && rest < 0 ? (rest + by) % by : rest);
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

/// Remainders by one divisor, without a division where doubles are exact.
class remainder_by {
public:
  explicit remainder_by(std::int64_t divisor)
      : divisor_{divisor}, size_{divisor < 0 && divisor > -exact ? -divisor : divisor},
        inverse_{1.0 / static_cast<double>(size_)}, small_{divisor > -exact && divisor < exact} {}

  std::int64_t operator()(std::int64_t value) const {
    if (value <= -exact || value >= exact || !small_) [[unlikely]]
      return value % divisor_;
    const auto positive = value < 0 ? -value : value;
    // The quotient is wrong by one at most.
    auto rest = positive - static_cast<std::int64_t>(static_cast<double>(positive) * inverse_) * size_;
    rest += rest < 0 ? size_ : 0;
    rest -= rest >= size_ ? size_ : 0;
    return value < 0 ? -rest : rest;
  }

private:
  static constexpr auto exact = std::int64_t{1} << 52;
  std::int64_t divisor_;
  std::int64_t size_;
  double inverse_;
  bool small_;
};

/// By a constant that is neither 0 nor -1, for which the row's kernel has its say.
template <class T, bool Positive>
result<arrow::Datum> remainder_of(const bound_node& call, const arrow::Datum& dividend, T divisor) {
  return map_values<T, T>(call, dividend, [divisor, remainder = remainder_by{divisor}](T value) {
    auto rest = static_cast<T>(remainder(value));
    if (Positive && rest < 0)
      rest = static_cast<T>((rest + divisor) % divisor);
    return rest;
  });
}

template <bool Positive>
result<arrow::Datum> remainder_columns(const bound_node& call, const column_scope& /*scope*/,
                                       std::span<const arrow::Datum> args) {
  const auto& constant = call.args[1]->constant;
  if (!is_integer(call.type) || !constant || constant->value.is_null() || constant->value.integer() == 0 ||
      constant->value.integer() == -1)
    return by_rows();
  const auto divisor = constant->value.integer();
  if (call.type == int64)
    return remainder_of<std::int64_t, Positive>(call, args[0], divisor);
  if (call.type == int32)
    return remainder_of<std::int32_t, Positive>(call, args[0], static_cast<std::int32_t>(divisor));
  return by_rows();
}

status negate_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  if (is_real(call.type)) {
    out = cell::of(-args[0].real());
    return {};
  }
  if (is_decimal(call.type)) {
    out = decimal_cell(-unscaled_of(args[0]));
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
  // A decimal's sign is that of its high half, which is what integer() gives.
  return args[0].integer() < 0 ? negate_row(call, scope, args, out) : status{};
}

constexpr std::array entries{
    function_entry{"+", "N, N -> special", "N, of decimals one with room for it; overflow is an error, null of try_add",
                   arithmetic_row<plus>, number_columns<"add_checked">, nulls::propagate, nullptr, depends::nothing,
                   nullptr, arithmetic_type<plus>},
    function_entry{"+", "timestamp, duration -> timestamp", "", arithmetic_row<plus>, arrow_kernel<"add_checked">},
    function_entry{"+", "duration, timestamp -> timestamp", "", arithmetic_row<plus>, arrow_kernel<"add_checked">},
    function_entry{"+", "duration, duration -> duration", "", arithmetic_row<plus>, arrow_kernel<"add_checked">},
    function_entry{"-", "N, N -> special",
                   "N, of decimals one with room for it; overflow is an error, null of try_subtract",
                   arithmetic_row<minus>, number_columns<"subtract_checked">, nulls::propagate, nullptr,
                   depends::nothing, nullptr, arithmetic_type<minus>},
    function_entry{"-", "timestamp, duration -> timestamp", "", arithmetic_row<minus>,
                   arrow_kernel<"subtract_checked">},
    function_entry{"-", "timestamp, timestamp -> duration", "", arithmetic_row<minus>,
                   arrow_kernel<"subtract_checked">},
    function_entry{"-", "duration, duration -> duration", "", arithmetic_row<minus>, arrow_kernel<"subtract_checked">},
    function_entry{"*", "N, N -> special",
                   "N, of decimals one with room for it; overflow is an error, null of try_multiply",
                   arithmetic_row<times>, number_columns<"multiply_checked">, nulls::propagate, nullptr,
                   depends::nothing, nullptr, arithmetic_type<times>},
    function_entry{"/", "float64, float64 -> float64", "of integers and decimals too; division by zero is an error",
                   divide_row<false>, arrow_kernel<"divide_checked">},
    function_entry{"%", "N, N -> N", "the remainder, with the dividend's sign", remainder_row<false>,
                   remainder_columns<false>},
    function_entry{"pmod", "N, N -> N", "the remainder, not negative for a positive divisor", remainder_row<true>,
                   remainder_columns<true>},
    function_entry{"negate", "N -> N", "unary minus", negate_row, number_columns<"negate_checked">},
    function_entry{"negate", "duration -> duration", "unary minus", negate_row},
    function_entry{"try_add", "N, N -> special", "N; null on overflow", arithmetic_row<plus, true>, nullptr,
                   nulls::partial, nullptr, depends::nothing, nullptr, arithmetic_type<plus>},
    function_entry{"try_subtract", "N, N -> special", "N; null on overflow", arithmetic_row<minus, true>, nullptr,
                   nulls::partial, nullptr, depends::nothing, nullptr, arithmetic_type<minus>},
    function_entry{"try_multiply", "N, N -> special", "N; null on overflow", arithmetic_row<times, true>, nullptr,
                   nulls::partial, nullptr, depends::nothing, nullptr, arithmetic_type<times>},
    function_entry{"try_divide", "float64, float64 -> float64", "null for a division by zero", divide_row<true>,
                   nullptr, nulls::partial},
    function_entry{"abs", "N -> N", "overflow is an error", abs_row, number_columns<"abs_checked">},
};

}  // namespace

function_group arithmetic_functions() { return {"Arithmetic", entries}; }

}  // namespace weir::detail
