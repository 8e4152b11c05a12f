#include "catch.hpp"

#include <bit>
#include <random>

#include <arrow/api.h>

#include <boost/json.hpp>

#include <weir/columns/column_writer.hpp>
#include <weir/columns/decimal.hpp>
#include <weir/columns/text.hpp>
#include <weir/expressions/json.hpp>
#include <weir/expressions/json/lines.hpp>
#include <weir/expressions/parsed/parsed_column.hpp>

#include "test_seed.hpp"

namespace {

using id = weir::data_type::id;

class chance {
public:
  explicit chance(std::uint64_t seed) : random_{seed} {}
  std::uint64_t bits() { return random_(); }
  std::size_t below(std::size_t end) { return random_() % end; }
  bool one_in(std::size_t n) { return below(n) == 0; }

  std::string text() {
    static const std::vector<std::string> pieces{"a",    "Zz9",  "\"", "\\",     "/",      "\n",         "\t",
                                                 "\x01", "\x7f", " ",  "\u00e9", "\u20ac", "\U0001F600", "{",
                                                 "}",    "[",    "]",  "null",   ""};
    std::string out;
    for (auto count = below(6); count > 0; --count)
      out += pieces[below(pieces.size())];
    return out;
  }
  /// A scalar, or a nested type where `depth` allows one.
  weir::data_type type(std::size_t depth) {
    switch (below(depth == 0 ? 12 : 16)) {
    case 0: return weir::boolean;
    case 1: return weir::int8;
    case 2: return weir::int16;
    case 3: return weir::int32;
    case 4: return weir::int64;
    case 5: return weir::float32;
    case 6: return weir::float64;
    case 7: {
      const auto precision = 1 + static_cast<int>(below(38));
      return weir::decimal_of(precision, static_cast<int>(below(static_cast<std::size_t>(precision) + 1)));
    }
    case 8: return weir::binary;
    case 9: return weir::date_type;
    case 10: return weir::timestamp_type;
    case 11: return one_in(2) ? weir::utf8 : weir::duration_type;
    case 12: return weir::list_of({"element", type(depth - 1), true});
    case 13: return weir::map_of(weir::utf8, {"value", type(depth - 1), true});
    default: return structure(depth - 1);
    }
  }
  weir::data_type structure(std::size_t depth) {
    std::vector<weir::field> members;
    for (auto count = below(5); count > 0; --count)
      members.push_back({"m" + std::to_string(count) + text(), type(depth), true});
    return weir::struct_of(std::move(members));
  }

private:
  std::mt19937_64 random_;
};

void append_random(weir::detail::parsed_column& column, chance& random, bool may_be_null = true) {
  if (may_be_null && random.one_in(6))
    return column.append_null();
  const auto bits = random.bits();
  switch (column.kind()) {
  case id::boolean: return column.append_bool((bits & 1U) != 0);
  case id::int8: return column.append_fixed(static_cast<std::int8_t>(bits));
  case id::int16: return column.append_fixed(static_cast<std::int16_t>(bits));
  case id::int32: return column.append_fixed(static_cast<std::int32_t>(bits));
  case id::int64:
  case id::duration_us: return column.append_fixed(static_cast<std::int64_t>(bits));
  case id::float32: return column.append_fixed(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  case id::float64: return column.append_fixed(std::bit_cast<double>(bits));
  case id::decimal: {
    const auto limit = weir::power_of_ten(column.type().precision());
    const auto value = (static_cast<weir::int128>(bits >> 1U) * static_cast<weir::int128>(random.bits() >> 1U)) % limit;
    return column.append_fixed(weir::decimal_bits::of((bits & 1U) != 0 ? value : -value));
  }
  case id::utf8: return column.append_text(random.text());
  case id::binary: {
    std::string bytes;
    for (auto count = random.below(9); count > 0; --count)
      bytes += static_cast<char>(random.bits());
    return column.append_text(bytes);
  }
  // Years 1 to 9999, and some beyond, up to the last of std::chrono.
  case id::date:
    return column.append_fixed(static_cast<std::int32_t>(bits % (random.one_in(4) ? 11'900'000 : 3'652'059)) - 719'162);
  case id::timestamp_us: {
    const auto millis =
        static_cast<std::int64_t>(bits % (random.one_in(4) ? 1'028'000'000'000'000 : 315'537'897'600'000));
    return column.append_fixed((millis - 62'135'596'800'000) * 1000);
  }
  case id::structure:
    for (auto& child : column.children())
      append_random(child, random);
    return column.end_structure();
  case id::list:
    for (auto count = random.below(4); count > 0; --count)
      append_random(column.elements(), random);
    return column.end_list();
  case id::map:
    for (auto count = random.below(4); count > 0; --count) {
      append_random(column.elements().children()[0], random, false);
      append_random(column.elements().children()[1], random);
    }
    return column.end_list();
  }
}

std::shared_ptr<arrow::Array> texts(const std::vector<std::string>& documents) {
  weir::column_writer<std::string> writer;
  for (const auto& one : documents)
    writer.append(one);
  return writer.finish();
}

std::string shown(const arrow::Array& column, const weir::data_type& type, std::int64_t row) {
  std::string out;
  weir::append_json_value(*column.data(), {"value", type, true}, row, {.not_finite_as_text = true}, out);
  return out;
}

/// A value of a random shape, without regard to any type.
boost::json::value random_value(chance& random, std::size_t depth) {
  switch (random.below(depth == 0 ? 7 : 10)) {
  case 0: return nullptr;
  case 1: return random.one_in(2);
  case 2: return static_cast<std::int64_t>(random.bits());
  case 3: return static_cast<std::int64_t>(random.below(300)) - 150;
  case 4: return static_cast<double>(random.below(1000)) / 8 + 0.0625;
  case 5:
  case 6: return boost::json::string{random.text()};
  case 7: {
    boost::json::array values;
    for (auto count = random.below(4); count > 0; --count)
      values.push_back(random_value(random, depth - 1));
    return values;
  }
  default: {
    boost::json::object members;
    for (auto count = random.below(5); count > 0; --count)
      members[std::string(1, static_cast<char>('a' + random.below(6)))] = random_value(random, depth - 1);
    return members;
  }
  }
}

/// What a value is as a column of the type, as JSON; nothing where it does not fit.
std::optional<std::string> model(const boost::json::value& value, const weir::data_type& type) {
  if (value.is_null())
    return "null";
  std::string out;
  switch (type.kind()) {
  case id::boolean:
    if (!value.is_bool())
      return std::nullopt;
    return value.get_bool() ? "true" : "false";
  case id::int8:
    if (!value.is_int64() || !std::in_range<std::int8_t>(value.get_int64()))
      return std::nullopt;
    return std::to_string(value.get_int64());
  case id::int64:
    if (!value.is_int64())
      return std::nullopt;
    return std::to_string(value.get_int64());
  case id::float64:
    if (!value.is_number())
      return std::nullopt;
    weir::append_number(value.to_number<double>(), out);
    return out;
  case id::utf8: {
    weir::column_writer<std::string> writer;
    writer.append(value.is_string() ? std::string{value.get_string()} : boost::json::serialize(value));
    return shown(*writer.finish(), weir::utf8, 0);
  }
  case id::list:
    if (!value.is_array())
      return std::nullopt;
    for (const auto& element : value.get_array()) {
      const auto text = model(element, type.children().front().type);
      if (!text)
        return std::nullopt;
      out += (out.empty() ? "" : ",") + *text;
    }
    return "[" + out + "]";
  case id::map:
    if (!value.is_object())
      return std::nullopt;
    for (const auto& member : value.get_object()) {
      const auto text = model(member.value(), type.children()[1].type);
      if (!text)
        return std::nullopt;
      out += (out.empty() ? "\"" : ",\"") + std::string{member.key()} + "\":" + *text;
    }
    return "{" + out + "}";
  case id::structure:
    if (!value.is_object())
      return std::nullopt;
    for (const auto& member : type.children()) {
      const auto* const found = value.get_object().if_contains(member.name);
      out += (out.empty() ? "\"" : ",\"") + member.name +
             "\":" + (found == nullptr ? "null" : model(*found, member.type).value_or("null"));
    }
    return "{" + out + "}";
  default: return std::nullopt;
  }
}

weir::data_type mixed_type() {
  const auto inner =
      weir::struct_of({{"b", weir::utf8}, {"a", weir::int8}, {"f", weir::list_of({"element", weir::utf8})}});
  return weir::struct_of({{"a", weir::int64},
                          {"b", weir::list_of({"element", inner})},
                          {"c", weir::utf8},
                          {"d", weir::map_of(weir::utf8, {"value", weir::list_of({"element", weir::float64})})},
                          {"e", inner},
                          {"f", weir::boolean}});
}

}  // namespace

TEST_CASE("to_json and from_json: random rows of random types come back") {
  const auto seed = weir_test::test_seed();
  chance random{seed};
  for (int round = 0; round < 300; ++round) {
    const auto type = random.structure(3);
    CAPTURE(seed, round, type.to_string());
    weir::detail::parsed_column column{{"value", type, true}};
    for (auto rows = random.below(40); rows > 0; --rows)
      append_random(column, random);
    const auto values = weir::detail::make_array(column.finish());
    REQUIRE(values->ValidateFull().ok());
    const auto offset = static_cast<std::int64_t>(random.below(static_cast<std::size_t>(values->length()) + 1));
    const auto slice = values->Slice(offset);
    const auto written = weir::to_json(*slice);
    REQUIRE(written.ok());
    const auto read = weir::from_json(**written, type, {.mode = weir::malformed_mode::failfast});
    INFO(read.error().to_string());
    REQUIRE(read.ok());
    REQUIRE((*read)->ValidateFull().ok());
    REQUIRE(slice->Equals(**read, arrow::EqualOptions::Defaults().nans_equal(true).signed_zeros_equal(false)));
  }
}

TEST_CASE("from_json: random documents give what a model over the whole document gives") {
  const auto seed = weir_test::test_seed();
  chance random{seed};
  const auto type = mixed_type();
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> documents;
    std::vector<std::string> expected;
    for (int i = 0; i < 40; ++i) {
      const auto value = random_value(random, 5);
      documents.push_back(boost::json::serialize(value));
      boost::json::value nothing = boost::json::object{};
      expected.push_back(*model(value.is_object() ? value : nothing, type));
    }
    const auto rows = weir::from_json(*texts(documents), type);
    REQUIRE(rows.ok());
    REQUIRE((*rows)->ValidateFull().ok());
    for (std::size_t i = 0; i < documents.size(); ++i) {
      CAPTURE(seed, round, documents[i]);
      REQUIRE(shown(**rows, type, static_cast<std::int64_t>(i)) == expected[i]);
    }
  }
}

TEST_CASE("from_json: damaged documents are refused exactly where they are no JSON, and harm no other row") {
  const auto seed = weir_test::test_seed();
  chance random{seed};
  const auto type = mixed_type();
  const std::string good =
      R"({"a":1,"b":[{"b":"x\u00e9","a":2,"f":["y",{"z":[]}]}],"c":{"d":[1]},"d":{"k":[1.5,2]},"e":{"a":3},"f":true})";
  constexpr std::string_view bytes = "{}[]\",:\\u0019.eE+-tfn\x80\xc3\xff\x01 ";
  for (int round = 0; round < 10'000; ++round) {
    auto document = good;
    for (auto count = 1 + random.below(4); count > 0 && !document.empty(); --count) {
      const auto at = random.below(document.size());
      const auto byte = random.one_in(2) ? bytes[random.below(bytes.size())] : static_cast<char>(random.bits());
      switch (random.below(4)) {
      case 0: document[at] = byte; break;
      case 1: document.insert(at, 1, byte); break;
      case 2: document.erase(at, 1 + random.below(3)); break;
      default: document.insert(at, document.substr(at / 2, random.below(20))); break;
      }
    }
    CAPTURE(seed, round, document);
    boost::json::error_code error;
    boost::json::parse_options options;
    options.max_depth = 64;
    const auto value = boost::json::parse(document, error, {}, options);
    const auto valid = !error && value.is_object();
    auto reader = weir::json_reader::make(weir::schema{}, {.mode = weir::malformed_mode::failfast});
    REQUIRE(reader.ok());
    if (document.find_first_not_of(" \t\r\n") != std::string::npos)
      REQUIRE(reader->append(document).ok() == valid);
    const auto rows = weir::from_json(*texts({good, document, good}), type);
    REQUIRE(rows.ok());
    REQUIRE((*rows)->ValidateFull().ok());
    REQUIRE((*rows)->length() == 3);
    REQUIRE(shown(**rows, type, 0) == shown(**rows, type, 2));
    if (!valid)
      REQUIRE((shown(**rows, type, 1) == *model(boost::json::object{}, type) || (*rows)->IsNull(1)));
  }
}

TEST_CASE("json_lines_reader: any bytes give whole batches") {
  const auto seed = weir_test::test_seed();
  chance random{seed};
  const weir::schema wanted{{"a", weir::list_of({"element", weir::int8})}, {"bad", weir::utf8}, {"b", weir::utf8}};
  auto lines = weir::json_lines_reader::make(wanted, {.corrupt_record_column = "bad"});
  REQUIRE(lines.ok());
  constexpr std::string_view pieces[] = {"{", "}", "[",  "]",  "\"a\":", "\"b\":", "\"",
                                         ",", "1", "\n", "\\", "\xff",   "null",   " "};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto count = random.below(60); count > 0; --count)
      text += pieces[random.below(std::size(pieces))];
    CAPTURE(seed, round, text);
    const auto taken = lines->append(text, true);
    REQUIRE(taken.ok());
    REQUIRE(*taken == text.size());
    REQUIRE(lines->finish()->ValidateFull().ok());
  }
}
