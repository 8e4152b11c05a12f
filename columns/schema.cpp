#include <weir/columns/schema.hpp>

#include <algorithm>
#include <stdexcept>

#include <arrow/type.h>

#include <weir/columns/decimal.hpp>

namespace weir {

namespace {

std::shared_ptr<arrow::Field> arrow_field(const field& f) {
  return arrow::field(f.name, f.type.to_arrow(), f.nullable);
}

result<field> field_from(const arrow::Field& f) {
  auto type = data_type::from_arrow(*f.type());
  if (!type.ok())
    return status{type.error().code(), "column '" + f.name() + "': " + type.error().message()};
  return field{f.name(), *type, f.nullable()};
}

result<std::vector<field>> fields_from(const arrow::FieldVector& fields) {
  std::vector<field> out;
  out.reserve(fields.size());
  for (const auto& f : fields) {
    WEIR_ASSIGN(auto converted, field_from(*f));
    out.push_back(std::move(converted));
  }
  return out;
}

bool is_plain(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0;
  });
}

/// A name as schema::parse reads it.
std::string quoted(const std::string& name) {
  if (is_plain(name))
    return name;
  std::string out = "`";
  for (const auto c : name)
    out.append(c == '`' ? 2 : 1, c);
  return out + '`';
}

std::string with_nullable(const field& f) { return f.type.to_string() + (f.nullable ? "" : " not null"); }

std::string join(const std::vector<field>& fields) {
  std::string out;
  for (const auto& f : fields) {
    if (!out.empty())
      out += ", ";
    out += quoted(f.name) + ": " + with_nullable(f);
  }
  return out;
}

std::string_view outer_name(const data_type& type, std::string& whole) {
  switch (type.kind()) {
  case data_type::id::structure: return "struct";
  case data_type::id::list: return "list";
  case data_type::id::map: return "map";
  default: return whole = type.to_string();
  }
}

void append_tree(const field& one, std::string_view name, const std::string& indent, std::string& out) {
  std::string whole;
  out.append(indent).append(" |-- ").append(name).append(": ").append(outer_name(one.type, whole));
  out.append(one.nullable ? " (nullable = true)\n" : " (nullable = false)\n");
  const auto is_list = one.type.kind() == data_type::id::list;
  for (const auto& child : one.type.children())
    append_tree(child, is_list ? std::string_view{"element"} : child.name, indent + " |   ", out);
}

status unsupported_type(const arrow::DataType& type, std::string_view hint) {
  std::string message = "Arrow type " + type.ToString() + " is not supported";
  if (!hint.empty())
    message.append("; ").append(hint);
  return {errc::unsupported, std::move(message)};
}

std::string_view hint_for(const arrow::DataType& type) {
  switch (type.id()) {
  case arrow::Type::LARGE_STRING:
  case arrow::Type::STRING_VIEW: return "cast it to utf8";
  case arrow::Type::LARGE_BINARY:
  case arrow::Type::BINARY_VIEW:
  case arrow::Type::FIXED_SIZE_BINARY: return "cast it to binary";
  case arrow::Type::TIMESTAMP: return "cast it to timestamp[us, tz=UTC]";
  case arrow::Type::DURATION: return "cast it to duration[us]";
  case arrow::Type::DATE64: return "cast it to date32";
  case arrow::Type::HALF_FLOAT: return "cast it to float32";
  case arrow::Type::UINT8: return "cast it to int16";
  case arrow::Type::UINT16: return "cast it to int32";
  case arrow::Type::UINT32: return "cast it to int64";
  case arrow::Type::DICTIONARY: return "decode it first";
  case arrow::Type::LARGE_LIST:
  case arrow::Type::FIXED_SIZE_LIST: return "cast it to list";
  default: return {};
  }
}

/// A timestamp without a zone is not an instant, so it is not taken for UTC silently.
bool is_utc(const std::string& zone) { return zone == "UTC" || zone == "Etc/UTC" || zone == "+00:00" || zone == "Z"; }

}  // namespace

std::string data_type::to_string() const {
  switch (kind_) {
  case id::boolean: return "boolean";
  case id::int8: return "int8";
  case id::int16: return "int16";
  case id::int32: return "int32";
  case id::int64: return "int64";
  case id::float32: return "float32";
  case id::float64: return "float64";
  case id::decimal: return "decimal(" + std::to_string(precision_) + ", " + std::to_string(scale_) + ")";
  case id::utf8: return "utf8";
  case id::binary: return "binary";
  case id::date: return "date";
  case id::timestamp_us: return "timestamp";
  case id::duration_us: return "duration";
  case id::structure: return "struct<" + join(children_) + ">";
  case id::list: return "list<" + with_nullable(children_.front()) + ">";
  case id::map: return "map<" + children_[0].type.to_string() + ", " + with_nullable(children_[1]) + ">";
  }
  return "unknown";
}

