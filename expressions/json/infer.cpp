#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include <weir/expressions/json.hpp>
#include <weir/expressions/parsed.hpp>

namespace weir {

namespace {

/// What is known of a type so far; nothing but nulls at first.
class guess {
public:
  void add(const boost::json::value& value) {
    switch (value.kind()) {
    case boost::json::kind::null: return;
    case boost::json::kind::bool_: return mix(form::boolean);
    case boost::json::kind::int64: return mix(form::integer);
    case boost::json::kind::uint64:
    case boost::json::kind::double_: return mix(form::real);
    case boost::json::kind::string: return mix(form::text);
    case boost::json::kind::array:
      mix(form::list);
      if (form_ == form::list)
        for (const auto& element : value.get_array())
          child("element").add(element);
      return;
    case boost::json::kind::object:
      mix(form::structure);
      if (form_ == form::structure)
        for (const auto& member : value.get_object())
          child({member.key().data(), member.key().size()}).add(member.value());
      return;
    }
  }
  /// Nothing for a structure without fields.
  std::optional<data_type> type() const {
    switch (form_) {
    case form::boolean: return boolean;
    case form::integer: return int64;
    case form::real: return float64;
    case form::list: {
      const auto element = children_.empty() ? utf8 : children_.begin()->second->type();
      return element ? std::optional{list_of({"element", *element, true})} : std::nullopt;
    }
    case form::structure: {
      const auto members = fields();
      return members.empty() ? std::nullopt : std::optional{struct_of(members)};
    }
    default: return utf8;
    }
  }
  std::vector<field> fields() const {
    std::vector<field> members;
    for (const auto& [name, of] : children_)
      if (const auto type = of->type())
        members.push_back({name, *type, true});
    return members;
  }

private:
  enum class form { nothing, boolean, integer, real, text, list, structure };

  void mix(form other) {
    if (form_ == form::nothing || form_ == other)
      form_ = other;
    else if ((form_ == form::integer && other == form::real) || (form_ == form::real && other == form::integer))
      form_ = form::real;
    else
      form_ = form::text;
  }
  guess& child(std::string_view name) {
    auto found = children_.find(name);
    if (found == children_.end())
      found = children_.emplace(name, std::make_unique<guess>()).first;
    return *found->second;
  }

  form form_ = form::nothing;
  std::map<std::string, std::unique_ptr<guess>, std::less<>> children_;
};

/// False when the document is malformed.
bool add_document(std::string_view document, guess& rows) {
  if (document.size() > max_record_bytes)
    return false;
  boost::json::parse_options options;
  options.max_depth = 64;
  boost::json::monotonic_resource memory;
  boost::json::parser parser{&memory, options};
  boost::json::error_code error;
  parser.write(document.data(), document.size(), error);
  if (error)
    return false;
  const auto value = parser.release();
  if (value.is_object()) {
    rows.add(value);
    return true;
  }
  if (!value.is_array() || !std::ranges::all_of(value.get_array(), &boost::json::value::is_object))
    return false;
  for (const auto& element : value.get_array())
    rows.add(element);
  return true;
}

}  // namespace

result<schema> infer_json_schema(std::span<const std::string_view> documents, const json_options& options) {
  guess rows;
  auto any_malformed = false;
  for (const auto document : documents) {
    if (document.find_first_not_of(" \t\r\n") == std::string_view::npos || add_document(document, rows))
      continue;
    if (options.mode == malformed_mode::failfast)
      return status{errc::invalid_row, "schema of JSON: malformed document: " + detail::excerpt(document)};
    any_malformed = true;
  }
  auto fields = rows.fields();
  if (const auto& name = options.corrupt_record_column;
      any_malformed && !name.empty() && options.mode == malformed_mode::permissive) {
    std::erase_if(fields, [&](const field& one) { return one.name == name; });
    const auto place = std::ranges::lower_bound(fields, name, {}, &field::name);
    fields.insert(place, {name, utf8, true});
  }
  return schema{std::move(fields)};
}

}  // namespace weir
