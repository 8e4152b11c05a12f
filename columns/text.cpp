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
#include <weir/columns/epoch.hpp>
#include <weir/columns/time.hpp>

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

/// Length of the UTF-8 sequence at the front, 0 when it is not valid; `point` is its code point.
std::size_t utf8_sequence(std::string_view text, std::uint32_t& point) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) {
    point = first;
    return 1;
  }
  const auto size = first >= 0xF0 ? 4U : first >= 0xE0 ? 3U : 2U;
  if (first < 0xC2 || first > 0xF4 || text.size() < size)
    return 0;
  point = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U)
      return 0;
    point = (point << 6U) | (next & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const auto surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < least[size] || point > 0x10FFFF || surrogate ? 0 : size;
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
    std::uint32_t point = 0;
    if ((c & 0x80) != 0) {
      const auto size = utf8_sequence(text, point);
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

void append_json(const column_view& column, const field& type, std::int64_t row, std::string& out) {
  if (!column.is_valid(row)) {
    out += "null";
    return;
  }
  switch (type.type.kind()) {
  case id::boolean: out += bit_at(column, row) ? "true" : "false"; return;
  case id::int32: append_integer(column.values_as<std::int32_t>()[row], out); return;
  case id::int64:
  case id::duration_us: append_integer(column.values_as<std::int64_t>()[row], out); return;
  case id::float64: {
    const auto value = column.values_as<double>()[row];
    if (std::isfinite(value))
      append_number(value, out);
    else
      out += "null";
    return;
  }
  case id::utf8:
  case id::binary: append_json_text(text_at(column, row), out); return;
  case id::timestamp_us: out += '"' + format_iso(time_of(column, row)) + '"'; return;
  case id::structure: {
    out += '{';
    const auto& members = type.type.children();
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0)
        out += ',';
      append_json_text(members[i].name, out);
      out += ':';
      append_json(column.member(i), members[i], row, out);
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
      append_json(elements, type.type.children().front(), i, out);
    }
    out += ']';
    return;
  }
  }
}

/// A value as bare text; `nested` values as JSON.
void append_plain(const column_view& column, const field& type, std::int64_t row, std::string& out) {
  switch (type.type.kind()) {
  case id::utf8:
  case id::binary: out += text_at(column, row); return;
  case id::timestamp_us: out += format_iso(time_of(column, row)); return;
  case id::float64: append_number(column.values_as<double>()[row], out); return;
  default: append_json(column, type, row, out);
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
      append_json(columns_.view(i), columns_.fields()[i], row, out);
    }
    out += names_.empty() ? "{}" : "}";
  }
  std::string header(const schema& /*columns*/) const override { return {}; }

private:
  batch rows_;
  bound_columns columns_;
  std::vector<std::string> names_;
};

class csv_formatter : public row_formatter {
public:
  explicit csv_formatter(bool header) : header_{header} {}
  void bind(const batch& rows) override {
    rows_ = rows;
    columns_.bind(*rows.arrow());
  }
  void append(std::int64_t row, std::string& out) override {
    for (std::size_t i = 0; i < columns_.fields().size(); ++i) {
      if (i > 0)
        out += ',';
      if (!columns_.view(i).is_valid(row))
        continue;
      const auto begin = out.size();
      append_plain(columns_.view(i), columns_.fields()[i], row, out);
      quote(begin, out);
    }
    out += '\n';
  }
  std::string header(const schema& columns) const override {
    if (!header_)
      return {};
    std::string line;
    for (const auto& one : columns.fields()) {
      if (!line.empty())
        line += ',';
      const auto begin = line.size();
      line += one.name;
      quote(begin, line);
    }
    return line + '\n';
  }

private:
  /// Quotes what stands from `begin` on, where it must be.
  static void quote(std::size_t begin, std::string& out) {
    if (out.find_first_of(",\"\r\n", begin) == std::string::npos)
      return;
    std::string quoted = "\"";
    for (auto i = begin; i < out.size(); ++i) {
      if (out[i] == '"')
        quoted += '"';
      quoted += out[i];
    }
    out.replace(begin, std::string::npos, quoted + "\"");
  }

  bool header_;
  batch rows_;
  bound_columns columns_;
};

bool is_wide(std::uint32_t point) {
  constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 12> wide{{{0x1100, 0x115F},
                                                                          {0x2E80, 0x303E},
                                                                          {0x3041, 0x33FF},
                                                                          {0x3400, 0x4DBF},
                                                                          {0x4E00, 0x9FFF},
                                                                          {0xA000, 0xA4CF},
                                                                          {0xAC00, 0xD7A3},
                                                                          {0xF900, 0xFAFF},
                                                                          {0xFE30, 0xFE6F},
                                                                          {0xFF00, 0xFF60},
                                                                          {0xFFE0, 0xFFE6},
                                                                          {0x1F300, 0x1FAFF}}};
  return std::ranges::any_of(wide,
                             [point](const auto& range) { return point >= range.first && point <= range.second; }) ||
         (point >= 0x20000 && point <= 0x3FFFD);
}

bool is_combining(std::uint32_t point) {
  return (point >= 0x0300 && point <= 0x036F) || (point >= 0x1AB0 && point <= 0x1AFF) ||
         (point >= 0x20D0 && point <= 0x20FF) || (point >= 0xFE00 && point <= 0xFE0F) ||
         (point >= 0xFE20 && point <= 0xFE2F) || point == 0x200B || point == 0x200D;
}

}  // namespace

void append_number(double value, std::string& out) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

std::unique_ptr<row_formatter> make_json_formatter() { return std::make_unique<json_formatter>(); }

std::unique_ptr<row_formatter> make_csv_formatter(bool header) { return std::make_unique<csv_formatter>(header); }

std::string json_row(const arrow::RecordBatch& rows, std::int64_t row) {
  json_formatter formatter;
  formatter.bind(batch{rows.Slice(0)});
  std::string out;
  formatter.append_object(row, out);
  return out;
}

std::string display_cell(const batch& rows, int column, std::int64_t row) {
  bound_columns columns;
  columns.bind(*rows.arrow());
  const auto& view = columns.view(static_cast<std::size_t>(column));
  const auto& type = columns.fields()[static_cast<std::size_t>(column)];
  if (!view.is_valid(row))
    return "NULL";
  if (type.type.kind() == id::float64) {
    const auto value = view.values_as<double>()[row];
    std::string text;
    append_number(value, text);
    if (std::isnan(value))
      return "NaN";
    if (std::isinf(value))
      return value > 0 ? "Infinity" : "-Infinity";
    if (text.find_first_of(".e") == std::string::npos)
      text += ".0";
    return text;
  }
  if (type.type.kind() == id::timestamp_us) {
    auto text = format_iso(time_of(view, row));
    text[10] = ' ';
    text.pop_back();
    const auto micros = ((view.values_as<std::int64_t>()[row] % 1'000'000) + 1'000'000) % 1'000'000;
    text.resize(19);
    if (micros != 0) {
      std::array<char, 8> fraction{};
      std::snprintf(fraction.data(), fraction.size(), ".%06d", static_cast<int>(micros));
      text += fraction.data();
      text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
  }
  std::string text;
  append_plain(view, type, row, text);
  return text;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    std::uint32_t point = 0;
    const auto size = utf8_sequence(text, point);
    width += size == 0 ? 1 : is_combining(point) ? 0 : is_wide(point) ? 2 : 1;
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return width;
}

}  // namespace weir
