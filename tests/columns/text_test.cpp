#include "catch.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include <arrow/api.h>

#include <weir/columns/display.hpp>
#include <weir/columns/row_codec.hpp>
#include <weir/columns/text.hpp>
#include <weir/columns/utf8.hpp>

#include "sample_rows.hpp"

namespace {

using namespace std::chrono_literals;

struct line {
  std::optional<std::string> text;
  std::optional<double> amount;
  bool flag = false;
  std::optional<weir::timestamp> time;
  std::optional<sample::place> place;
  std::vector<std::optional<std::int64_t>> scores;
};
BOOST_DESCRIBE_STRUCT(line, (), (text, amount, flag, time, place, scores))

struct exact_line {
  weir::decimal<38, 2> price;
  std::chrono::sys_days day;
  float ratio = 0;
  std::map<std::chrono::sys_days, std::vector<int>> by_day;
};
BOOST_DESCRIBE_STRUCT(exact_line, (), (price, day, ratio, by_day))

weir::batch batch_of(const std::vector<line>& rows) {
  weir::row_writer<line> writer;
  for (const auto& row : rows)
    writer.append(row);
  return writer.finish();
}

std::string formatted(std::unique_ptr<weir::row_formatter> formatter, const weir::batch& rows) {
  std::string out;
  formatter->bind(rows);
  for (std::int64_t i = 0; i < rows.num_rows(); ++i)
    formatter->append(i, out);
  return out;
}

template <class T>
std::string shown(const T& value) {
  weir::row_writer<T> writer;
  writer.append(value);
  return weir::display_cell(writer.finish(), 0, 0);
}

std::string json_text(std::string_view text) {
  weir::row_writer<std::string> writer;
  writer.append(std::string{text});
  return weir::json_row(*writer.finish().arrow(), 0);
}

const line full{"anna", 0.1, true, weir::timestamp{1500ms}, sample::place{7, "x"}, {1, std::nullopt}};

}  // namespace

TEST_CASE("JSON lines: schema order, nested, nulls, slices") {
  const auto rows = batch_of({{}, full, {"b", 5, false, std::nullopt, sample::place{1, std::nullopt}, {}}});
  const auto expected =
      R"({"text":"anna","amount":0.1,"flag":true,"time":"1970-01-01T00:00:01.500Z","place":{"id":7,"name":"x"},"scores":[1,null]})"
      "\n"
      R"({"text":"b","amount":5,"flag":false,"time":null,"place":{"id":1,"name":null},"scores":[]})"
      "\n";
  CHECK(formatted(weir::make_json_formatter(), rows.slice(1, 2)) == expected);
  CHECK(weir::json_row(*rows.arrow(), 0) ==
        R"({"text":null,"amount":null,"flag":false,"time":null,"place":null,"scores":[]})");
}

TEST_CASE("JSON: what a text may hold") {
  CHECK(json_text("a\"b\\c\n\t\r\x01") == R"({"value":"a\"b\\c\n\t\r\u0001"})");
  CHECK(json_text("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80") == "{\"value\":\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80\"}");
  // One replacement character for each byte that begins no valid character.
  CHECK(json_text("a\xFFz") == "{\"value\":\"a\xEF\xBF\xBDz\"}");
  CHECK(json_text("\xED\xA0\x80") == "{\"value\":\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"}");
  CHECK(json_text("cut \xE2\x82") == "{\"value\":\"cut \xEF\xBF\xBD\xEF\xBF\xBD\"}");
}

TEST_CASE("JSON: numbers read back the same, others are null") {
  sample::generator random{8};
  weir::row_writer<double> writer;
  std::vector<double> values{0.1, -0.0, 1e300, 5e-324, std::numeric_limits<double>::max()};
  for (int i = 0; i < 200; ++i)
    values.push_back(static_cast<double>(random.integer()) / 3);
  for (const auto value : values)
    writer.append(value);
  writer.append(std::nan(""));
  writer.append(std::numeric_limits<double>::infinity());
  const auto rows = writer.finish();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto text = weir::json_row(*rows.arrow(), static_cast<std::int64_t>(i));
    double back = -1;
    std::from_chars(text.data() + text.find(':') + 1, text.data() + text.size(), back);
    REQUIRE(back == values[i]);
  }
  const auto last = static_cast<std::int64_t>(values.size());
  CHECK(weir::json_row(*rows.arrow(), last) == R"({"value":null})");
  CHECK(weir::json_row(*rows.arrow(), last + 1) == R"({"value":null})");
}

TEST_CASE("JSON and CSV: decimals, dates, floats and maps") {
  weir::row_writer<exact_line> writer;
  using weir::decimal;
  writer.append({*decimal<38, 2>::parse("123456789012345678901234567890123456.70"),
                 std::chrono::sys_days{std::chrono::days{-1}},
                 0.1F,
                 {{std::chrono::sys_days{}, {1}}, {std::chrono::sys_days{std::chrono::days{1}}, {}}}});
  writer.append({{}, {}, std::numeric_limits<float>::infinity(), {}});
  const auto rows = writer.finish();
  CHECK(formatted(weir::make_json_formatter(), rows) ==
        R"({"price":123456789012345678901234567890123456.70,"day":"1969-12-31","ratio":0.1,)"
        R"("by_day":{"1970-01-01":[1],"1970-01-02":[]}})"
        "\n"
        R"({"price":0.00,"day":"1970-01-01","ratio":null,"by_day":{}})"
        "\n");
  CHECK(formatted(weir::make_csv_formatter(), rows.slice(0, 1)) ==
        "123456789012345678901234567890123456.70,1969-12-31,0.1,\"{\"\"1970-01-01\"\":[1],\"\"1970-01-02\"\":[]}\"\n");
}

