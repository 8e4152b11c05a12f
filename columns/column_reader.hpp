#pragma once

#include <limits>
#include <tuple>
#include <utility>

#include <weir/columns/column_memory.hpp>
#include <weir/columns/column_value.hpp>
#include <weir/columns/widening.hpp>

namespace weir {

namespace detail {

[[noreturn]] void throw_out_of_range(std::int64_t value, std::string_view type, int bits);

/// A stored integer as the narrower T; throws std::out_of_range when it does not fit.
template <class T>
T narrow_integer(std::int64_t value) {
  if (!std::in_range<T>(value)) [[unlikely]]
    throw_out_of_range(value, std::is_signed_v<T> ? "signed" : "unsigned", static_cast<int>(sizeof(T) * 8));
  return static_cast<T>(value);
}

/// Microseconds as T's duration: rounded down, saturated where it does not fit.
template <class D>
constexpr D from_microseconds(std::int64_t value) noexcept {
  using rep = typename D::rep;
  using limits = std::numeric_limits<rep>;
  using ratio = std::ratio_divide<std::micro, typename D::period>;
  if constexpr (ratio::den == 1) {
    if (std::cmp_greater(value, limits::max() / ratio::num))
      return D::max();
    if (std::cmp_less(value, limits::min() / ratio::num))
      return D::min();
    return D{static_cast<rep>(static_cast<rep>(value) * static_cast<rep>(ratio::num))};
  } else {
    using wide = std::chrono::duration<std::int64_t, typename D::period>;
    const auto whole = std::chrono::floor<wide>(std::chrono::microseconds{value}).count();
    if (std::cmp_greater(whole, limits::max()))
      return D::max();
    if (std::cmp_less(whole, limits::min()))
      return D::min();
    return D{static_cast<rep>(whole)};
  }
}

/// Throws std::out_of_range for a day that year_month_day does not have.
std::chrono::year_month_day to_year_month_day(std::int32_t days);

/// What a column holds as a T.
template <fixed_value T>
T from_storage(storage_type<T> value) {
  if constexpr (std::integral<T> && sizeof(value) == sizeof(T) && std::is_signed_v<T>)
    return static_cast<T>(value);
  else if constexpr (std::integral<T>)
    return narrow_integer<T>(value);
  else if constexpr (is_decimal<T>)
    return T::from_unscaled(value.value());
  else if constexpr (std::same_as<T, std::chrono::year_month_day>)
    return to_year_month_day(value);
  else if constexpr (std::same_as<T, std::chrono::sys_days>)
    return T{std::chrono::days{value}};
  else if constexpr (is_sys_time<T>)
    return T{from_microseconds<typename T::duration>(value)};
  else if constexpr (is_duration<T>)
    return from_microseconds<T>(value);
  else
    return value;
}

template <class T>
class column_loader {
  static_assert(sizeof(require_column_value<T>) > 0);
};

template <fixed_value T>
class column_loader<T> {
public:
  explicit column_loader(const column_view& column) {
    if constexpr (is_decimal<T>)
      values_ = rescaled_values(column, T::precision, T::scale, widened_);
    else if constexpr ((integer_value<T> && !int8_value<T>) || float_value<T>)
      values_ = widened_values<storage>(column, widened_);
    else
      values_ = column.values_as<storage>();
  }
  void read(std::int64_t index, T& out) const { out = from_storage<T>(values_[index]); }

private:
  using storage = storage_type<T>;
  const storage* values_;
  std::shared_ptr<const storage[]> widened_;
};

template <>
class column_loader<bool> {
public:
  explicit column_loader(const column_view& column) : bits_{column.values}, offset_{column.offset} {}
  void read(std::int64_t index, bool& out) const {
    const auto bit = index + offset_;
    out = ((static_cast<unsigned>(bits_[bit >> 3]) >> (bit & 7)) & 1U) != 0;
  }

private:
  const std::byte* bits_;
  std::int64_t offset_;
};

template <text_value T>
class column_loader<T> {
public:
  explicit column_loader(const column_view& column)
      : offsets_{column.values_as<std::int32_t>()}, bytes_{column.bytes == nullptr ? "" : column.bytes} {}
  void read(std::int64_t index, T& out) const {
    const auto begin = offsets_[index];
    const auto size = static_cast<std::size_t>(offsets_[index + 1] - begin);
    if constexpr (std::same_as<T, std::string>)
      assign(out, bytes_ + begin, size);
    else
      out = {bytes_ + begin, size};
  }

private:
  /// Rows of a group tend to hold texts of one length: then nothing of the string but its bytes changes.
  static void assign(std::string& out, const char* from, std::size_t size) {
    if (out.size() == size)
      copy_bytes(reinterpret_cast<std::byte*>(out.data()), from, size);
    else
      out.assign(from, size);
  }

