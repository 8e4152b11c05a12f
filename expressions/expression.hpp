#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/columns/epoch.hpp>
#include <weir/columns/schema.hpp>

namespace weir {

class expression;

namespace detail {

struct expression_node;
class user_function;

/// A C++ value as a literal's: what lit() takes.
struct literal_value {
  std::optional<data_type> type;  ///< none: a null whose type its neighbours tell
  bool null = true;
  std::int64_t integer = 0;  ///< booleans, integers, times in microseconds
  double real = 0;
  std::string text;
};

inline literal_value literal_of(std::nullptr_t) { return {}; }
inline literal_value literal_of(std::nullopt_t) { return {}; }
template <std::same_as<bool> T>
literal_value literal_of(T value) {
  return {boolean, false, value ? 1 : 0, 0, {}};
}
template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char> && !(std::is_unsigned_v<T> && sizeof(T) == 8))
literal_value literal_of(T value) {
  constexpr bool narrow = sizeof(T) < 4 || (sizeof(T) == 4 && std::is_signed_v<T>);
  return {narrow ? int32 : int64, false, static_cast<std::int64_t>(value), 0, {}};
}
template <std::floating_point T>
literal_value literal_of(T value) {
  return {float64, false, 0, static_cast<double>(value), {}};
}
inline literal_value literal_of(std::string_view text) { return {utf8, false, 0, 0, std::string{text}}; }
inline literal_value literal_of(const std::string& text) { return literal_of(std::string_view{text}); }
inline literal_value literal_of(const char* text) { return literal_of(std::string_view{text}); }
template <class D>
literal_value literal_of(std::chrono::sys_time<D> time) {
  return {timestamp_type, false, std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count(), 0, {}};
}
template <class R, class P>
literal_value literal_of(std::chrono::duration<R, P> length) {
  return {duration_type, false, std::chrono::floor<std::chrono::microseconds>(length).count(), 0, {}};
}

}  // namespace detail

/// A value computed of a row: a column, a literal, or a function of expressions. Immutable, shares its parts, cheap to
/// copy. It is no bool: `if (a == b)` of expressions does not compile. It has no type before bind() (see
/// bound_expression.hpp), which checks it against a schema.
///
///     auto risky = weir::col("amount") > 1000.0 && weir::col("country") != weir::col("home");
///     auto label = weir::when(risky, "check").otherwise("fine").as("label");
class expression {
public:
  /// A literal where an expression is taken; see lit().
  template <class T>
    requires(requires(const T& v) { detail::literal_of(v); })
  expression(const T& value) : expression{detail::literal_of(value)} {}  // NOLINT: by design
  explicit expression(detail::literal_value value);
  explicit expression(std::shared_ptr<const detail::expression_node> node) : node_{std::move(node)} {}

  /// Under another name, as Spark's as() and alias().
  expression as(std::string name) const;
  expression alias(std::string name) const { return as(std::move(name)); }

  /// A value that does not fit the type is an error of its row; with try_cast it is null.
  expression cast(data_type type) const;
  expression try_cast(data_type type) const;

  expression is_null() const;
  expression is_not_null() const;
  /// low <= this && this <= high.
  expression between(const expression& low, const expression& high) const;
  expression isin(std::vector<expression> values) const;
  /// SQL's pattern: % is any text, _ one character, \ takes the next as it is.
  expression like(const expression& pattern) const;
  /// True where a part of the text matches the regular expression (RE2's syntax).
  expression rlike(const expression& pattern) const;
  /// Equality that is never null: two nulls are equal.
  expression eq_null_safe(const expression& other) const;
  expression starts_with(const expression& prefix) const;
  expression ends_with(const expression& suffix) const;
  expression contains(const expression& part) const;
  /// Member `name` of a struct.
  expression field(std::string name) const;
  /// Element `index` of a list, from 0, null where there is none; or the value of a map's key.
  expression get_item(const expression& key) const;