TEST_CASE("CSV: quoted only where needed") {
  const auto rows = batch_of({full, {"a,\"b\"\nc", 1e300, false, std::nullopt, std::nullopt, {}}});
  CHECK(formatted(weir::make_csv_formatter(), rows) ==
        "anna,0.1,true,1970-01-01T00:00:01.500Z,\"{\"\"id\"\":7,\"\"name\"\":\"\"x\"\"}\",\"[1,null]\"\n"
        "\"a,\"\"b\"\"\nc\",1e+300,false,,,[]\n");
  CHECK(weir::make_csv_formatter(true)->header({{"a", weir::utf8}, {"b,c", weir::utf8}}) == "a,\"b,c\"\n");
  CHECK(weir::make_csv_formatter(false)->header({{"a", weir::utf8}}).empty());
}

TEST_CASE("cells as Spark's show() prints them") {
  CHECK(shown(true) == "true");
  CHECK(shown(5.0) == "5.0");
  CHECK(shown(-0.0) == "-0.0");
  CHECK(shown(0.001) == "0.001");
  CHECK(shown(9999999.0) == "9999999.0");
  CHECK(shown(1e7) == "1.0E7");
  CHECK(shown(1.25e-5) == "1.25E-5");
  CHECK(shown(1.5e300) == "1.5E300");
  CHECK(shown(std::nan("")) == "NaN");
  CHECK(shown(-std::numeric_limits<double>::infinity()) == "-Infinity");
  CHECK(shown(std::int64_t{-3}) == "-3");
  CHECK(shown(weir::timestamp{1s}) == "1970-01-01 00:00:01");
  CHECK(shown(weir::timestamp{1500ms}) == "1970-01-01 00:00:01.5");
  CHECK(shown(weir::timestamp{-1us}) == "1969-12-31 23:59:59.999999");
  CHECK(shown(26h + 3s) == "INTERVAL '1 02:00:03' DAY TO SECOND");
  CHECK(shown(-1500ms) == "INTERVAL '-0 00:00:01.5' DAY TO SECOND");
  CHECK_FALSE(shown(weir::timestamp::min()).empty());
  CHECK_FALSE(shown(std::chrono::microseconds::min()).empty());
  CHECK(shown(0.1F) == "0.1");
  CHECK(shown(1e7F) == "1.0E7");
  CHECK(shown(std::int8_t{-7}) == "-7");
  CHECK(shown(*weir::decimal<10, 3>::parse("-1.5")) == "-1.500");
  CHECK(shown(std::chrono::sys_days{std::chrono::days{19753}}) == "2024-01-31");
  CHECK(shown(std::map<std::string, std::optional<int>>{{"a", 1}, {"b", std::nullopt}}) == "{a -> 1, b -> NULL}");
  CHECK(shown(std::map<int, sample::place>{}) == "{}");
  const auto rows = batch_of({{}, full});
  CHECK(weir::display_cell(rows, 0, 0) == "NULL");
  CHECK(weir::display_cell(rows, 4, 1) == "{7, x}");
  CHECK(weir::display_cell(rows, 5, 1) == "[1, NULL]");
  CHECK(weir::display_cell(rows.slice(1, 1), 0, 0) == "anna");
}

TEST_CASE("the width of a text on a terminal") {
  CHECK(weir::display_width("") == 0);
  CHECK(weir::display_width("gr\xC3\xBC\xC3\x9F") == 4);
  CHECK(weir::display_width("\xE6\x97\xA5\xE6\x9C\xAC") == 4);
  CHECK(weir::display_width("e\xCC\x81") == 1);
  CHECK(weir::display_width("\xF0\x9F\x98\x80") == 2);
  CHECK(weir::display_width("\xFF\xFF") == 2);
}

TEST_CASE("valid_utf8 agrees with reading character by character") {
  CHECK(weir::valid_utf8(""));
  CHECK(weir::valid_utf8("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80"));
  CHECK_FALSE(weir::valid_utf8("\xC0\x80"));
  CHECK_FALSE(weir::valid_utf8("\xED\xA0\x80"));
  CHECK_FALSE(weir::valid_utf8("\xF4\x90\x80\x80"));
  sample::generator random{10};
  // Bytes that make valid and invalid sequences about equally often.
  const std::string_view bytes{"ab\xC3\xA9\x80\xE2\x82\xAC\xF0\x9F\xED\xBF"};
  for (int round = 0; round < 20000; ++round) {
    std::string text(random.below(12), ' ');
    for (auto& c : text)
      c = bytes[random.below(bytes.size())];
    bool valid = true;
    for (std::string_view rest = text; valid && !rest.empty();) {
      const auto next = weir::next_utf8(rest);
      valid = next.size != 0;
      rest.remove_prefix(next.size);
    }
    REQUIRE(weir::valid_utf8(text) == valid);
  }
}
