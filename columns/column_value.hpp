#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <weir/columns/decimal.hpp>
#include <weir/columns/epoch.hpp>
#include <weir/columns/schema.hpp>

namespace weir {

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_vector = false;
template <class T, class A>
inline constexpr bool is_vector<std::vector<T, A>> = true;

template <class T>
inline constexpr bool is_map = false;
template <class K, class V, class... Rest>
inline constexpr bool is_map<std::map<K, V, Rest...>> = true;
template <class K, class V, class... Rest>
inline constexpr bool is_map<std::unordered_map<K, V, Rest...>> = true;

template <class T>
inline constexpr bool is_decimal = false;
template <int P, int S>
inline constexpr bool is_decimal<decimal<P, S>> = true;

/// Days, which are no points in time.
template <class T>
concept date_value = std::same_as<T, std::chrono::sys_days> || std::same_as<T, std::chrono::year_month_day>;

template <class T>
inline constexpr bool is_sys_time = false;
template <class R, class P>
inline constexpr bool is_sys_time<std::chrono::sys_time<std::chrono::duration<R, P>>> =
    std::integral<R> && !date_value<std::chrono::sys_time<std::chrono::duration<R, P>>>;

template <class T>
inline constexpr bool is_duration = false;
template <class R, class P>
inline constexpr bool is_duration<std::chrono::duration<R, P>> = std::integral<R>;

/// The narrowest column that holds all values of an integer type; none holds those of an unsigned 64-bit one.
template <class T>
concept int8_value = std::same_as<T, signed char>;

template <class T>
concept int16_value = std::same_as<T, short> || std::same_as<T, unsigned char>;

template <class T>
concept int32_value = std::same_as<T, unsigned short> || (std::same_as<T, int> && sizeof(int) == 4);

template <class T>
concept int64_value = (std::same_as<T, unsigned> && sizeof(unsigned) == 4) || std::same_as<T, long> ||
                      std::same_as<T, long long> || (std::same_as<T, unsigned long> && sizeof(unsigned long) == 4);

template <class T>
concept float_value = std::same_as<T, double> || std::same_as<T, float>;

template <class T>
concept time_value = is_sys_time<T> || is_duration<T>;

template <class T>
concept integer_value = int8_value<T> || int16_value<T> || int32_value<T> || int64_value<T>;

/// Values of one width, kept one after the other.
template <class T>
concept fixed_value = integer_value<T> || float_value<T> || is_decimal<T> || date_value<T> || time_value<T>;

/// What a T's column holds for a value: times are microseconds.
template <class T>
struct storage_of {
  using type = std::int64_t;
};
template <int8_value T>
struct storage_of<T> {
  using type = std::int8_t;
};
template <int16_value T>
struct storage_of<T> {
  using type = std::int16_t;
};
template <int32_value T>
struct storage_of<T> {
  using type = std::int32_t;
};
template <float_value T>
struct storage_of<T> {
  using type = T;
};
template <date_value T>
struct storage_of<T> {
  using type = std::int32_t;
};
template <class T>
  requires is_decimal<T>
struct storage_of<T> {
  using type = decimal_bits;
};
template <fixed_value T>
using storage_type = typename storage_of<T>::type;

template <class T>
concept text_value = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

template <class T>
concept described = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

/// The described members of a struct, its public bases' first.
template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
using hidden_members_of =
    boost::describe::describe_members<T, boost::describe::mod_private | boost::describe::mod_protected |
                                             boost::describe::mod_inherited>;

template <class T, class D>
using member_type = std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>;

template <class T>
consteval bool is_column_value();

template <class T, class... D>
consteval bool all_column_values(boost::mp11::mp_list<D...>*) {
  return (is_column_value<member_type<T, D>>() && ...);
}

template <class T>
consteval bool is_column_value() {
  if constexpr (std::same_as<T, bool> || fixed_value<T> || text_value<T>) {
    return true;
  } else if constexpr (is_optional<T>) {
    using value = typename T::value_type;
    return !is_optional<value> && is_column_value<value>();
  } else if constexpr (is_vector<T>) {
    return is_column_value<typename T::value_type>();
  } else if constexpr (is_map<T>) {
    using key = typename T::key_type;
    return !is_optional<key> && is_column_value<key>() && is_column_value<typename T::mapped_type>();
  } else if constexpr (described<T>) {
    using list = boost::mp11::mp_rename<members_of<T>, boost::mp11::mp_list>;
    return !boost::mp11::mp_empty<list>::value && boost::mp11::mp_empty<hidden_members_of<T>>::value &&
           all_column_values<T>(static_cast<list*>(nullptr));
  } else {
    return false;
  }
}

template <class T>
consteval bool owns_values();

template <class T, class... D>
consteval bool all_own(boost::mp11::mp_list<D...>*) {
  return (owns_values<member_type<T, D>>() && ...);
}

template <class T>
consteval bool owns_values() {
  if constexpr (is_optional<T> || is_vector<T>)
    return owns_values<typename T::value_type>();
  else if constexpr (is_map<T>)
    return owns_values<typename T::key_type>() && owns_values<typename T::mapped_type>();
  else if constexpr (described<T>)
    return all_own<T>(static_cast<boost::mp11::mp_rename<members_of<T>, boost::mp11::mp_list>*>(nullptr));
  else
    return !std::same_as<T, std::string_view>;
}

}  // namespace detail

