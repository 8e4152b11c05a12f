#include <weir/columns/key_codec.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>

#include <weir/columns/date.hpp>
#include <weir/columns/decimal.hpp>

namespace weir {

namespace {

using detail::column_view;
using id = data_type::id;

template <class Raw>
void put(std::string& out, Raw value) {
  char bytes[sizeof(Raw)];
  std::memcpy(bytes, &value, sizeof(Raw));
  out.append(bytes, sizeof(Raw));
}

std::string_view text_at(const column_view& column, std::int64_t row) {
  const auto* offsets = column.values_as<std::int32_t>();
  const auto begin = offsets[row];
  return {column.bytes + begin, static_cast<std::size_t>(offsets[row + 1] - begin)};
}

/// Group keys are equal as Spark's are: all NaN are one, and -0.0 is 0.0.
template <class Float>
Float normalised(Float value) {
  if (std::isnan(value))
    return std::numeric_limits<Float>::quiet_NaN();
  return value == 0 ? Float{0} : value;
}

void encode(std::string& out, const column_view& column, const field& type, std::int64_t row) {
  if (type.nullable) {
    const auto valid = column.is_valid(row);
    out.push_back(valid ? 1 : 0);
    if (!valid)
      return;
  }
  switch (type.type.kind()) {
  case id::boolean: {
    const auto bit = row + column.offset;
    out.push_back(static_cast<char>((static_cast<unsigned>(column.values[bit >> 3]) >> (bit & 7)) & 1U));
    return;
  }
  case id::int8: put(out, column.values_as<std::int8_t>()[row]); return;
  case id::int16: put(out, column.values_as<std::int16_t>()[row]); return;
  case id::int32:
  case id::date: put(out, column.values_as<std::int32_t>()[row]); return;
  case id::int64:
  case id::timestamp_us:
  case id::duration_us: put(out, column.values_as<std::int64_t>()[row]); return;
  case id::float32: put(out, normalised(column.values_as<float>()[row])); return;
  case id::float64: put(out, normalised(column.values_as<double>()[row])); return;
  case id::decimal: put(out, column.values_as<decimal_bits>()[row]); return;
  case id::utf8:
  case id::binary: {
    const auto text = text_at(column, row);
    put(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
    return;
  }
  case id::structure: {
    const auto& members = type.type.children();
    for (std::size_t i = 0; i < members.size(); ++i)
      encode(out, column.member(i), members[i], row);
    return;
  }
  case id::list: {
    const auto* offsets = column.values_as<std::int32_t>();
    put(out, static_cast<std::uint32_t>(offsets[row + 1] - offsets[row]));
    const auto elements = column.elements();
    for (auto i = offsets[row]; i < offsets[row + 1]; ++i)
      encode(out, elements, type.type.children().front(), i);
    return;
  }
  case id::map: break;  // refused by key_encoder::make
  }
}

/// Bytes of a key's column without its mark of nulls, where all values take as many; else 0.
std::size_t fixed_width(id kind) {
  switch (kind) {
  case id::boolean:
  case id::int8: return 1;
  case id::int16: return 2;
  case id::int32:
  case id::date:
  case id::float32: return 4;
  case id::int64:
  case id::timestamp_us:
  case id::duration_us:
  case id::float64: return 8;
  case id::decimal: return 16;
  default: return 0;
  }
}

template <class T, class Value>
void put_column(char* to, std::size_t stride, std::int64_t rows, Value value) {
  for (std::int64_t row = 0; row < rows; ++row, to += stride) {
    const T one = value(row);
    std::memcpy(to, &one, sizeof(T));
  }
}

/// The column's values, each `stride` bytes after the other.
void put_fixed(char* to, std::size_t stride, std::int64_t rows, const column_view& column, id kind) {
  const auto plain = [&]<class T>(const T* values) {
    put_column<T>(to, stride, rows, [=](std::int64_t row) { return values[row]; });
  };
  const auto floating = [&]<class T>(const T* values) {
    put_column<T>(to, stride, rows, [=](std::int64_t row) { return normalised(values[row]); });
  };
  switch (kind) {
  case id::boolean:
    put_column<char>(to, stride, rows, [&](std::int64_t row) {
      const auto bit = row + column.offset;
      return static_cast<char>((static_cast<unsigned>(column.values[bit >> 3]) >> (bit & 7)) & 1U);
    });
    return;
  case id::int8: plain(column.values_as<std::int8_t>()); return;
  case id::int16: plain(column.values_as<std::int16_t>()); return;
  case id::int32:
  case id::date: plain(column.values_as<std::int32_t>()); return;
  case id::float32: floating(column.values_as<float>()); return;
  case id::float64: floating(column.values_as<double>()); return;
  case id::decimal: plain(column.values_as<decimal_bits>()); return;
  default: plain(column.values_as<std::int64_t>());
  }
}

void print_value(std::string& out, detail::key_bytes& from, const field& type) {
  if (type.nullable && from.take<char>() == 0) {
    out += "null";
    return;
  }
  switch (type.type.kind()) {
  case id::boolean: out += from.take<char>() != 0 ? "true" : "false"; return;
  case id::int8: out += std::to_string(from.take<std::int8_t>()); return;
  case id::int16: out += std::to_string(from.take<std::int16_t>()); return;
  case id::int32: out += std::to_string(from.take<std::int32_t>()); return;
  case id::date: out += format_date(from.take<std::int32_t>()); return;
  case id::int64:
  case id::timestamp_us:
  case id::duration_us: out += std::to_string(from.take<std::int64_t>()); return;
  case id::float32: out += std::to_string(from.take<float>()); return;
  case id::float64: out += std::to_string(from.take<double>()); return;
  case id::decimal: out += format_decimal(from.take<decimal_bits>().value(), type.type.scale()); return;
  case id::utf8:
  case id::binary: out += from.take(from.take<std::uint32_t>()); return;
  case id::structure: {
    out += '{';
    for (std::size_t i = 0; i < type.type.children().size(); ++i) {
      if (i > 0)
        out += ", ";
      print_value(out, from, type.type.children()[i]);
    }
    out += '}';
    return;
  }
  case id::list: {
    out += '[';
    const auto count = from.take<std::uint32_t>();
    for (std::uint32_t i = 0; i < count; ++i) {
      if (i > 0)
        out += ", ";
      print_value(out, from, type.type.children().front());
    }
    out += ']';
    return;
  }
  case id::map: break;
  }
}

bool holds_map(const data_type& type) {
  return type.kind() == id::map ||
         std::ranges::any_of(type.children(), [](const field& child) { return holds_map(child.type); });
}

bool is_raw(const std::vector<field>& fields) {
  return fields.size() == 1 && !fields[0].nullable &&
         (fields[0].type.kind() == id::utf8 || fields[0].type.kind() == id::binary);
}

}  // namespace

key_encoder::key_encoder(std::vector<field> fields, std::vector<int> indexes)
    : fields_{std::move(fields)}, indexes_{std::move(indexes)}, raw_{is_raw(fields_)} {}

result<key_encoder> key_encoder::make(const schema& columns, const std::vector<int>& keys) {
  std::vector<field> fields;
  for (const auto key : keys) {
    if (key < 0 || static_cast<std::size_t>(key) >= columns.size())
      return status{errc::invalid_argument, "key column " + std::to_string(key) + " of a schema with " +
                                                std::to_string(columns.size()) + " columns"};
    const auto& column = columns[static_cast<std::size_t>(key)];
    if (holds_map(column.type))
      return status{errc::unsupported, "key column '" + column.name + "': a map cannot be part of a key, as in " +
                                           column.type.to_string() + "; group by one of its values instead"};
    fields.push_back(column);
  }
  if (fields.empty())
    return status{errc::invalid_argument, "a key needs at least one column"};
  return key_encoder{std::move(fields), keys};
}

key_encoder key_encoder::of_structure(std::vector<field> members) {
  std::vector<int> indexes(members.size());
  for (std::size_t i = 0; i < indexes.size(); ++i)
    indexes[i] = static_cast<int>(i);
  return key_encoder{std::move(members), std::move(indexes)};
}

void key_encoder::bind(const batch& rows) {
  columns_.clear();
  rows_ = rows.num_rows();
  for (const auto index : indexes_)
    columns_.push_back(detail::view_of(*rows.arrow()->column_data(index)));
  encode_block();
}

void key_encoder::bind(const arrow::Array& structure) {
  columns_.clear();
  rows_ = structure.length();
  const auto whole = detail::view_of(structure);
  for (const auto index : indexes_)
    columns_.push_back(whole.member(static_cast<std::size_t>(index)));
  encode_block();
}

void key_encoder::encode_block() {
  width_ = 0;
  std::size_t width = 0;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const auto of_column = fixed_width(fields_[i].type.kind());
    if (of_column == 0 || (fields_[i].nullable && columns_[i].validity != nullptr))
      return;
    width += of_column + (fields_[i].nullable ? 1 : 0);
  }
  if (rows_ == 0 || width == 0)
    return;
  width_ = width;
  block_.resize(static_cast<std::size_t>(rows_) * width);
  auto* to = block_.data();
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i].nullable)
      put_column<char>(to++, width, rows_, [](std::int64_t) { return char{1}; });
    put_fixed(to, width, rows_, columns_[i], fields_[i].type.kind());
    to += fixed_width(fields_[i].type.kind());
  }
}