  const std::int32_t* offsets_;
  const char* bytes_;
};

template <class T>
  requires is_optional<T>
class column_loader<T> {
public:
  explicit column_loader(const column_view& column) : validity_{column}, values_{column} {}
  void read(std::int64_t index, T& out) const {
    if (!validity_.is_valid(index)) {
      out.reset();
      return;
    }
    if (!out)
      out.emplace();
    values_.read(index, *out);
  }

private:
  column_view validity_;
  column_loader<typename T::value_type> values_;
};

template <class T>
  requires is_vector<T>
class column_loader<T> {
  using element = typename T::value_type;

public:
  explicit column_loader(const column_view& column)
      : offsets_{column.values_as<std::int32_t>()}, elements_{column.elements()} {}
  void read(std::int64_t index, T& out) const {
    const auto begin = offsets_[index];
    out.resize(static_cast<std::size_t>(offsets_[index + 1] - begin));
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto at = begin + static_cast<std::int64_t>(i);
      if constexpr (std::same_as<element, bool>) {
        bool bit = false;
        elements_.read(at, bit);
        out[i] = bit;
      } else {
        elements_.read(at, out[i]);
      }
    }
  }

private:
  const std::int32_t* offsets_;
  column_loader<element> elements_;
};

/// The column of a map's keys (0) or values (1).
column_view map_entries(const column_view& column, std::size_t which);

template <class T>
  requires is_map<T>
class column_loader<T> {
  using key = typename T::key_type;
  using value = typename T::mapped_type;

public:
  explicit column_loader(const column_view& column)
      : offsets_{column.values_as<std::int32_t>()}, keys_{map_entries(column, 0)}, values_{map_entries(column, 1)} {}
  void read(std::int64_t index, T& out) const {
    out.clear();
    for (auto i = offsets_[index]; i < offsets_[index + 1]; ++i) {
      key k{};
      value v{};
      keys_.read(i, k);
      values_.read(i, v);
      out.insert_or_assign(std::move(k), std::move(v));
    }
  }

private:
  const std::int32_t* offsets_;
  column_loader<key> keys_;
  column_loader<value> values_;
};

/// One loader a member of a described struct.
template <class T, class Members = members_of<T>>
class member_loaders;

template <class T, template <class...> class List, class... D>
class member_loaders<T, List<D...>> {
public:
  static constexpr std::size_t count = sizeof...(D);

  /// `columns` are the members' columns, in the members' order.
  explicit member_loaders(const std::vector<column_view>& columns)
      : member_loaders{columns, std::index_sequence_for<D...>{}} {}
  void read(std::int64_t index, T& out) const {
    std::apply([&](const auto&... loader) { (loader.read(index, out.*D::pointer), ...); }, loaders_);
  }

private:
  template <std::size_t... I>
  member_loaders(const std::vector<column_view>& columns, std::index_sequence<I...>)
      : loaders_{column_loader<member_type<T, D>>{columns[I]}...} {}

  std::tuple<column_loader<member_type<T, D>>...> loaders_;
};

/// The columns of the struct `column` for members called `names`.
std::vector<column_view> bind_members(const column_view& column, const std::vector<std::string_view>& names);

template <class T>
const std::vector<std::string_view>& member_names() {
  static const auto names = [] {
    std::vector<std::string_view> out;
    boost::mp11::mp_for_each<members_of<T>>([&]<class D>(D) { out.emplace_back(D::name); });
    return out;
  }();
  return names;
}

template <described T>
class column_loader<T> : public member_loaders<T> {
public:
  explicit column_loader(const column_view& column) : member_loaders<T>{bind_members(column, member_names<T>())} {}
};

}  // namespace detail

/// Reads an Arrow column as T's; the column must have T's type or one that widens to it (see check_row_type), and live
/// as long as the reader and every std::string_view read. Slices are followed; of a map's equal keys the last wins.
/// read() throws std::out_of_range for an integer that an unsigned T cannot hold, a decimal of more digits than its
/// type says, and a date beyond year_month_day's years.
///
///     weir::column_reader<std::string_view> names{*batch.arrow()->column(0)};
///     for (std::int64_t i = 0; i < batch.num_rows(); ++i) use(names.read(i));
template <class T>
class column_reader {
  static_assert(sizeof(detail::require_column_value<T>) > 0);

public:
  explicit column_reader(const arrow::Array& column) : loader_{detail::view_of(column)} {}
  explicit column_reader(const detail::column_view& column) : loader_{column} {}

  T read(std::int64_t index) const {
    T out{};
    loader_.read(index, out);
    return out;
  }
  /// Reads into an object that exists: strings and vectors keep their capacity.
  void read(std::int64_t index, T& out) const { loader_.read(index, out); }

private:
  detail::column_loader<T> loader_;
};

}  // namespace weir