  /// Another branch of a when().
  expression when(const expression& condition, const expression& value) const;
  /// The value where no condition of a when() was true; null without.
  expression otherwise(const expression& value) const;

  /// As explain() and errors show it: "(amount > 1000.0)".
  std::string to_string() const;
  /// The name of its column: the alias, a column's (last) name, or to_string().
  std::string output_name() const;

  /// The names of columns it reads, as written ("data.name").
  std::set<std::string> columns_used() const;
  /// The columns of `input` it reads; names that `input` does not have are left out.
  std::set<std::string> columns_used(const schema& input) const;
  /// The same value for the same row in each run and each place of the plan: no rand(), uuid() or user's function that
  /// says so.
  bool deterministic() const;
  /// It is the column `name` and nothing else (an alias aside).
  bool is_column(std::string_view name) const;
  /// The column's name, where it is a column and nothing else.
  std::optional<std::string> column_name() const;
  /// The literal's text where it is a text literal.
  std::optional<std::string> text_literal() const;
  /// The function it calls ("sum", "+"), where it is a call; aliases are looked through.
  std::string_view function_name() const;
  /// The call's arguments; empty for others.
  const std::vector<expression>& arguments() const;
  /// Itself without the alias.
  expression without_alias() const;
  /// With each column named in `columns` replaced. "data.name" is replaced by member name of the replacement of "data",
  /// where no replacement has the whole name.
  expression substitute(const std::map<std::string, expression>& columns) const;

  const detail::expression_node& node() const noexcept { return *node_; }

  // Friends, so that they are found for expressions only and nothing else in namespace weir turns into one.
  friend expression operator+(const expression& a, const expression& b);
  friend expression operator-(const expression& a, const expression& b);
  friend expression operator*(const expression& a, const expression& b);
  friend expression operator/(const expression& a, const expression& b);
  friend expression operator%(const expression& a, const expression& b);
  friend expression operator-(const expression& a);
  friend expression operator==(const expression& a, const expression& b);
  friend expression operator!=(const expression& a, const expression& b);
  friend expression operator<(const expression& a, const expression& b);
  friend expression operator<=(const expression& a, const expression& b);
  friend expression operator>(const expression& a, const expression& b);
  friend expression operator>=(const expression& a, const expression& b);
  /// And of three-valued logic. Unlike C++'s, both sides are built; the right one is computed only where it is needed.
  friend expression operator&&(const expression& a, const expression& b);
  friend expression operator||(const expression& a, const expression& b);
  friend expression operator!(const expression& a);

private:
  std::shared_ptr<const detail::expression_node> node_;
};

/// The column `name`, exactly as the schema writes it. "data.name" is member name of the struct column data, unless a
/// column has that very name; "data.*" and "*" stand for all members and all columns (see expand()).
expression col(std::string name);

/// A constant: bool, integers, double, text, std::chrono times and durations; nullptr is null.
template <class T>
expression lit(const T& value) {
  return expression{value};
}
/// A null of a type.
expression null_of(const data_type& type);
/// A duration as Spark writes it: interval("5 minutes"). Text that is none is refused by bind().
expression interval(std::string_view text);
/// Function `name` of docs/functions.md; bind() refuses a name that is none.
expression call_function(std::string name, std::vector<expression> arguments);
/// when(condition, value).when(...).otherwise(value): the value of the first condition that is true. Later branches are
/// not computed for that row, so their errors do not count.
expression when(const expression& condition, const expression& value);

/// The parts of a conjunction: (a && b) && c gives a, b, c. Others are their only part.
std::vector<expression> split_conjunction(const expression& condition);
/// Their conjunction; lit(true) of none.
expression conjunction(const std::vector<expression>& parts);
/// Same structure, names, literals: the same text is no proof, since a text literal may hold anything.
bool same(const expression& a, const expression& b);

}  // namespace weir
