#include <weir/columns/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <weir/columns/column_memory.hpp>
#include <weir/columns/date.hpp>
#include <weir/columns/decimal.hpp>
#include <weir/columns/epoch.hpp>
#include <weir/columns/time.hpp>
#include <weir/columns/utf8.hpp>

namespace weir {

namespace {

using detail::column_view;
using id = data_type::id;

void append_integer(std::int64_t value, std::string& out) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

std::string_view text_at(const column_view& column, std::int64_t row) {
  const auto* offsets = column.values_as<std::int32_t>();
  return {column.bytes + offsets[row], static_cast<std::size_t>(offsets[row + 1] - offsets[row])};
}

bool bit_at(const column_view& column, std::int64_t row) {
  const auto bit = row + column.offset;
  return ((static_cast<unsigned>(column.values[bit >> 3]) >> (bit & 7)) & 1U) != 0;
}

void append_json_text(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const auto plain = std::ranges::find_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || (c & 0x80) != 0; });
    out.append(text.begin(), plain);
    text.remove_prefix(static_cast<std::size_t>(plain - text.begin()));
    if (text.empty())
      break;
    const auto c = text.front();
    if ((c & 0x80) != 0) {
      const auto size = next_utf8(text).size;
      if (size == 0)
        out += "\xEF\xBF\xBD";
      else
        out.append(text.substr(0, size));
      text.remove_prefix(std::max<std::size_t>(size, 1));
      continue;
    }
    switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
      out += escaped.data();
    }
    }
    text.remove_prefix(1);
  }
  out += '"';
}

timestamp time_of(const column_view& column, std::int64_t row) {
  return timestamp{std::chrono::microseconds{column.values_as<std::int64_t>()[row]}};
}

template <class Float>
void append_float(Float value, std::string& out) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

template <class Float>
void append_json_number(Float value, const json_style& style, std::string& out) {
  if (std::isfinite(value))
    append_float(value, out);
  else if (!style.not_finite_as_text)
    out += "null";
  else
    out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
}

void append_base64(std::string_view bytes, std::string& out) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t j = 0; j < 3; ++j)
      three = (three << 8U) | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j > bytes.size() ? '=' : digits[(three >> (18 - 6 * j)) & 63U];
  }
}

void append_time(timestamp time, const json_style& style, std::string& out) {
  out += format_iso(time);
  const auto fine = time - std::chrono::floor<std::chrono::milliseconds>(time);
  if (!style.microseconds || fine.count() == 0)
    return;
  out.pop_back();
  const auto digits = std::to_string(1000 + fine.count());
  out.append(digits, 1);
  out += 'Z';
}

void append_plain(const column_view& column, const field& type, std::int64_t row, const json_style& style,
                  std::string& out);

void append_json(const column_view& column, const field& type, std::int64_t row, const json_style& style,
                 std::string& out) {
  if (!column.is_valid(row)) {
    out += "null";
    return;
  }
  switch (type.type.kind()) {
  case id::boolean: out += bit_at(column, row) ? "true" : "false"; return;
  case id::int8: append_integer(column.values_as<std::int8_t>()[row], out); return;
  case id::int16: append_integer(column.values_as<std::int16_t>()[row], out); return;
  case id::int32: append_integer(column.values_as<std::int32_t>()[row], out); return;
  case id::int64:
  case id::duration_us: append_integer(column.values_as<std::int64_t>()[row], out); return;
  case id::float32: append_json_number(column.values_as<float>()[row], style, out); return;
  case id::float64: append_json_number(column.values_as<double>()[row], style, out); return;
  case id::decimal: out += format_decimal(column.values_as<decimal_bits>()[row].value(), type.type.scale()); return;
  case id::date: out += '"' + format_date(column.values_as<std::int32_t>()[row]) + '"'; return;
  case id::binary:
    if (style.binary_as_base64) {
      out += '"';
      append_base64(text_at(column, row), out);
      out += '"';
      return;
    }
    [[fallthrough]];
  case id::utf8: append_json_text(text_at(column, row), out); return;
  case id::timestamp_us:
    out += '"';
    append_time(time_of(column, row), style, out);
    out += '"';
    return;
  case id::structure: {
    out += '{';
    const auto& members = type.type.children();
    auto first = true;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto member = column.member(i);
      if (style.omit_null_members && !member.is_valid(row))
        continue;
      if (!first)
        out += ',';
      first = false;
      append_json_text(members[i].name, out);
      out += ':';
      append_json(member, members[i], row, style, out);
    }
    out += '}';
    return;
  }
  case id::list: {
    out += '[';
    const auto* offsets = column.values_as<std::int32_t>();
    const auto elements = column.elements();
    for (auto i = offsets[row]; i < offsets[row + 1]; ++i) {
      if (i > offsets[row])
        out += ',';
      append_json(elements, type.type.children().front(), i, style, out);
    }
    out += ']';
    return;
  }
  case id::map: {
    const auto* offsets = column.values_as<std::int32_t>();
    const auto entries = column.elements();
    out += '{';
    for (auto i = offsets[row]; i < offsets[row + 1]; ++i) {
      if (i > offsets[row])
        out += ',';
      std::string key;
      append_plain(entries.member(0), type.type.children()[0], i, style, key);
      append_json_text(key, out);
      out += ':';
      append_json(entries.member(1), type.type.children()[1], i, style, out);
    }
    out += '}';
    return;
  }
  }
}

