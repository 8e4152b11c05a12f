#include <array>

#include <arrow/api.h>

#include <weir/columns/batch.hpp>
#include <weir/expressions/arrow_call.hpp>
#include <weir/expressions/cell_column.hpp>
#include <weir/expressions/near_name.hpp>

namespace weir::detail {

namespace {

using id = data_type::id;

std::string text_constant(const bound_node& node) {
  return node.constant && !node.constant->value.is_null() ? std::string{node.constant->value.text()} : std::string{};
}

int member_index(const data_type& type, std::string_view name) {
  for (std::size_t i = 0; i < type.children().size(); ++i)
    if (type.children()[i].name == name)
      return static_cast<int>(i);
  return -1;
}

result<data_type> field_type(std::span<const bound_ptr> args, std::vector<data_type>& /*types*/) {
  const auto& owner = *args[0];
  if (owner.type.kind() != id::structure)
    return status{errc::type_mismatch, owner.text + " is " + owner.type.to_string() + "; only a struct has members"};
  const auto name = text_constant(*args[1]);
  const auto index = member_index(owner.type, name);
  if (index < 0)
    return unknown_name("'" + owner.text + "' has no member", name, owner.type.children());
  return owner.type.children()[static_cast<std::size_t>(index)].type;
}

struct member_number : prepared_call {
  std::size_t index = 0;
};

status prepare_field(bound_node& call) {
  auto prepared = std::make_shared<member_number>();
  const auto index = member_index(call.args[0]->type, text_constant(*call.args[1]));
  prepared->index = static_cast<std::size_t>(index);
  call.nullable = call.args[0]->nullable || call.args[0]->type.children()[prepared->index].nullable;
  call.prepared = std::move(prepared);
  return {};
}

std::size_t number_of(const bound_node& call) { return static_cast<const member_number&>(*call.prepared).index; }

status field_row(const bound_node& call, row_scope& /*scope*/, const cell* args, cell& out) {
  out = args[0].items()[number_of(call)];
  return {};
}

result<arrow::Datum> field_columns(const bound_node& call, const column_scope& /*scope*/,
                                   std::span<const arrow::Datum> args) {
  if (!args[0].is_array())
    return by_rows();
  const arrow::StructArray owner{args[0].array()};
  auto member = owner.GetFlattenedField(static_cast<int>(number_of(call)));
  if (!member.ok())
    return from_arrow(member.status(), call.text);
  return arrow::Datum{std::move(member).ValueUnsafe()};
}

enum class beyond : unsigned char { error, null };

/// Element `place` from 0.
status element_row(const cell& list, std::int64_t place, beyond rule, std::int64_t asked, cell& out) {
  const auto items = list.items();
  if (place >= 0 && place < static_cast<std::int64_t>(items.size())) {
    out = items[static_cast<std::size_t>(place)];
    return {};
  }
  out = {};
  if (rule == beyond::null)
    return {};
  return {errc::invalid_row, "index " + std::to_string(asked) + " is outside a list of " +
                                 std::to_string(items.size()) + "; try_element_at and get give null"};
}

template <beyond Rule>
status get_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  return element_row(args[0], args[1].integer(), Rule, args[1].integer(), out);
}

/// From 1, or from the end for negative indexes.
template <beyond Rule>
status element_at_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  const auto asked = args[1].integer();
  if (asked == 0)
    return {errc::invalid_row, "elements are counted from 1; 0 is none"};
  const auto place = asked > 0 ? asked - 1 : static_cast<std::int64_t>(args[0].items().size()) + asked;
  return element_row(args[0], place, Rule, asked, out);
}

status size_row(const bound_node& /*call*/, row_scope& /*scope*/, const cell* args, cell& out) {
  out = cell::of(static_cast<std::int64_t>(args[0].items().size()));
  return {};
}

/// Arguments are items.
status items_row(const bound_node& call, row_scope& scope, const cell* args, cell& out) {
  const auto items = make_cells(call.args.size(), scope.memory);
  std::copy_n(args, items.size(), items.begin());
  out = cell::of(std::span<const cell>{items});
  return {};
}

/// Arguments are names and values in turn.
result<data_type> struct_type(std::span<const bound_ptr> args, std::vector<data_type>& /*types*/) {
  std::vector<field> members;
  if (args.size() % 2 != 0)
    return status{errc::type_mismatch, "names and values in turn are wanted"};
  for (std::size_t i = 0; i < args.size(); i += 2) {
    const auto name = text_constant(*args[i]);
    if (name.empty() || !(args[i]->type == utf8))
      return status{errc::type_mismatch, args[i]->text + ": a member's name is a constant text"};
    members.push_back({name, args[i + 1]->type, args[i + 1]->nullable});
  }
  return struct_of(std::move(members));
}

status struct_row(const bound_node& call, row_scope& scope, const cell* args, cell& out) {
  const auto items = make_cells(call.args.size() / 2, scope.memory);
  for (std::size_t i = 0; i < items.size(); ++i)
    items[i] = args[2 * i + 1];
  out = cell::of(std::span<const cell>{items});
  return {};
}

result<arrow::Datum> struct_columns(const bound_node& call, const column_scope& scope,
                                    std::span<const arrow::Datum> args) {
  std::vector<std::shared_ptr<arrow::Array>> members;
  for (std::size_t i = 1; i < args.size(); i += 2) {
    auto column = args[i].is_scalar() ? arrow::MakeArrayFromScalar(*args[i].scalar(), scope.rows)
                                      : arrow::Result{args[i].make_array()};
    if (!column.ok())
      return from_arrow(column.status(), call.text);
    members.push_back(std::move(column).ValueUnsafe());
  }
  return arrow::Datum{std::make_shared<arrow::StructArray>(call.arrow_type, scope.rows, std::move(members))};
}

constexpr std::array entries{
    function_entry{"get_field", "any, utf8 -> special", "field(name) or \"struct.name\": a member of a struct",
                   field_row, field_columns, nulls::propagate, nullptr, depends::nothing, prepare_field, field_type},
    function_entry{"get_item", "list<T>, integer -> T", "get_item(index): from 0; outside the list is an error",
                   get_row<beyond::error>, nullptr, nulls::partial},
    function_entry{"get", "list<T>, integer -> T", "from 0; null outside the list", get_row<beyond::null>, nullptr,
                   nulls::partial},
    function_entry{"element_at", "list<T>, integer -> T", "from 1, negative from the end; outside the list is an error",
                   element_at_row<beyond::error>, nullptr, nulls::partial},
    function_entry{"try_element_at", "list<T>, integer -> T", "element_at with null outside the list",
                   element_at_row<beyond::null>, nullptr, nulls::partial},
    function_entry{"size", "list<T> -> int32", "the number of elements", size_row, arrow_kernel<"list_value_length">},
    function_entry{"array", "T... -> list<T>", "a list of its arguments", items_row, nullptr, nulls::never},
    function_entry{"named_struct", "any... -> special", "struct_of(values): names and values in turn", struct_row,
                   struct_columns, nulls::never, nullptr, depends::nothing, nullptr, struct_type},
};

}  // namespace

function_group nested_functions() { return {"Structs and lists", entries}; }

}  // namespace weir::detail
