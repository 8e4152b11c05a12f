#include "catch.hpp"

#include <boost/describe.hpp>

#include <weir/columns/row_codec.hpp>

namespace {

struct tiny_row {
  std::int8_t n = 0;
};
BOOST_DESCRIBE_STRUCT(tiny_row, (), (n))

struct byte_row {
  std::uint8_t n = 0;
};
BOOST_DESCRIBE_STRUCT(byte_row, (), (n))

struct narrow_parts {
  std::int8_t a = 0;
  std::optional<std::int16_t> b;
  std::optional<std::int32_t> c;
  float d = 0;
  std::vector<std::int16_t> e;
  std::map<std::int8_t, float> f;
  weir::decimal<10, 2> g;
  std::optional<weir::decimal<5, 0>> h;
};
BOOST_DESCRIBE_STRUCT(narrow_parts, (), (a, b, c, d, e, f, g, h))

struct wide_parts {
  std::int16_t a = 0;
  std::optional<std::int32_t> b;
  std::optional<std::int64_t> c;
  double d = 0;
  std::vector<std::int64_t> e;
  std::map<std::int32_t, double> f;
  weir::decimal<12, 4> g;
  std::optional<weir::decimal<5, 0>> h;
  bool operator==(const wide_parts&) const = default;
};
BOOST_DESCRIBE_STRUCT(wide_parts, (), (a, b, c, d, e, f, g, h))

}  // namespace

TEST_CASE("columns are read as wider types that lose nothing, whole and sliced") {
  using weir::decimal;
  std::vector<narrow_parts> rows;
  std::vector<wide_parts> expected;
  for (int i = 0; i < 100; ++i) {
    const auto sign = i % 2 == 0 ? 1 : -1;
    narrow_parts one;
    one.a = static_cast<std::int8_t>(sign * i);
    if (i % 3 != 0)
      one.b = static_cast<std::int16_t>(sign * i * 300);
    if (i % 5 != 0)
      one.c = sign * i * 20'000'000;
    one.d = static_cast<float>(i) / 3;
    for (int n = 0; n < i % 4; ++n)
      one.e.push_back(static_cast<std::int16_t>(n - i));
    one.f[static_cast<std::int8_t>(-i)] = static_cast<float>(i) / 7;
    one.g = decimal<10, 2>::from_unscaled(sign * i * 1234);
    if (i % 2 == 0)
      one.h = decimal<5, 0>{i};
    wide_parts wider{one.a, one.b, one.c, one.d, {one.e.begin(), one.e.end()}, {one.f.begin(), one.f.end()}, {}, one.h};
    wider.g = decimal<12, 4>::from_unscaled(one.g.unscaled() * 100);
    rows.push_back(one);
    expected.push_back(wider);
  }
  REQUIRE(weir::check_row_type<wide_parts>(weir::row_schema<narrow_parts>()).ok());
  const auto made = [&] {
    weir::row_writer<narrow_parts> writer;
    for (const auto& row : rows)
      writer.append(row);
    return writer.finish();
  }();
  for (const auto& [begin, length] : {std::pair{0, 100}, {13, 40}}) {
    const auto slice = made.slice(begin, length);
    weir::row_reader<wide_parts> reader{slice};
    for (std::int64_t i = 0; i < length; ++i)
      REQUIRE(reader.read(i) == expected[static_cast<std::size_t>(begin + i)]);
  }
}

TEST_CASE("a type widens only where nothing is lost") {
  using weir::decimal_of;
  using weir::widens_to;
  CHECK(widens_to(weir::int8, weir::float32));
  CHECK(widens_to(weir::int32, weir::float64));
  CHECK(widens_to(decimal_of(10, 2), decimal_of(12, 4)));
  CHECK(widens_to(decimal_of(10, 2), decimal_of(38, 2)));
  CHECK_FALSE(widens_to(weir::int16, weir::int8));
  CHECK_FALSE(widens_to(weir::int32, weir::float32));
  CHECK_FALSE(widens_to(weir::int64, weir::float64));
  CHECK_FALSE(widens_to(weir::float64, weir::float32));
  CHECK_FALSE(widens_to(decimal_of(10, 2), decimal_of(10, 4)));
  CHECK_FALSE(widens_to(decimal_of(10, 2), decimal_of(10, 1)));
  CHECK_FALSE(widens_to(weir::date_type, weir::int32));
  CHECK_FALSE(widens_to(weir::int64, weir::timestamp_type));
  CHECK(weir::check_row_type<tiny_row>({{"n", weir::int32, false}}).message() ==
        "column 'n': expected int8 not null, got int32 not null");
  CHECK(weir::check_row_type<byte_row>({{"n", weir::int8, false}}).ok());
  CHECK_THAT(weir::check_row_type<wide_parts>(
                 weir::schema{{"a", weir::int16, false},
                              {"b", weir::int32},
                              {"c", weir::int64},
                              {"d", weir::float64, false},
                              {"e", weir::list_of({"item", weir::int64, false}), false},
                              {"f", weir::map_of(weir::int64, {"value", weir::float64, false}), false}})
                 .message(),
             Catch::Contains("column 'f.key': expected int32 not null, got int64 not null"));
}