/// A value as bare text; `nested` values as JSON.
void append_plain(const column_view& column, const field& type, std::int64_t row, const json_style& style,
                  std::string& out) {
  switch (type.type.kind()) {
  case id::utf8:
  case id::binary: out += text_at(column, row); return;
  case id::timestamp_us: append_time(time_of(column, row), style, out); return;
  case id::float32: append_float(column.values_as<float>()[row], out); return;
  case id::float64: append_number(column.values_as<double>()[row], out); return;
  case id::date: out += format_date(column.values_as<std::int32_t>()[row]); return;
  default: append_json(column, type, row, style, out);
  }
}

/// The columns of a batch, ready to be read.
class bound_columns {
public:
  void bind(const arrow::RecordBatch& rows) {
    if (rows.schema().get() != bound_) {
      auto known = schema::from_arrow(*rows.schema());
      if (!known.ok())
        throw std::logic_error{"rows as text: " + known.error().message()};
      fields_ = known->fields();
      keep_ = rows.schema();
      bound_ = keep_.get();
    }
    views_.clear();
    for (int i = 0; i < static_cast<int>(fields_.size()); ++i)
      views_.push_back(detail::view_of(*rows.column_data(i)));
  }
  const std::vector<field>& fields() const noexcept { return fields_; }
  const column_view& view(std::size_t column) const noexcept { return views_[column]; }

private:
  std::vector<field> fields_;
  std::vector<column_view> views_;
  std::shared_ptr<arrow::Schema> keep_;
  const arrow::Schema* bound_ = nullptr;
};

class json_formatter : public row_formatter {
public:
  explicit json_formatter(json_style style = {}) : style_{style} {}
  void bind(const batch& rows) override {
    rows_ = rows;
    columns_.bind(*rows.arrow());
    names_.resize(columns_.fields().size());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      names_[i] = i == 0 ? "{" : ",";
      append_json_text(columns_.fields()[i].name, names_[i]);
      names_[i] += ':';
    }
  }
  void append(std::int64_t row, std::string& out) override {
    append_object(row, out);
    out += '\n';
  }
  void append_object(std::int64_t row, std::string& out) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      out += names_[i];
      append_json(columns_.view(i), columns_.fields()[i], row, style_, out);
    }
    out += names_.empty() ? "{}" : "}";
  }
  std::string header(const schema& /*columns*/) const override { return {}; }

private:
  json_style style_;
  batch rows_;
  bound_columns columns_;
  std::vector<std::string> names_;
};

class csv_formatter : public row_formatter {
public:
  explicit csv_formatter(csv_style style)
      : style_{std::move(style)}, values_{.microseconds = style_.microseconds},
        quoted_{std::string{"\"\r\n"} + style_.separator} {}
  void bind(const batch& rows) override {
    rows_ = rows;
    columns_.bind(*rows.arrow());
  }
  void append(std::int64_t row, std::string& out) override {
    const auto line = out.size();
    for (std::size_t i = 0; i < columns_.fields().size(); ++i) {
      if (i > 0)
        out += style_.separator;
      const auto begin = out.size();
      if (!columns_.view(i).is_valid(row)) {
        out += style_.null_value;
        continue;
      }
      append_plain(columns_.view(i), columns_.fields()[i], row, values_, out);
      quote(begin, out);
    }
    // Readers pass over blank lines.
    if (columns_.fields().size() == 1 && out.find_first_not_of(" \t", line) == std::string::npos) {
      out.insert(line, 1, '"');
      out += '"';
    }
    out += '\n';
  }
  std::string header(const schema& columns) const override {
    if (!style_.header)
      return {};
    std::string line;
    for (const auto& one : columns.fields()) {
      if (!line.empty())
        line += style_.separator;
      const auto begin = line.size();
      line += one.name;
      quote(begin, line);
    }
    return line + '\n';
  }

private:
  /// Quotes what stands from `begin` on, where it must be.
  void quote(std::size_t begin, std::string& out) const {
    if (out.find_first_of(quoted_, begin) == std::string::npos)
      return;
    std::string quoted = "\"";
    for (auto i = begin; i < out.size(); ++i) {
      if (out[i] == '"')
        quoted += '"';
      quoted += out[i];
    }
    out.replace(begin, std::string::npos, quoted + "\"");
  }

  csv_style style_;
  json_style values_;
  std::string quoted_;  ///< characters that a field with them is quoted for
  batch rows_;
  bound_columns columns_;
};

}  // namespace

void append_number(double value, std::string& out) { append_float(value, out); }

void append_json_value(const arrow::ArrayData& column, const field& type, std::int64_t row, const json_style& style,
                       std::string& out) {
  append_json(detail::view_of(column), type, row, style, out);
}

std::unique_ptr<row_formatter> make_json_formatter(json_style style) { return std::make_unique<json_formatter>(style); }

std::unique_ptr<row_formatter> make_csv_formatter(csv_style style) {
  return std::make_unique<csv_formatter>(std::move(style));
}

std::unique_ptr<row_formatter> make_csv_formatter(bool header) {
  return make_csv_formatter(csv_style{.header = header});
}

std::string json_row(const arrow::RecordBatch& rows, std::int64_t row) {
  json_formatter formatter;
  formatter.bind(batch{rows.Slice(0)});
  std::string out;
  formatter.append_object(row, out);
  return out;
}

}  // namespace weir
