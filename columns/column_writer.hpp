#pragma once

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include <weir/columns/column_memory.hpp>
#include <weir/columns/column_value.hpp>

namespace weir {

namespace detail {

/// A duration as microseconds: rounded down, saturated where it does not fit.
template <class R, class P>
constexpr std::int64_t to_microseconds(std::chrono::duration<R, P> value) noexcept {
  using std::chrono::microseconds;
  using limits = std::numeric_limits<std::int64_t>;
  using ratio = std::ratio_divide<P, std::micro>;
  if constexpr (ratio::den == 1) {
    if constexpr (ratio::num != 1) {
      if (std::cmp_greater(value.count(), limits::max() / ratio::num))
        return limits::max();
      if (std::cmp_less(value.count(), limits::min() / ratio::num))
        return limits::min();
    }
    return static_cast<std::int64_t>(value.count()) * ratio::num;
  } else {
    return static_cast<std::int64_t>(std::chrono::floor<microseconds>(value).count());
  }
}

/// Days since the Unix epoch, saturated; throws std::invalid_argument for a year_month_day that is no day.
std::int32_t to_days(std::chrono::year_month_day day);
constexpr std::int32_t to_days(std::chrono::sys_days day) noexcept {
  using limits = std::numeric_limits<std::int32_t>;
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(day.time_since_epoch().count(), limits::min(), limits::max()));
}

template <fixed_value T>
constexpr storage_type<T> to_storage(const T& value) noexcept(!date_value<T>) {
  if constexpr (is_decimal<T>)
    return decimal_bits::of(value.unscaled());
  else if constexpr (date_value<T>)
    return to_days(value);
  else if constexpr (is_sys_time<T>)
    return to_microseconds(value.time_since_epoch());
  else if constexpr (is_duration<T>)
    return to_microseconds(value);
  else
    return static_cast<storage_type<T>>(value);
}

/// The nulls of a column, added when it is finished.
struct null_bits {
  std::shared_ptr<arrow::Buffer> bits;
  std::size_t count = 0;
};

/// The Arrow type of T's column, made once.
template <class T>
const std::shared_ptr<arrow::DataType>& arrow_type_of() {
  static const auto type = type_of<T>().to_arrow();
  return type;
}

template <class T>
class column_store {
  static_assert(sizeof(require_column_value<T>) > 0);
};

template <fixed_value T>
class column_store<T> {
public:
  void append(const T& value) { values_.push(to_storage(value)); }
  void append_default() { values_.push({}); }
  std::size_t size() const noexcept { return values_.size(); }
  std::size_t bytes() const noexcept { return values_.size() * sizeof(storage_type<T>); }
  void reserve(std::size_t rows) { values_.reserve(rows); }
  void truncate(std::size_t rows) noexcept { values_.truncate(rows); }
  std::shared_ptr<arrow::ArrayData> finish(null_bits nulls = {}) {
    const auto rows = size();
    return make_column(arrow_type_of<T>(), rows, std::move(nulls.bits), nulls.count, {values_.release()});
  }

private:
  value_buffer<storage_type<T>> values_;
};

template <>
class column_store<bool> {
public:
  void append(bool value) { bits_.push(value); }
  void append_default() { bits_.push(false); }
  std::size_t size() const noexcept { return bits_.size(); }
  std::size_t bytes() const noexcept { return (bits_.size() + 7) / 8; }
  void reserve(std::size_t rows) { bits_.reserve(rows); }
  void truncate(std::size_t rows) noexcept { bits_.truncate(rows); }
  std::shared_ptr<arrow::ArrayData> finish(null_bits nulls = {}) {
    const auto rows = size();
    return make_column(arrow_type_of<bool>(), rows, std::move(nulls.bits), nulls.count, {bits_.release()});
  }

private:
  bit_buffer bits_;
};

template <text_value T>
class column_store<T> {
public:
  void append(std::string_view value) { text_.push(value); }
  void append_default() { text_.push({}); }
  std::size_t size() const noexcept { return text_.size(); }
  std::size_t bytes() const noexcept { return text_.bytes() + 4 * (text_.size() + 1); }
  void reserve(std::size_t rows) { text_.reserve(rows); }
  void truncate(std::size_t rows) noexcept { text_.truncate(rows); }
  std::shared_ptr<arrow::ArrayData> finish(null_bits nulls = {}) {
    const auto rows = size();
    auto bytes = text_.release_bytes();
    return make_column(arrow_type_of<T>(), rows, std::move(nulls.bits), nulls.count,
                       {text_.release_offsets(), std::move(bytes)});
  }

private:
  text_buffer<> text_;
};

template <class T>
  requires is_optional<T>
class column_store<T> {
public:
  void append(const T& value) {
    if (value)
      values_.append(*value);
    else
      values_.append_default();
    valid_.push(value.has_value());
  }
  void append_default() {
    values_.append_default();
    valid_.push(false);
  }
  std::size_t size() const noexcept { return valid_.size(); }
  std::size_t bytes() const noexcept { return values_.bytes() + (valid_.size() + 7) / 8; }
  void reserve(std::size_t rows) {
    values_.reserve(rows);
    valid_.reserve(rows);
  }
  void truncate(std::size_t rows) noexcept {
    values_.truncate(rows);
    valid_.truncate(std::min(rows, valid_.size()));
  }
  std::shared_ptr<arrow::ArrayData> finish() {
    null_bits nulls;
    nulls.count = valid_.count_zeros();
    if (nulls.count > 0)
      nulls.bits = valid_.release();
    else
      valid_.clear();
    return values_.finish(std::move(nulls));
  }

private:
  column_store<typename T::value_type> values_;
  bit_buffer valid_;
};

template <class T>
  requires is_vector<T>
class column_store<T> {
  using element = typename T::value_type;

public:
  void append(const T& values) {
    offsets_.check(offsets_.total(), values.size(), "list elements");
    for (const auto& value : values)
      elements_.append(value);
    offsets_.push(values.size());
  }
  void append_default() { offsets_.push(0); }
  std::size_t size() const noexcept { return offsets_.size(); }
  std::size_t bytes() const noexcept { return elements_.bytes() + 4 * (offsets_.size() + 1); }
  void reserve(std::size_t rows) { offsets_.reserve(rows); }
  void truncate(std::size_t rows) noexcept {
    offsets_.truncate(rows);
    elements_.truncate(offsets_.total());
  }
  std::shared_ptr<arrow::ArrayData> finish(null_bits nulls = {}) {
    const auto rows = size();
    auto elements = elements_.finish();
    return make_column(arrow_type_of<T>(), rows, std::move(nulls.bits), nulls.count, {offsets_.release()},
                       {std::move(elements)});
  }

private:
  offset_buffer<> offsets_;
  column_store<element> elements_;
};

/// The column of a map: its entries are a structure of keys and values.
std::shared_ptr<arrow::ArrayData> make_map_column(const std::shared_ptr<arrow::DataType>& type, std::size_t rows,
                                                  null_bits nulls, std::shared_ptr<arrow::Buffer> offsets,
                                                  std::shared_ptr<arrow::ArrayData> keys,
                                                  std::shared_ptr<arrow::ArrayData> values);

template <class T>
  requires is_map<T>
class column_store<T> {
public:
  void append(const T& entries) {
    offsets_.check(offsets_.total(), entries.size(), "map entries");
    for (const auto& [key, value] : entries) {
      keys_.append(key);
      values_.append(value);
    }
    offsets_.push(entries.size());
  }
  void append_default() { offsets_.push(0); }
  std::size_t size() const noexcept { return offsets_.size(); }
  std::size_t bytes() const noexcept { return keys_.bytes() + values_.bytes() + 4 * (offsets_.size() + 1); }
  void reserve(std::size_t rows) { offsets_.reserve(rows); }
  void truncate(std::size_t rows) noexcept {
    offsets_.truncate(rows);
    keys_.truncate(offsets_.total());
    values_.truncate(offsets_.total());
  }
  std::shared_ptr<arrow::ArrayData> finish(null_bits nulls = {}) {
    const auto rows = size();
    auto keys = keys_.finish();
    auto values = values_.finish();
    return make_map_column(arrow_type_of<T>(), rows, std::move(nulls), offsets_.release(), std::move(keys),
                           std::move(values));
  }

private:
  offset_buffer<> offsets_;
  column_store<typename T::key_type> keys_;
  column_store<typename T::mapped_type> values_;
};

/// One store a member of a described struct.
template <class T, class Members = members_of<T>>
class member_stores;

template <class T, template <class...> class List, class... D>
class member_stores<T, List<D...>> {
public:
  void append(const T& value) {
    std::apply([&](auto&... store) { (store.append(value.*D::pointer), ...); }, stores_);
    ++rows_;
  }
  void append_default() {
    std::apply([](auto&... store) { (store.append_default(), ...); }, stores_);
    ++rows_;
  }
  std::size_t size() const noexcept { return rows_; }
  std::size_t bytes() const noexcept {
    return std::apply([](auto&... store) { return (store.bytes() + ...); }, stores_);
  }
  void reserve(std::size_t rows) {
    std::apply([&](auto&... store) { (store.reserve(rows), ...); }, stores_);
  }
  void truncate(std::size_t rows) noexcept {
    std::apply([&](auto&... store) { (store.truncate(rows), ...); }, stores_);
    rows_ = std::min(rows, rows_);
  }
  std::vector<std::shared_ptr<arrow::ArrayData>> finish_members() {
    rows_ = 0;
    return std::apply([](auto&... store) { return std::vector<std::shared_ptr<arrow::ArrayData>>{store.finish()...}; },
                      stores_);
  }

private:
  std::tuple<column_store<member_type<T, D>>...> stores_;
  std::size_t rows_ = 0;
};

template <described T>
class column_store<T> : public member_stores<T> {
public:
  std::shared_ptr<arrow::ArrayData> finish(null_bits nulls = {}) {
    const auto rows = this->size();
    return make_column(arrow_type_of<T>(), rows, std::move(nulls.bits), nulls.count, {}, this->finish_members());
  }
};

}  // namespace detail

