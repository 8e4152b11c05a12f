#include <array>

#include <arrow/api.h>

#include <weir/columns/batch.hpp>
#include <weir/expressions/cell_column.hpp>
#include <weir/expressions/function_table.hpp>
#include <weir/expressions/json.hpp>
#include <weir/expressions/signature.hpp>

namespace weir::detail {

namespace {

struct prepared_json : prepared_call {
  data_type wanted{data_type::id::boolean};
  json_options options;
};

result<std::string> constant_of(const bound_node& node, const char* what) {
  if (!node.constant || node.constant->value.is_null() || !(node.type == utf8))
    return status{errc::invalid_argument, node.text + ": " + what + " is a constant text"};
  return std::string{node.constant->value.text()};
}

/// "STRUCT<...>", "ARRAY<...>", "MAP<...>", or the columns of a struct.
result<data_type> wanted_type(const bound_node& node) {
  WEIR_ASSIGN(const auto text, constant_of(node, "the schema"));
  if (auto type = data_type::parse(text); type.ok())
    return type;
  auto columns = schema::parse(text);
  if (!columns.ok())
    return status{columns.error().code(), "the schema of from_json: " + columns.error().message()};
  return struct_of(columns->fields());
}

/// As json_expression() writes them: "mode failfast", "corrupt column", a line each.
result<json_options> options_of(const bound_node& node) {
  json_options options;
  WEIR_ASSIGN(const auto text, constant_of(node, "the options"));
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const auto line = std::string_view{text}.substr(begin, end - begin);
    begin = end + 1;
    if (line == "mode failfast")
      options.mode = malformed_mode::failfast;
    else if (line.starts_with("corrupt "))
      options.corrupt_record_column = line.substr(8);
    else if (line != "mode permissive")
      return status{errc::invalid_argument, "from_json: no option '" + std::string{line} + "'"};
  }
  return options;
}

result<data_type> from_json_type(std::span<const bound_ptr> args, std::vector<data_type>& /*types*/) {
  WEIR_ASSIGN(const auto wanted, wanted_type(*args[1]));
  json_options options;
  if (args.size() > 2) {
    WEIR_ASSIGN(options, options_of(*args[2]));
  }
  if (wanted.kind() == data_type::id::structure) {
    WEIR_ASSIGN(const auto reader, json_reader::make(schema{wanted.children()}, std::move(options)));
    return reader.type();
  }
  WEIR_ASSIGN(const auto reader, json_reader::make(wanted, std::move(options)));
  return reader.type();
}

status prepare_from_json(bound_node& call) {
  auto prepared = std::make_shared<prepared_json>();
  prepared->wanted = call.type;
  if (call.args.size() > 2) {
    WEIR_ASSIGN(prepared->options, options_of(*call.args[2]));
  }
  call.prepared = std::move(prepared);
  call.by_row = false;  // a parser is not made for each row
  return {};
}

result<std::shared_ptr<arrow::Array>> parse(const bound_node& call, const arrow::Array& documents) {
  const auto& prepared = static_cast<const prepared_json&>(*call.prepared);
  if (prepared.wanted.kind() == data_type::id::structure)
    return from_json(documents, schema{prepared.wanted.children()}, prepared.options);
  return from_json(documents, prepared.wanted, prepared.options);
}

result<arrow::Datum> from_json_columns(const bound_node& call, const column_scope& scope,
                                       std::span<const arrow::Datum> args) {
  auto documents = args[0].is_scalar() ? arrow::MakeArrayFromScalar(*args[0].scalar(), scope.rows)
                                       : arrow::Result{args[0].make_array()};
  if (!documents.ok())
    return from_arrow(documents.status(), call.text);
  WEIR_ASSIGN(auto made, parse(call, **documents));
  return arrow::Datum{std::move(made)};
}

status from_json_row(const bound_node& call, row_scope& scope, const cell* args, cell& out) {
  WEIR_ASSIGN(const auto document, column_of(args[0], utf8, 1));
  WEIR_ASSIGN(const auto made, parse(call, *document));
  out = copy_cell(read_cell(view_of(*made), call.type, 0, scope.memory), call.type, scope.memory);
  return {};
}

result<data_type> to_json_type(std::span<const bound_ptr> args, std::vector<data_type>& /*types*/) {
  const auto& type = args[0]->type;
  if (type.kind() != data_type::id::structure && type.kind() != data_type::id::list &&
      type.kind() != data_type::id::map)
    return status{errc::type_mismatch,
                  args[0]->text + " is " + type.to_string() + "; to_json takes a struct, a list or a map"};
  return utf8;
}

result<arrow::Datum> to_json_columns(const bound_node& call, const column_scope& scope,
                                     std::span<const arrow::Datum> args) {
  auto values = args[0].is_scalar() ? arrow::MakeArrayFromScalar(*args[0].scalar(), scope.rows)
                                    : arrow::Result{args[0].make_array()};
  if (!values.ok())
    return from_arrow(values.status(), call.text);
  WEIR_ASSIGN(auto made, to_json(**values));
  return arrow::Datum{std::move(made)};
}

status to_json_row(const bound_node& call, row_scope& scope, const cell* args, cell& out) {
  const auto& type = call.args[0]->type;
  WEIR_ASSIGN(const auto value, column_of(args[0], type, 1));
  WEIR_ASSIGN(const auto made, to_json(*value));
  out = copy_cell(read_cell(view_of(*made), utf8, 0, scope.memory), utf8, scope.memory);
  return {};
}

constexpr std::array entries{
    function_entry{"from_json", "utf8, utf8, utf8? -> special",
                   "from_json(document, schema, options): a malformed document gives nulls, or is an error in mode "
                   "failfast",
                   from_json_row, from_json_columns, nulls::always, nullptr, depends::nothing, prepare_from_json,
                   from_json_type},
    function_entry{"to_json", "any -> special", "a struct, list or map as JSON text, without its null members",
                   to_json_row, to_json_columns, nulls::propagate, nullptr, depends::nothing, nullptr, to_json_type},
};

}  // namespace

function_group json_functions() { return {"JSON", entries}; }

}  // namespace weir::detail