/// A C++ type that is a column's value:
///
/// | C++ | column |
/// |---|---|
/// | bool | boolean |
/// | int8 (not char) | int8 |
/// | int16, uint8 | int16 |
/// | int32, uint16 | int32 |
/// | int64, uint32 (not uint64) | int64 |
/// | float | float32 |
/// | double | float64 |
/// | weir::decimal<P, S> | decimal(P, S) |
/// | std::string, std::string_view | utf8 |
/// | std::chrono::sys_days, std::chrono::year_month_day | date |
/// | std::chrono::sys_time of integers, weir::timestamp among them | timestamp, microseconds |
/// | std::chrono::duration of integers | duration, microseconds |
/// | std::optional of one of these | the same, nullable |
/// | a described struct with public members of these | struct |
/// | std::vector of one of these | list |
/// | std::map, std::unordered_map of these, keys not optional | map |
///
/// Times are rounded down to microseconds; those that microseconds cannot hold saturate.
template <class T>
concept column_value = detail::is_column_value<T>();

/// A type whose values are rows: a described struct is a column a member (public bases' members first);
/// any other column_value but std::optional is one column named "value".
template <class T>
concept row = column_value<T> && !detail::is_optional<T>;

/// True when a T keeps no std::string_view, so it may outlive the batch it was read from.
template <class T>
concept owns_its_data = detail::owns_values<T>();

