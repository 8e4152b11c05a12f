#include <weir/columns/display.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <weir/columns/column_memory.hpp>
#include <weir/columns/date.hpp>
#include <weir/columns/decimal.hpp>
#include <weir/columns/time.hpp>
#include <weir/columns/utf8.hpp>

namespace weir {

namespace {

using detail::column_view;
using id = data_type::id;

/// As Java's Double.toString and Float.toString: 5.0, 0.001, 1.0E10, 1.2E-5, with the shortest digits.
template <class Float>
void show_number(Float value, std::string& out) {
  if (!std::isfinite(value)) {
    out += std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    return;
  }
  const auto size = std::abs(value);
  const auto plain = size == 0 || (size >= static_cast<Float>(1e-3) && size < static_cast<Float>(1e7));
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  std::string_view digits{text.data(), static_cast<std::size_t>(end - text.data())};
  const auto exponent_at = digits.find('e');
  const auto mantissa = digits.substr(0, exponent_at);
  out += mantissa;
  if (mantissa.find('.') == std::string_view::npos)
    out += ".0";
  if (exponent_at == std::string_view::npos)
    return;
  auto exponent = digits.substr(exponent_at + 1);
  out += 'E';
  if (exponent.starts_with('-'))
    out += '-';
  exponent.remove_prefix(1);
  exponent.remove_prefix(std::min(exponent.find_first_not_of('0'), exponent.size() - 1));
  out += exponent;
}

void show_fraction(std::int64_t micros, std::string& out) {
  if (micros == 0)
    return;
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), ".%06d", static_cast<int>(micros));
  out += text.data();
  out.erase(out.find_last_not_of('0') + 1);
}

void show_time(std::int64_t micros, std::string& out) {
  auto text = format_iso(timestamp{std::chrono::microseconds{micros}});
  text.resize(text.find('.'));
  text[text.find('T')] = ' ';
  out += text;
  show_fraction((micros % 1'000'000 + 1'000'000) % 1'000'000, out);
}

void show_duration(std::int64_t micros, std::string& out) {
  const auto negative = micros < 0;
  // Unsigned, for the one value that has no positive.
  const auto size =
      negative ? std::uint64_t{0} - static_cast<std::uint64_t>(micros) : static_cast<std::uint64_t>(micros);
  const auto seconds = size / 1'000'000;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "INTERVAL '%s%llu %02u:%02u:%02u", negative ? "-" : "",
                static_cast<unsigned long long>(seconds / 86'400), static_cast<unsigned>(seconds / 3600 % 24),
                static_cast<unsigned>(seconds / 60 % 60), static_cast<unsigned>(seconds % 60));
  out += text.data();
  show_fraction(static_cast<std::int64_t>(size % 1'000'000), out);
  out += "' DAY TO SECOND";
}

