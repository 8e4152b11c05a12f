#include <weir/expressions/signature.hpp>

#include <algorithm>
#include <array>

namespace weir::detail {

namespace {

using id = data_type::id;

struct named_type {
  std::string_view name;
  const data_type* type;
};
constexpr std::array named_types{named_type{"boolean", &boolean},
                                 named_type{"int32", &int32},
                                 named_type{"int64", &int64},
                                 named_type{"float64", &float64},
                                 named_type{"utf8", &utf8},
                                 named_type{"binary", &binary},
                                 named_type{"timestamp", &timestamp_type},
                                 named_type{"duration", &duration_type}};

std::optional<data_type> type_called(std::string_view name) {
  for (const auto& one : named_types)
    if (one.name == name)
      return *one.type;
  return std::nullopt;
}

/// From the narrowest; 0 for what is no number.
int number_rank(const data_type& type) {
  switch (type.kind()) {
  case id::int32: return 3;
  case id::int64: return 4;
  case id::float64: return 6;
  default: return 0;
  }
}

struct parameter {
  std::string_view type;
  bool optional = false;
  bool repeated = false;
};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

std::vector<parameter> parameters_of(std::string_view signature) {
  std::vector<parameter> out;
  auto rest = trimmed(signature.substr(0, signature.find("->")));
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    parameter one{trimmed(rest.substr(0, comma))};
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    if (one.type.ends_with("...")) {
      one.repeated = true;
      one.type.remove_suffix(3);
    } else if (one.type.ends_with('?')) {
      one.optional = true;
      one.type.remove_suffix(1);
    }
    out.push_back(one);
  }
  return out;
}

bool is_variable(std::string_view type) { return type == "T" || type == "N"; }

/// The common type of the arguments that are called T or N, or of the elements of those called list<T>.
class unifier {
public:
  /// False: there is no common type.
  bool add(const bound_node& arg, const data_type& type) {
    if (is_untyped_null(arg))
      return true;
    if (!type_) {
      type_ = type;
      flexible_ = may_become_any(arg);
      return true;
    }
    if (flexible_ && !may_become_any(arg)) {
      // Constant texts turn into what the others are.
      type_ = type;
      flexible_ = false;
      return true;
    }
    if (may_become_any(arg))
      return true;
    type_ = common_type(*type_, type);
    return type_.has_value();
  }
  const std::optional<data_type>& type() const { return type_; }

private:
  static bool may_become_any(const bound_node& arg) { return arg.constant && arg.type.kind() == id::utf8; }

  std::optional<data_type> type_;
  bool flexible_ = false;
};

const parameter& parameter_at(const std::vector<parameter>& parameters, std::size_t index) {
  return parameters[std::min(index, parameters.size() - 1)];
}

bool count_fits(const std::vector<parameter>& parameters, std::size_t count) {
  const auto needed = std::ranges::count_if(parameters, [](const auto& p) { return !p.optional && !p.repeated; });
  const auto open = !parameters.empty() && parameters.back().repeated;
  return count >= static_cast<std::size_t>(needed) && (open || count <= parameters.size());
}

/// The type an argument gets of a parameter that is no variable; none: it does not fit.
std::optional<data_type> fixed_argument(const bound_node& arg, std::string_view wanted) {
  const auto untyped = is_untyped_null(arg);
  if (wanted == "any")
    return arg.type;
  if (wanted == "number")
    return untyped ? std::optional{float64} : is_number(arg.type) ? std::optional{arg.type} : std::nullopt;
  if (wanted == "integer")
    return untyped ? std::optional{int64} : is_integer(arg.type) ? std::optional{arg.type} : std::nullopt;
  const auto type = type_called(wanted);
  return type && (arg.type == *type || may_become(arg, *type)) ? type : std::nullopt;
}

}  // namespace

bool is_number(const data_type& type) { return number_rank(type) > 0; }
bool is_real(const data_type& type) { return type.kind() == id::float64; }
bool is_integer(const data_type& type) { return is_number(type) && !is_real(type); }
bool is_untyped_null(const bound_node& node) {
  return node.constant && node.constant->value.is_null() && node.text == "null";
}

std::optional<data_type> common_type(const data_type& a, const data_type& b) {
  if (a == b)
    return a;
  const auto left = number_rank(a);
  const auto right = number_rank(b);
  if (left > 0 && right > 0)
    return left > right ? a : b;
  if (a.kind() == id::list && b.kind() == id::list) {
    const auto& x = a.children().front();
    const auto& y = b.children().front();
    if (x.type == y.type)
      return list_of({x.name, x.type, true});
  }
  return std::nullopt;
}

bool may_become(const bound_node& from, const data_type& to) {
  if (is_untyped_null(from))
    return true;
  if (from.constant && from.type.kind() == id::utf8)
    return is_number(to) || to.kind() == id::timestamp_us || to.kind() == id::boolean;
  const auto common = common_type(from.type, to);
  return common && *common == to;
}

result<std::optional<call_types>> match_signature(const function_entry& entry, std::span<const bound_ptr> args) {
  const auto parameters = parameters_of(entry.signature);
  if (!count_fits(parameters, args.size()))
    return std::optional<call_types>{};
  call_types made{{}, boolean, 0};
  unifier common;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto& arg = *args[i];
    const auto wanted = parameter_at(parameters, i).type;
    made.args.push_back(arg.type);
    if (wanted == "N" && !is_number(arg.type) && !is_untyped_null(arg) && !may_become(arg, float64))
      return std::optional<call_types>{};
    if (is_variable(wanted)) {
      if (!common.add(arg, arg.type))
        return std::optional<call_types>{};
    } else if (wanted == "list<T>") {
      if (arg.type.kind() != id::list || !common.add(arg, arg.type.children().front().type))
        return std::optional<call_types>{};
    } else if (const auto fixed = fixed_argument(arg, wanted)) {
      made.args[i] = *fixed;
    } else {
      return std::optional<call_types>{};
    }
  }
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto wanted = parameter_at(parameters, i).type;
    if (is_variable(wanted)) {
      if (!common.type())
        made.args[i] = wanted == "N" ? float64 : args[i]->type;
      else if (wanted == "N" && !is_number(*common.type()))
        made.args[i] = float64;  // two constant texts
      else
        made.args[i] = *common.type();
      if (!(args[i]->type == made.args[i]) && !may_become(*args[i], made.args[i]))
        return std::optional<call_types>{};
    }
    made.casts += made.args[i] == args[i]->type ? 0 : 1;
  }
  const auto returned = trimmed(entry.signature.substr(entry.signature.find("->") + 2));
  if (returned == "special") {
    if (auto type = entry.types(args, made.args); type.ok())
      made.result = *type;
    else
      return type.error();
    return std::optional{made};
  }
  if (is_variable(returned)) {
    for (std::size_t i = 0; i < args.size(); ++i)
      if (parameter_at(parameters, i).type == returned)
        made.result = made.args[i];
    if (common.type() && std::ranges::none_of(parameters, [&](const auto& p) { return p.type == returned; }))
      made.result = *common.type();
  } else if (returned == "list<T>") {
    made.result = list_of({"item", common.type().value_or(utf8), true});
  } else {
    made.result = *type_called(returned);
  }
  return std::optional{made};
}

}  // namespace weir::detail
