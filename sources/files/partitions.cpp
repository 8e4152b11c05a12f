#include <weir/sources/files/partitions.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

#include <arrow/api.h>

#include <weir/columns/batch.hpp>
#include <weir/expressions/parsed/parsed_column.hpp>
#include <weir/sources/files/listing.hpp>

namespace weir {
namespace {

std::string unescaped(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  auto out = std::string{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto high = text[i] == '%' && i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const auto low = high < 0 ? -1 : digit(text[i + 2]);
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

/// The part of a path that is no pattern.
std::string fixed_part(const std::string& base) {
  auto fixed = std::filesystem::path{};
  for (const auto& part : std::filesystem::path{base}) {
    if (is_glob(part.string()))
      break;
    fixed /= part;
  }
  return fixed.string();
}

data_type type_of(const std::vector<std::string>& texts) {
  const auto all = [&](const auto& is) { return !texts.empty() && std::ranges::all_of(texts, is); };
  const auto integer = [](const std::string& text) { return detail::parse_integer(text); };
  if (all([&](const std::string& text) {
        const auto value = integer(text);
        return value && std::in_range<std::int32_t>(*value);
      }))
    return int32;
  if (all([&](const std::string& text) { return integer(text).has_value(); }))
    return int64;
  if (all([](const std::string& text) { return detail::parse_double(text).has_value(); }))
    return float64;
  if (all([](const std::string& text) { return text.size() == 10 && detail::parse_date_text(text); }))
    return date_type;
  return utf8;
}

bool append_text(detail::parsed_column& column, const std::string& text) {
  switch (column.kind()) {
  case data_type::id::utf8:
  case data_type::id::binary: column.append_text(text); return true;
  case data_type::id::boolean:
    if (text != "true" && text != "false")
      return false;
    column.append_bool(text == "true");
    return true;
  case data_type::id::int8:
  case data_type::id::int16:
  case data_type::id::int32:
  case data_type::id::int64:
  case data_type::id::duration_us: {
    const auto value = detail::parse_integer(text);
    return value && column.append_integer(*value);
  }
  case data_type::id::float32:
  case data_type::id::float64: {
    auto value = detail::parse_double(text);
    if (!value)
      value = detail::parse_not_finite(text);
    if (!value)
      return false;
    if (column.kind() == data_type::id::float32)
      column.append_fixed(static_cast<float>(*value));
    else
      column.append_fixed(*value);
    return true;
  }
  case data_type::id::structure:
  case data_type::id::list:
  case data_type::id::map: return false;
  default: return column.append_parsed(text, {});
  }
}

}  // namespace

std::vector<path_column> path_columns(const std::string& base, const std::string& file) {
  const auto fixed = std::filesystem::path{fixed_part(base)};
  const auto path = std::filesystem::path{file};
  auto columns = std::vector<path_column>{};
  auto below = path.begin();
  for (const auto& part : fixed)
    if (below != path.end() && *below == part)
      ++below;
  for (; below != path.end() && std::next(below) != path.end(); ++below) {
    const auto name = below->string();
    const auto equals = name.find('=');
    if (equals == std::string::npos || equals == 0)
      continue;
    const auto value = name.substr(equals + 1);
    columns.emplace_back(unescaped(name.substr(0, equals)),
                         value == "__HIVE_DEFAULT_PARTITION__" ? std::nullopt : std::optional{unescaped(value)});
  }
  return columns;
}

std::vector<field> infer_path_columns(const std::string& base, const std::vector<std::string>& files) {
  auto texts = std::vector<std::pair<std::string, std::vector<std::string>>>{};
  for (const auto& file : files)
    for (const auto& [name, value] : path_columns(base, file)) {
      auto found = std::ranges::find(texts, name, &std::pair<std::string, std::vector<std::string>>::first);
      if (found == texts.end())
        found = texts.insert(texts.end(), {name, {}});
      if (value)
        found->second.push_back(*value);
    }
  auto fields = std::vector<field>{};
  for (const auto& [name, values] : texts)
    fields.push_back({name, type_of(values), true});
  return fields;
}

result<std::shared_ptr<arrow::Array>> path_column_values(const path_column& value, const field& column,
                                                         std::int64_t rows) {
  auto one = detail::parsed_column{column};
  if (!value.second)
    one.append_null();
  else if (!append_text(one, *value.second))
    return status{errc::type_mismatch, "the directory " + value.first + "=" + *value.second + ": column " +
                                           column.name + " is " + column.type.to_string()};
  const auto scalar = arrow::MakeArray(one.finish())->GetScalar(0);
  auto values = scalar.ok() ? arrow::MakeArrayFromScalar(**scalar, rows)
                            : arrow::Result<std::shared_ptr<arrow::Array>>{scalar.status()};
  if (!values.ok())
    return from_arrow(values.status(), "column " + column.name);
  return std::move(values).ValueUnsafe();
}

}  // namespace weir