namespace detail {

template <class T>
inline constexpr bool dependent_false = false;

template <class T, class Owner>
constexpr bool explain_column_value();

template <class T, class... D>
constexpr bool explain_members(boost::mp11::mp_list<D...>*) {
  return (explain_column_value<member_type<T, D>, T>() && ...);
}

/// Fails to compile with a sentence about T; the compiler's notes name T and, as `Owner`, where it stands.
template <class T, class Owner>
constexpr bool explain_column_value() {
  if constexpr (column_value<T>) {
    return true;
  } else if constexpr (is_optional<T>) {
    static_assert(!is_optional<typename T::value_type>, "weir: an optional of an optional cannot be a column");
    return explain_column_value<typename T::value_type, T>();
  } else if constexpr (is_vector<T>) {
    return explain_column_value<typename T::value_type, T>();
  } else if constexpr (is_map<T>) {
    static_assert(!is_optional<typename T::key_type>, "weir: a map's key cannot be a std::optional");
    return explain_column_value<typename T::key_type, T>() && explain_column_value<typename T::mapped_type, T>();
  } else if constexpr (described<T>) {
    static_assert(boost::mp11::mp_empty<hidden_members_of<T>>::value,
                  "weir: a described struct has private or protected members; a row's members must be public");
    static_assert(!boost::mp11::mp_empty<members_of<T>>::value, "weir: a described struct has no members");
    return explain_members<T>(static_cast<boost::mp11::mp_rename<members_of<T>, boost::mp11::mp_list>*>(nullptr));
  } else if constexpr (std::is_class_v<T> && std::is_aggregate_v<T>) {
    static_assert(dependent_false<T>, "weir: this struct is not described; write BOOST_DESCRIBE_STRUCT(name, (), "
                                      "(member, ...)) after it");
    return true;
  } else if constexpr (std::integral<T> && std::is_unsigned_v<T> && sizeof(T) == 8) {
    static_assert(dependent_false<T>, "weir: an unsigned 64-bit integer cannot be a column; use std::int64_t");
    return true;
  } else {
    static_assert(dependent_false<T>, "weir: this type cannot be a column; a member must be bool, an integer, double, "
                                      "float, weir::decimal, std::string, std::string_view, std::optional, "
                                      "std::vector, std::map, a std::chrono time or date, or a described struct");
    return true;
  }
}

template <class T>
struct require_column_value {
  static_assert(explain_column_value<T, void>());
};

/// As require_column_value, for a row.
template <class T>
struct require_row {
  static_assert(!is_optional<T>,
                "weir: a std::optional cannot be a row; use a described struct with an optional member");
  static_assert(sizeof(require_column_value<T>) > 0);
};

template <class T>
std::vector<field> member_fields();

}  // namespace detail

/// The column type of T's values; whether they may be null is up to the field (std::optional).
template <class T>
data_type type_of() {
  static_assert(sizeof(detail::require_column_value<T>) > 0);
  if constexpr (std::same_as<T, bool>) {
    return boolean;
  } else if constexpr (detail::int8_value<T>) {
    return int8;
  } else if constexpr (detail::int16_value<T>) {
    return int16;
  } else if constexpr (detail::int32_value<T>) {
    return int32;
  } else if constexpr (detail::int64_value<T>) {
    return int64;
  } else if constexpr (std::same_as<T, float>) {
    return float32;
  } else if constexpr (std::same_as<T, double>) {
    return float64;
  } else if constexpr (detail::is_decimal<T>) {
    return decimal_of(T::precision, T::scale);
  } else if constexpr (detail::text_value<T>) {
    return utf8;
  } else if constexpr (detail::date_value<T>) {
    return date_type;
  } else if constexpr (detail::is_sys_time<T>) {
    return timestamp_type;
  } else if constexpr (detail::is_duration<T>) {
    return duration_type;
  } else if constexpr (detail::is_optional<T>) {
    return type_of<typename T::value_type>();
  } else if constexpr (detail::is_vector<T>) {
    using element = typename T::value_type;
    return list_of({"item", type_of<element>(), detail::is_optional<element>});
  } else if constexpr (detail::is_map<T>) {
    using value = typename T::mapped_type;
    return map_of(type_of<typename T::key_type>(), {"value", type_of<value>(), detail::is_optional<value>});
  } else {
    return struct_of(detail::member_fields<T>());
  }
}

/// The columns of T's rows; a member that is no std::optional is not nullable.
template <class T>
schema row_schema() {
  static_assert(sizeof(detail::require_row<T>) > 0);
  if constexpr (detail::described<T>)
    return schema{detail::member_fields<T>()};
  else
    return schema{{"value", type_of<T>(), false}};
}

template <class T>
std::vector<field> detail::member_fields() {
  std::vector<field> fields;
  boost::mp11::mp_for_each<members_of<T>>([&]<class D>(D) {
    using member = member_type<T, D>;
    fields.push_back({D::name, type_of<member>(), is_optional<member>});
  });
  return fields;
}

}  // namespace weir