std::string_view key_encoder::encoded(std::int64_t row) {
  if (raw_)
    return text_at(columns_.front(), row);
  scratch_.clear();
  for (std::size_t i = 0; i < fields_.size(); ++i)
    encode(scratch_, columns_[i], fields_[i], row);
  return scratch_;
}

void key_encoder::hash_all(std::vector<std::uint64_t>& hashes) {
  hashes.resize(static_cast<std::size_t>(rows_));
  if (raw_) {
    const auto& column = columns_.front();
    const auto* offsets = column.values_as<std::int32_t>();
    for (std::size_t row = 0; row < hashes.size(); ++row)
      hashes[row] =
          hash_bytes({column.bytes + offsets[row], static_cast<std::size_t>(offsets[row + 1] - offsets[row])});
    return;
  }
  for (std::size_t row = 0; row < hashes.size(); ++row)
    hashes[row] = hash_bytes(key(static_cast<std::int64_t>(row)));
}

std::string printable_key(std::string_view key, const std::vector<field>& columns) {
  constexpr std::size_t limit = 200;
  std::string text;
  if (is_raw(columns)) {
    text = key;
  } else {
    detail::key_bytes from{key};
    text = columns.size() > 1 ? "(" : "";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0)
        text += ", ";
      print_value(text, from, columns[i]);
    }
    text += columns.size() > 1 ? ")" : "";
  }
  if (text.size() > limit) {
    text.resize(limit);
    text += "...";
  }
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < 0x20)
      c = '?';
  return text;
}

namespace detail {

status check_key_columns(const std::vector<field>& expected, const std::vector<field>& actual) {
  if (expected.size() != actual.size())
    return {errc::type_mismatch,
            "expected a key of " + std::to_string(expected.size()) + " columns, got " + std::to_string(actual.size())};
  const auto kind = [](const field& one) { return one.type == binary ? utf8 : one.type; };
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (expected[i].nullable != actual[i].nullable || kind(expected[i]) != kind(actual[i]))
      return {errc::type_mismatch, "key column '" + actual[i].name + "': expected " +
                                       schema{{actual[i].name, expected[i].type, expected[i].nullable}}.to_string() +
                                       ", got " + schema{actual[i]}.to_string() +
                                       "; give the member the column's type, or group by a function of the row"};
  return {};
}

void throw_bad_key() { throw std::logic_error{"bytes that are no key of this type"}; }

}  // namespace detail

}  // namespace weir