/// Makes an Arrow column of T's: values go straight into pooled buffers, nothing is allocated a row.
/// append() throws std::length_error when a text column would pass 2 GiB (a list: 2^31 - 1 elements) and
/// std::bad_alloc, std::invalid_argument for a year_month_day that is no day; the rows before stay as they were. A
/// validity buffer is made only when there are nulls.
///
///     weir::column_writer<double> amounts;
///     amounts.append(1.5);
///     std::shared_ptr<arrow::Array> column = amounts.finish();  // and the writer is empty again
template <class T>
class column_writer {
  static_assert(sizeof(detail::require_column_value<T>) > 0);

public:
  void append(const T& value) {
    try {
      store_.append(value);
    } catch (...) {
      store_.truncate(rows_);
      throw;
    }
    ++rows_;
  }
  /// A null for an optional; else the type's zero: 0, empty, a struct or list of none.
  void append_default() {
    store_.append_default();
    ++rows_;
  }
  void append_null()
    requires detail::is_optional<T>
  {
    append_default();
  }
  std::int64_t size() const noexcept { return static_cast<std::int64_t>(rows_); }
  /// Bytes of the column so far.
  std::int64_t bytes() const noexcept { return static_cast<std::int64_t>(store_.bytes()); }
  void reserve(std::int64_t rows) { store_.reserve(static_cast<std::size_t>(rows)); }
  std::shared_ptr<arrow::Array> finish() { return detail::make_array(finish_data()); }
  std::shared_ptr<arrow::ArrayData> finish_data() {
    rows_ = 0;
    return store_.finish();
  }

private:
  detail::column_store<T> store_;
  std::size_t rows_ = 0;
};

}  // namespace weir
