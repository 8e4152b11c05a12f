#include <weir/columns/schema.hpp>

#include <algorithm>

#include <arrow/type.h>

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

std::string join(const std::vector<field>& fields) {
  std::string out;
  for (const auto& f : fields) {
    if (!out.empty())
      out += ", ";
    out += f.name + ": " + f.type.to_string();
    if (!f.nullable)
      out += " not null";
  }
  return out;
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
  case arrow::Type::DATE32:
  case arrow::Type::DATE64: return "cast it to timestamp[us, tz=UTC]";
  case arrow::Type::FLOAT:
  case arrow::Type::HALF_FLOAT: return "cast it to float64";
  case arrow::Type::INT8:
  case arrow::Type::INT16:
  case arrow::Type::UINT8:
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
  case id::int32: return "int32";
  case id::int64: return "int64";
  case id::float64: return "float64";
  case id::utf8: return "utf8";
  case id::binary: return "binary";
  case id::timestamp_us: return "timestamp";
  case id::duration_us: return "duration";
  case id::structure: return "struct<" + join(children_) + ">";
  case id::list:
    return "list<" + children_.front().type.to_string() + (children_.front().nullable ? ">" : " not null>");
  }
  return "unknown";
}

std::shared_ptr<arrow::DataType> data_type::to_arrow() const {
  switch (kind_) {
  case id::boolean: return arrow::boolean();
  case id::int32: return arrow::int32();
  case id::int64: return arrow::int64();
  case id::float64: return arrow::float64();
  case id::utf8: return arrow::utf8();
  case id::binary: return arrow::binary();
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
  }
  return arrow::null();
}

result<data_type> data_type::from_arrow(const arrow::DataType& type) {
  switch (type.id()) {
  case arrow::Type::BOOL: return boolean;
  case arrow::Type::INT32: return int32;
  case arrow::Type::INT64: return int64;
  case arrow::Type::DOUBLE: return float64;
  case arrow::Type::STRING: return utf8;
  case arrow::Type::BINARY: return binary;
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

bool operator==(const data_type& a, const data_type& b) {
  if (a.kind_ != b.kind_)
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