void show(const column_view& column, const data_type& type, std::int64_t row, std::string& out) {
  if (!column.is_valid(row)) {
    out += "NULL";
    return;
  }
  switch (type.kind()) {
  case id::boolean: {
    const auto bit = row + column.offset;
    out += ((static_cast<unsigned>(column.values[bit >> 3]) >> (bit & 7)) & 1U) != 0 ? "true" : "false";
    return;
  }
  case id::int8: out += std::to_string(column.values_as<std::int8_t>()[row]); return;
  case id::int16: out += std::to_string(column.values_as<std::int16_t>()[row]); return;
  case id::int32: out += std::to_string(column.values_as<std::int32_t>()[row]); return;
  case id::int64: out += std::to_string(column.values_as<std::int64_t>()[row]); return;
  case id::float32: show_number(column.values_as<float>()[row], out); return;
  case id::float64: show_number(column.values_as<double>()[row], out); return;
  case id::decimal: out += format_decimal(column.values_as<decimal_bits>()[row].value(), type.scale()); return;
  case id::date: out += format_date(column.values_as<std::int32_t>()[row]); return;
  case id::timestamp_us: show_time(column.values_as<std::int64_t>()[row], out); return;
  case id::duration_us: show_duration(column.values_as<std::int64_t>()[row], out); return;
  case id::utf8: {
    const auto* offsets = column.values_as<std::int32_t>();
    out.append(column.bytes + offsets[row], static_cast<std::size_t>(offsets[row + 1] - offsets[row]));
    return;
  }
  case id::binary: {
    const auto* offsets = column.values_as<std::int32_t>();
    out += '[';
    for (auto i = offsets[row]; i < offsets[row + 1]; ++i) {
      std::array<char, 4> hex{};
      std::snprintf(hex.data(), hex.size(), "%02X", static_cast<unsigned>(static_cast<unsigned char>(column.bytes[i])));
      out.append(i == offsets[row] ? "" : " ").append(hex.data());
    }
    out += ']';
    return;
  }
  case id::structure:
    out += '{';
    for (std::size_t i = 0; i < type.children().size(); ++i) {
      out += i == 0 ? "" : ", ";
      show(column.member(i), type.children()[i].type, row, out);
    }
    out += '}';
    return;
  case id::list: {
    const auto* offsets = column.values_as<std::int32_t>();
    const auto elements = column.elements();
    out += '[';
    for (auto i = offsets[row]; i < offsets[row + 1]; ++i) {
      out += i == offsets[row] ? "" : ", ";
      show(elements, type.children().front().type, i, out);
    }
    out += ']';
    return;
  }
  case id::map: {
    const auto* offsets = column.values_as<std::int32_t>();
    const auto entries = column.elements();
    out += '{';
    for (auto i = offsets[row]; i < offsets[row + 1]; ++i) {
      out += i == offsets[row] ? "" : ", ";
      show(entries.member(0), type.children()[0].type, i, out);
      out += " -> ";
      show(entries.member(1), type.children()[1].type, i, out);
    }
    out += '}';
    return;
  }
  }
}

using range = std::pair<std::uint32_t, std::uint32_t>;

bool in_any(std::uint32_t point, const auto& ranges) {
  return std::ranges::any_of(ranges, [point](const range& one) { return point >= one.first && point <= one.second; });
}

/// Unicode's East Asian Width W and F, as blocks.
constexpr std::array wide{range{0x1100, 0x115F},   range{0x2E80, 0x303E},   range{0x3041, 0x4DBF},
                          range{0x4E00, 0xA4CF},   range{0xA960, 0xA97F},   range{0xAC00, 0xD7A3},
                          range{0xF900, 0xFAFF},   range{0xFE30, 0xFE6F},   range{0xFF00, 0xFF60},
                          range{0xFFE0, 0xFFE6},   range{0x1F300, 0x1F64F}, range{0x1F680, 0x1F6FF},
                          range{0x1F900, 0x1FAFF}, range{0x20000, 0x3FFFD}};

constexpr std::array combining{range{0x0300, 0x036F}, range{0x0483, 0x0489}, range{0x0591, 0x05BD},
                               range{0x0610, 0x061A}, range{0x064B, 0x065F}, range{0x1AB0, 0x1AFF},
                               range{0x1DC0, 0x1DFF}, range{0x200B, 0x200F}, range{0x20D0, 0x20FF},
                               range{0x302A, 0x302D}, range{0xFE00, 0xFE0F}, range{0xFE20, 0xFE2F}};

}  // namespace

void append_display_number(double value, std::string& out) { show_number(value, out); }
void append_display_time(std::int64_t micros, std::string& out) { show_time(micros, out); }
void append_display_duration(std::int64_t micros, std::string& out) { show_duration(micros, out); }

std::string display_cell(const batch& rows, int column, std::int64_t row) {
  const auto& data = *rows.arrow()->column_data(column);
  const auto type = data_type::from_arrow(*data.type);
  if (!type.ok())
    throw std::logic_error{"rows as text: " + type.error().message()};
  std::string text;
  show(detail::view_of(data), *type, row, text);
  return text;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto next = next_utf8(text);
    if (next.size == 0)
      width += 1;
    else if (!in_any(next.point, combining))
      width += in_any(next.point, wide) ? 2 : 1;
    text.remove_prefix(std::max<std::size_t>(next.size, 1));
  }
  return width;
}

}  // namespace weir