std::shared_ptr<arrow::DataType> data_type::to_arrow() const {
  switch (kind_) {
  case id::boolean: return arrow::boolean();
  case id::int8: return arrow::int8();
  case id::int16: return arrow::int16();
  case id::int32: return arrow::int32();
  case id::int64: return arrow::int64();
  case id::float32: return arrow::float32();
  case id::float64: return arrow::float64();
  case id::decimal: return arrow::decimal128(precision_, scale_);
  case id::utf8: return arrow::utf8();
  case id::binary: return arrow::binary();
  case id::date: return arrow::date32();
  case id::timestamp_us: {
    static const auto type = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    return type;
  }
  case id::duration_us: {
    static const auto type = arrow::duration(arrow::TimeUnit::MICRO);
    return type;
  }
  case id::structure: {
    arrow::FieldVector members;
    members.reserve(children_.size());
    for (const auto& member : children_)
      members.push_back(arrow_field(member));
    return arrow::struct_(members);
  }
  case id::list: return arrow::list(arrow_field(children_.front()));
  case id::map: return std::make_shared<arrow::MapType>(arrow_field(children_[0]), arrow_field(children_[1]));
  }
  return arrow::null();
}

result<data_type> data_type::from_arrow(const arrow::DataType& type) {
  switch (type.id()) {
  case arrow::Type::BOOL: return boolean;
  case arrow::Type::INT8: return int8;
  case arrow::Type::INT16: return int16;
  case arrow::Type::INT32: return int32;
  case arrow::Type::INT64: return int64;
  case arrow::Type::FLOAT: return float32;
  case arrow::Type::DOUBLE: return float64;
  case arrow::Type::DECIMAL128: {
    const auto& t = static_cast<const arrow::Decimal128Type&>(type);
    if (t.scale() >= 0 && t.scale() <= t.precision())
      return decimal_of(t.precision(), t.scale());
    break;
  }
  case arrow::Type::STRING: return utf8;
  case arrow::Type::BINARY: return binary;
  case arrow::Type::DATE32: return date_type;
  case arrow::Type::TIMESTAMP: {
    const auto& t = static_cast<const arrow::TimestampType&>(type);
    if (t.unit() == arrow::TimeUnit::MICRO && is_utc(t.timezone()))
      return timestamp_type;
    break;
  }
  case arrow::Type::DURATION:
    if (static_cast<const arrow::DurationType&>(type).unit() == arrow::TimeUnit::MICRO)
      return duration_type;
    break;
  case arrow::Type::STRUCT: {
    WEIR_ASSIGN(auto members, fields_from(type.fields()));
    return struct_of(std::move(members));
  }
  case arrow::Type::LIST: {
    WEIR_ASSIGN(auto element, field_from(*static_cast<const arrow::ListType&>(type).value_field()));
    return list_of(element);
  }
  case arrow::Type::MAP: {
    const auto& t = static_cast<const arrow::MapType&>(type);
    WEIR_ASSIGN(const auto key, field_from(*t.key_field()));
    WEIR_ASSIGN(const auto value, field_from(*t.item_field()));
    return map_of(key.type, value);
  }
  default: break;
  }
  return unsupported_type(type, hint_for(type));
}

data_type struct_of(std::vector<field> members) {
  data_type type{data_type::id::structure};
  type.children_ = std::move(members);
  return type;
}

data_type list_of(const field& element) {
  data_type type{data_type::id::list};
  type.children_.push_back(element);
  return type;
}

data_type map_of(const data_type& key, const field& value) {
  data_type type{data_type::id::map};
  type.children_ = {{"key", key, false}, {"value", value.type, value.nullable}};
  return type;
}

data_type decimal_of(int precision, int scale) {
  if (precision < 1 || precision > max_decimal_digits || scale < 0 || scale > precision)
    throw std::invalid_argument{"decimal(" + std::to_string(precision) + ", " + std::to_string(scale) +
                                "): a decimal has 1 to 38 digits, 0 to all of them after the point"};
  data_type type{data_type::id::decimal};
  type.precision_ = static_cast<std::uint8_t>(precision);
  type.scale_ = static_cast<std::uint8_t>(scale);
  return type;
}

bool operator==(const data_type& a, const data_type& b) {
  if (a.kind_ != b.kind_ || a.precision_ != b.precision_ || a.scale_ != b.scale_)
    return false;
  // Arrow writers name a list's element as they like ("item", "element"): the name is no part of the type.
  if (a.kind_ == data_type::id::list)
    return a.children_.front().type == b.children_.front().type &&
           a.children_.front().nullable == b.children_.front().nullable;
  return a.children_ == b.children_;
}

bool operator==(const field& a, const field& b) {
  return a.name == b.name && a.nullable == b.nullable && a.type == b.type;
}

int schema::index_of(std::string_view name) const noexcept {
  const auto found = std::ranges::find(fields_, name, &field::name);
  return found == fields_.end() ? -1 : static_cast<int>(found - fields_.begin());
}

std::string schema::to_string() const { return join(fields_); }

std::string schema::tree_string() const {
  std::string out = "root\n";
  for (const auto& one : fields_)
    append_tree(one, one.name, {}, out);
  return out;
}

std::shared_ptr<arrow::Schema> schema::to_arrow() const {
  arrow::FieldVector fields;
  fields.reserve(fields_.size());
  for (const auto& f : fields_)
    fields.push_back(arrow_field(f));
  return arrow::schema(std::move(fields));
}

result<schema> schema::from_arrow(const arrow::Schema& schema) {
  WEIR_ASSIGN(auto fields, fields_from(schema.fields()));
  return weir::schema{std::move(fields)};
}

}  // namespace weir
