#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <weir/columns/error.hpp>

namespace arrow {
class DataType;
class Schema;
}  // namespace arrow

namespace weir {

struct field;

/// The type of a column; a value, comparable. The named constants below are the basic types.
class data_type {
public:
  enum class id : unsigned char {
    boolean,
    int8,
    int16,
    int32,
    int64,
    float32,
    float64,
    decimal,
    utf8,
    binary,
    date,
    timestamp_us,
    duration_us,
    structure,
    list,
    map
  };

  explicit data_type(id kind);

  id kind() const noexcept { return kind_; }
  /// The members of a structure, the one element field of a list, or the key and the value field of a map.
  const std::vector<field>& children() const noexcept { return children_; }
  /// Of a decimal: its digits, 1 to 38; else 0.
  int precision() const noexcept { return precision_; }
  /// Of a decimal: its digits after the point, 0 to precision(); else 0.
  int scale() const noexcept { return scale_; }
  /// "utf8", "decimal(10, 2)", "struct<a: int64, b: utf8>", "list<float64>", "map<utf8, int64 not null>"; what
  /// schema::parse reads.
  std::string to_string() const;
  /// A type as schema::parse reads it: "decimal(10, 2)", "ARRAY<STRING>".
  static result<data_type> parse(std::string_view text);
  std::shared_ptr<arrow::DataType> to_arrow() const;
  /// Errors: unsupported, naming the Arrow type.
  static result<data_type> from_arrow(const arrow::DataType& type);

  friend data_type struct_of(std::vector<field> members);
  friend data_type list_of(const field& element);
  friend data_type map_of(const data_type& key, const field& value);
  friend data_type decimal_of(int precision, int scale);
  friend bool operator==(const data_type& a, const data_type& b);

private:
  id kind_;
  std::uint8_t precision_ = 0;
  std::uint8_t scale_ = 0;
  std::vector<field> children_;
};

/// A named column: its type, and whether it may be null.
struct field {
  std::string name;
  data_type type;
  bool nullable = true;
};

// Here, since a vector of an incomplete type can be declared but not built or destroyed.
inline data_type::data_type(id kind) : kind_{kind} {}

inline const data_type boolean{data_type::id::boolean};
inline const data_type int8{data_type::id::int8};
inline const data_type int16{data_type::id::int16};
inline const data_type int32{data_type::id::int32};
inline const data_type int64{data_type::id::int64};
inline const data_type float32{data_type::id::float32};
inline const data_type float64{data_type::id::float64};
inline const data_type utf8{data_type::id::utf8};
inline const data_type binary{data_type::id::binary};
/// Days since the Unix epoch.
inline const data_type date_type{data_type::id::date};
/// Microseconds since the Unix epoch, UTC.
inline const data_type timestamp_type{data_type::id::timestamp_us};
/// Microseconds.
inline const data_type duration_type{data_type::id::duration_us};

bool operator==(const field& a, const field& b);

data_type struct_of(std::vector<field> members);
data_type list_of(const field& element);
/// Keys are never null; what a key or value field is called is no part of the type.
data_type map_of(const data_type& key, const field& value);
/// Exact numbers of at most `precision` digits (1 to 38), `scale` of them (0 to precision) after the point. Throws
/// std::invalid_argument for others.
data_type decimal_of(int precision, int scale);

/// The columns of a batch, in order.
class schema {
public:
  schema() = default;
  schema(std::initializer_list<field> fields) : fields_{fields} {}
  explicit schema(std::vector<field> fields) : fields_{std::move(fields)} {}

  const std::vector<field>& fields() const noexcept { return fields_; }
  std::size_t size() const noexcept { return fields_.size(); }
  const field& operator[](std::size_t index) const { return fields_[index]; }
  /// The column's index, or -1.
  int index_of(std::string_view name) const noexcept;
  /// "name: utf8, amount: float64 not null"; a name that is not all letters, digits and '_' stands in back quotes.
  std::string to_string() const;
  /// A line a column and member, nested ones further in:
  ///
  ///     root
  ///      |-- name: utf8 (nullable = true)
  ///      |-- tags: list (nullable = false)
  ///      |    |-- element: utf8 (nullable = true)
  std::string tree_string() const;
  /// Columns from text: Spark's type names in any case (BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE,
  /// DECIMAL(p, s), STRING, BINARY, DATE, TIMESTAMP, ARRAY<t>, MAP<k, v>, STRUCT<name: t, ...> and their aliases) or
  /// weir's own, so that it reads what to_string() wrote. The ':' between name and type may be left out; names of other
  /// characters than letters, digits and '_' stand in back quotes; NOT NULL is kept, COMMENT '...' is not. Names
  /// keep their case. Errors: invalid_argument with position, what was expected, and what stood there.
  ///
  ///     auto events = weir::schema::parse("user STRUCT<id: BIGINT>, amount DECIMAL(10, 2) NOT NULL, tags
  ///     ARRAY<STRING>");
  static result<schema> parse(std::string_view text);
  std::shared_ptr<arrow::Schema> to_arrow() const;
  /// Errors: unsupported, naming column and Arrow type.
  static result<schema> from_arrow(const arrow::Schema& schema);

  friend bool operator==(const schema& a, const schema& b) { return a.fields_ == b.fields_; }

private:
  std::vector<field> fields_;
};

}  // namespace weir
