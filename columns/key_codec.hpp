#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/columns/batch.hpp>
#include <weir/columns/column_reader.hpp>
#include <weir/columns/column_writer.hpp>
#include <weir/columns/hash.hpp>

namespace weir {

/// Keys as bytes: equal keys have equal bytes, different keys different ones (-0.0 counts as 0.0, all NaN
/// as one). A single text column that is never null is its own bytes; the hash of a key is hash_bytes of
/// its bytes.
///
/// Any other key is its columns one after the other: a nullable one begins with a byte 0 (null, nothing
/// follows) or 1; then bool and int8 1 byte, int16 2, int32, float and dates 4, int64, double and times 8, decimals 16
/// bytes little-endian, text a 4-byte length and its bytes, a structure its members, a list a 4-byte count and its
/// elements. Maps, which have no order, are no keys.
class key_encoder {
public:
  /// For rows of `columns` keyed by the columns at `keys`. Errors: invalid_argument for an index out of range,
  /// unsupported for a column that is, or holds, a map.
  static result<key_encoder> make(const schema& columns, const std::vector<int>& keys);
  /// For the members of a structure column that holds keys, see key_columns_writer.
  static key_encoder of_structure(std::vector<field> members);

  /// Reads keys of this batch from now on; it must outlive the calls below.
  void bind(const batch& rows);
  void bind(const arrow::Array& structure);
  std::int64_t size() const noexcept { return rows_; }
  /// The row's key: a view of the batch, or of a buffer that the next call, or the next batch, overwrites.
  std::string_view key(std::int64_t row) {
    return width_ == 0 ? encoded(row) : std::string_view{&block_[static_cast<std::size_t>(row) * width_], width_};
  }
  /// One hash for each row of the batch.
  void hash_all(std::vector<std::uint64_t>& hashes);
  /// Keys are views of the batch: they stay valid as long as it does.
  bool keys_are_views() const noexcept { return raw_; }

private:
  key_encoder(std::vector<field> fields, std::vector<int> indexes);
  std::string_view encoded(std::int64_t row);
  void encode_block();

  std::vector<field> fields_;
  std::vector<int> indexes_;
  bool raw_ = false;
  std::vector<detail::column_view> columns_;
  std::int64_t rows_ = 0;
  std::string scratch_;
  /// All keys of the batch, where each takes `width_` bytes: fixed-width columns without a null are encoded a column at
  /// a time. Else 0.
  std::vector<char> block_;
  std::size_t width_ = 0;
};

/// A key's bytes for people: "anna", "(7, x)"; at most 200 bytes of text.
std::string printable_key(std::string_view key, const std::vector<field>& columns);

namespace detail {

template <class T>
inline constexpr bool is_tuple = false;
template <class... T>
inline constexpr bool is_tuple<std::tuple<T...>> = true;

/// The key of one text column is its bytes, without a length.
template <class T>
inline constexpr bool is_raw_key = text_value<T>;
template <class T>
inline constexpr bool is_raw_key<std::tuple<T>> = text_value<T>;

[[noreturn]] void throw_bad_key();

status check_key_columns(const std::vector<field>& expected, const std::vector<field>& actual);

template <class K>
struct key_fields {
  static std::vector<field> get() { return {{"key", type_of<K>(), is_optional<K>}}; }
};
template <class... K>
struct key_fields<std::tuple<K...>> {
  static std::vector<field> get() { return {{"key", type_of<K>(), is_optional<K>}...}; }
};

/// Takes a key's bytes apart.
class key_bytes {
public:
  explicit key_bytes(std::string_view bytes) : rest_{bytes} {}
  template <class Raw>
  Raw take() {
    Raw value;
    std::memcpy(&value, take(sizeof(Raw)).data(), sizeof(Raw));
    return value;
  }
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) [[unlikely]]
      throw_bad_key();
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::size_t left() const noexcept { return rest_.size(); }

private:
  std::string_view rest_;
};

template <class T>
void decode_value(key_bytes& from, T& out) {
  if constexpr (is_optional<T>) {
    if (from.take<char>() == 0) {
      out.reset();
      return;
    }
    decode_value(from, out.emplace());
  } else if constexpr (std::same_as<T, bool>) {
    out = from.take<char>() != 0;
  } else if constexpr (text_value<T>) {
    out = from.take(from.take<std::uint32_t>());
  } else if constexpr (fixed_value<T>) {
    out = from_storage<T>(from.take<storage_type<T>>());
  } else if constexpr (is_vector<T>) {
    out.clear();
    // Grown element by element: a count that the bytes make up fails before it takes memory.
    for (auto count = from.take<std::uint32_t>(); count > 0; --count) {
      typename T::value_type element{};
      decode_value(from, element);
      out.push_back(std::move(element));
    }
  } else if constexpr (is_tuple<T>) {
    std::apply([&](auto&... part) { (decode_value(from, part), ...); }, out);
  } else if constexpr (is_map<T>) {
    static_assert(dependent_false<T>, "weir: a map cannot be part of a key; group by one of its values instead");
  } else {
    static_assert(described<T>);
    boost::mp11::mp_for_each<members_of<T>>([&]<class D>(D) { decode_value(from, out.*D::pointer); });
  }
}

}  // namespace detail

