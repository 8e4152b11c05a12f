#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <utility>

#include <weir/columns/decimal.hpp>
#include <weir/columns/schema.hpp>

namespace weir {

namespace {

struct type_name {
  std::string_view name;
  const data_type& type;
};

/// The types without parameters: weir's names and those of Spark's DDL.
constexpr std::array type_names{type_name{"boolean", boolean},
                                type_name{"int8", int8},
                                type_name{"tinyint", int8},
                                type_name{"byte", int8},
                                type_name{"int16", int16},
                                type_name{"smallint", int16},
                                type_name{"short", int16},
                                type_name{"int32", int32},
                                type_name{"int", int32},
                                type_name{"integer", int32},
                                type_name{"int64", int64},
                                type_name{"bigint", int64},
                                type_name{"long", int64},
                                type_name{"float32", float32},
                                type_name{"float", float32},
                                type_name{"real", float32},
                                type_name{"float64", float64},
                                type_name{"double", float64},
                                type_name{"utf8", utf8},
                                type_name{"string", utf8},
                                type_name{"binary", binary},
                                type_name{"date", date_type},
                                type_name{"timestamp", timestamp_type},
                                type_name{"timestamp_ltz", timestamp_type},
                                type_name{"duration", duration_type}};

/// Types of Spark that weir does not have, and what to write instead.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> other_types{
    {{"timestamp_ntz", "a time without a zone is no instant; use TIMESTAMP"},
     {"char", "use STRING"},
     {"varchar", "use STRING"},
     {"void", "give the column a type"},
     {"variant", "use STRING and from_json"}}};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0; }

std::string lower(std::string_view text) {
  std::string made{text};
  for (auto& c : made)
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return made;
}

/// Recursive descent over the text; each function leaves `at_` behind what it read.
class schema_parser {
public:
  explicit schema_parser(std::string_view text) : text_{text} { skip_blanks(); }

  result<schema> whole_schema() {
    if (done())
      return schema{};
    // A whole row as a type, as Spark prints it.
    if (next_is("struct") && after_word() == '<') {
      WEIR_ASSIGN(const auto row, type(0));
      WEIR_TRY(end());
      return schema{row.children()};
    }
    WEIR_ASSIGN(auto fields, members(0));
    WEIR_TRY(end());
    return schema{std::move(fields)};
  }
  result<data_type> whole_type() {
    WEIR_ASSIGN(auto made, type(0));
    WEIR_TRY(end());
    return made;
  }

private:
  static constexpr int deepest = 64;