/// Whether keys made of `columns` can be read as K's: the types must be the same, since a key is its bytes. Errors:
/// type_mismatch with column, expected and actual.
template <class K>
status check_key_type(const std::vector<field>& columns) {
  return detail::check_key_columns(detail::key_fields<K>::get(), columns);
}

/// The type that a key of type K is read as: text is viewed, not copied.
template <class K>
struct key_view {
  using type = K;
};
template <>
struct key_view<std::string> {
  using type = std::string_view;
};
template <class... K>
struct key_view<std::tuple<K...>> {
  using type = std::tuple<typename key_view<K>::type...>;
};
template <class K>
using key_view_t = typename key_view<K>::type;

/// The key that `bytes` encode; text views the bytes. Throws std::logic_error for bytes that are no such key.
template <class K>
K decode_key(std::string_view bytes) {
  if constexpr (detail::is_raw_key<K>) {
    return K{bytes};
  } else {
    K out{};
    detail::key_bytes from{bytes};
    detail::decode_value(from, out);
    if (from.left() != 0) [[unlikely]]
      detail::throw_bad_key();
    return out;
  }
}

/// Makes the structure column of typed keys, a member for each key column, from keys' bytes.
template <class K>
class key_columns_writer {
public:
  explicit key_columns_writer(std::vector<field> members) : type_{struct_of(std::move(members)).to_arrow()} {}

  void append(std::string_view key) { append_value(decode_key<key_view_t<K>>(key)); }
  void append_value(const key_view_t<K>& value) {
    if constexpr (detail::is_tuple<K>)
      append_parts(value, std::make_index_sequence<std::tuple_size_v<K>>{});
    else
      std::get<0>(columns_).append(value);
    ++rows_;
  }
  std::int64_t size() const noexcept { return static_cast<std::int64_t>(rows_); }
  std::shared_ptr<arrow::ArrayData> finish() {
    auto children = std::apply(
        [](auto&... column) { return std::vector<std::shared_ptr<arrow::ArrayData>>{column.finish_data()...}; },
        columns_);
    return detail::make_column(type_, std::exchange(rows_, 0), nullptr, 0, {}, std::move(children));
  }

private:
  template <class T>
  struct writers {
    using type = std::tuple<column_writer<key_view_t<T>>>;
  };
  template <class... T>
  struct writers<std::tuple<T...>> {
    using type = std::tuple<column_writer<key_view_t<T>>...>;
  };
  template <std::size_t... I>
  void append_parts(const key_view_t<K>& value, std::index_sequence<I...>) {
    (std::get<I>(columns_).append(std::get<I>(value)), ...);
  }

  std::shared_ptr<arrow::DataType> type_;
  typename writers<K>::type columns_;
  std::size_t rows_ = 0;
};

}  // namespace weir