  bool done() const { return at_ == text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  void skip_blanks() {
    while (!done() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0)
      ++at_;
  }
  std::string_view word() const {
    auto end = at_;
    while (end < text_.size() && is_word(text_[end]))
      ++end;
    return text_.substr(at_, end - at_);
  }
  bool next_is(std::string_view keyword) const { return lower(word()) == keyword; }
  char after_word() const {
    auto at = at_ + word().size();
    while (at < text_.size() && std::isspace(static_cast<unsigned char>(text_[at])) != 0)
      ++at;
    return at < text_.size() ? text_[at] : '\0';
  }
  bool take(char c) {
    if (done() || peek() != c)
      return false;
    ++at_;
    skip_blanks();
    return true;
  }
  bool take_keyword(std::string_view keyword) {
    if (!next_is(keyword))
      return false;
    at_ += keyword.size();
    skip_blanks();
    return true;
  }

  status fail(std::size_t at, const std::string& what) const {
    return {errc::invalid_argument, "schema text, position " + std::to_string(at + 1) + ": " + what};
  }
  /// "expected ..., got ..."; what was got is a word, a character, or the end.
  status expected(const std::string& what) const {
    if (done())
      return fail(at_, "expected " + what + ", got the end of the text");
    const auto got = word();
    return fail(at_, "expected " + what + ", got '" + std::string{got.empty() ? text_.substr(at_, 1) : got} + "'");
  }
  status end() const { return done() ? status{} : expected("',' or the end of the text"); }
  status require(char c) { return take(c) ? status{} : expected(std::string{"'"} + c + "'"); }

  result<std::vector<field>> members(int depth) {
    std::vector<field> fields;
    do {
      const auto begin = at_;
      WEIR_ASSIGN(auto one, member(depth));
      if (std::ranges::find(fields, one.name, &field::name) != fields.end())
        return fail(begin, "the name '" + one.name + "' stands there twice");
      fields.push_back(std::move(one));
    } while (take(','));
    return fields;
  }

  result<field> member(int depth) {
    WEIR_ASSIGN(auto made, name());
    take(':');
    WEIR_ASSIGN(auto kind, type(depth));
    WEIR_ASSIGN(const auto nullable, constraints());
    return field{std::move(made), std::move(kind), nullable};
  }

  result<std::string> name() {
    if (peek() != '`') {
      const auto bare = word();
      if (bare.empty())
        return expected("a column name");
      at_ += bare.size();
      skip_blanks();
      return std::string{bare};
    }
    const auto begin = at_++;
    std::string made;
    while (!done()) {
      const auto c = text_[at_++];
      if (c == '`' && peek() != '`') {
        skip_blanks();
        return made;
      }
      if (c == '`')
        ++at_;
      made += c;
    }
    return fail(begin, "the back quote is not closed");
  }

  /// NOT NULL and COMMENT, in any order; gives whether the column may be null.
  result<bool> constraints() {
    bool nullable = true;
    for (;;) {
      if (take_keyword("not")) {
        if (!take_keyword("null"))
          return expected("NULL after NOT");
        nullable = false;
      } else if (take_keyword("comment")) {
        WEIR_TRY(comment());
      } else {
        return nullable;
      }
    }
  }

  status comment() {
    const auto quote = peek();
    if (quote != '\'' && quote != '"')
      return expected("a quoted text after COMMENT");
    const auto begin = at_++;
    while (!done()) {
      const auto c = text_[at_++];
      if (c == '\\' && !done()) {
        ++at_;
      } else if (c == quote && peek() == quote) {
        ++at_;
      } else if (c == quote) {
        skip_blanks();
        return {};
      }
    }
    return fail(begin, "the comment is not closed");
  }

  result<data_type> type(int depth) {
    if (depth == deepest)
      return fail(at_, "types are nested more than " + std::to_string(deepest) + " deep");
    const auto begin = at_;
    const auto written = lower(word());
    if (const auto* known = std::ranges::find(type_names, written, &type_name::name); known != type_names.end()) {
      take_keyword(written);
      return known->type;
    }
    for (const auto& [other, instead] : other_types)
      if (written == other)
        return fail(begin, "the type " + written + " is not supported; " + std::string{instead});
    if (written == "decimal" || written == "dec" || written == "numeric")
      return decimal_type(written);
    if (written == "interval")
      return interval();
    if (written == "array" || written == "list") {
      take_keyword(written);
      WEIR_TRY(require('<'));
      WEIR_ASSIGN(const auto element, element_field(depth));
      WEIR_TRY(require('>'));
      return list_of(element);
    }
    if (written == "map") {
      take_keyword(written);
      WEIR_TRY(require('<'));
      WEIR_ASSIGN(const auto key, type(depth + 1));
      WEIR_TRY(require(','));
      WEIR_ASSIGN(const auto value, element_field(depth));
      WEIR_TRY(require('>'));
      return map_of(key, value);
    }
    if (written == "struct") {
      take_keyword(written);
      WEIR_TRY(require('<'));
      if (take('>'))
        return struct_of({});
      WEIR_ASSIGN(auto made, members(depth + 1));
      WEIR_TRY(require('>'));
      return struct_of(std::move(made));
    }
    return expected("a type, such as STRING, BIGINT, DOUBLE, DECIMAL(10, 2), TIMESTAMP, ARRAY<...>, MAP<..., ...> or "
                    "STRUCT<...>");
  }

  result<field> element_field(int depth) {
    WEIR_ASSIGN(auto kind, type(depth + 1));
    WEIR_ASSIGN(const auto nullable, constraints());
    return field{"item", std::move(kind), nullable};
  }

  /// Without parameters DECIMAL(10, 0), as in SQL.
  result<data_type> decimal_type(std::string_view keyword) {
    const auto begin = at_;
    take_keyword(keyword);
    int precision = 10;
    int scale = 0;
    if (take('(')) {
      WEIR_ASSIGN(precision, number());
      if (take(',')) {
        WEIR_ASSIGN(scale, number());
      }
      WEIR_TRY(require(')'));
    }
    if (precision < 1 || precision > max_decimal_digits || scale > precision)
      return fail(begin, "decimal(" + std::to_string(precision) + ", " + std::to_string(scale) +
                             "): a decimal has 1 to 38 digits, 0 to all of them after the point");
    return decimal_of(precision, scale);
  }

  result<int> number() {
    const auto digits = word();
    if (digits.empty() || digits.size() > 4 ||
        !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
      return expected("a number of digits");
    int value = 0;
    for (const auto c : digits)
      value = value * 10 + (c - '0');
    at_ += digits.size();
    skip_blanks();
    return value;
  }

  result<data_type> interval() {
    const auto begin = at_;
    take_keyword("interval");
    if (take_keyword("day") && take_keyword("to") && take_keyword("second"))
      return duration_type;
    return fail(begin, "of the intervals only INTERVAL DAY TO SECOND is supported");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

result<data_type> data_type::parse(std::string_view text) { return schema_parser{text}.whole_type(); }

result<schema> schema::parse(std::string_view text) { return schema_parser{text}.whole_schema(); }

}  // namespace weir
