#include "catch.hpp"

#include <limits>
#include <stdexcept>

#include <weir/columns/date.hpp>
#include <weir/columns/decimal.hpp>

#include "sample_rows.hpp"

namespace {

template <int P, int S>
std::string shown(std::string_view text) {
  const auto made = weir::decimal<P, S>::parse(text);
  return made.ok() ? made->to_string() : made.error().message();
}

const std::string nines(38, '9');

}  // namespace

TEST_CASE("decimals: texts are read exactly and shown with all digits") {
  CHECK(shown<10, 2>("19.90") == "19.90");
  CHECK(shown<10, 2>("-.5") == "-0.50");
  CHECK(shown<10, 2>("+1e3") == "1000.00");
  CHECK(shown<10, 2>("1200E-4") == "0.12");
  CHECK(shown<10, 2>("1.") == "1.00");
  CHECK(shown<10, 2>("0.0000e99") == "0.00");
  CHECK(shown<10, 2>("000000000000001.2500") == "1.25");
  CHECK(shown<3, 3>("0.005") == "0.005");
  CHECK(shown<38, 0>(nines) == nines);
  CHECK(shown<38, 38>("-0." + nines) == "-0." + nines);
  CHECK(weir::decimal<5, 1>{-12}.to_string() == "-12.0");
}

TEST_CASE("decimals: what does not fit is refused by name") {
  CHECK(shown<5, 2>("1000") == "'1000' has too many digits for decimal(5, 2)");
  CHECK(shown<5, 2>("0.005") == "'0.005' has more digits after the point than decimal(5, 2)");
  CHECK(shown<5, 2>("1e2147483647") == "'1e2147483647' has too many digits for decimal(5, 2)");
  CHECK(shown<38, 0>("1" + nines) == "'1" + nines + "' has too many digits for decimal(38, 0)");
  for (const auto* text : {"", "-", ".", "abc", "1e", "1e+", "1e+-3", "1.2.3", "1 ", "0x10", "1e99999999999", "--1"})
    CHECK(shown<5, 2>(text) == "'" + std::string{text} + "' is no number of type decimal(5, 2)");
  CHECK_THROWS_AS((weir::decimal<5, 2>{1000}), std::out_of_range);
  CHECK_THROWS_AS((weir::decimal<5, 2>{std::numeric_limits<std::uint64_t>::max()}), std::out_of_range);
  CHECK_THROWS_AS((weir::decimal<5, 2>::from_unscaled(100'000)), std::out_of_range);
  CHECK_THROWS_AS((weir::decimal<38, 0>::from_unscaled(weir::power_of_ten(38))), std::out_of_range);
}

TEST_CASE("decimals: random values print and parse back, in the numbers' order") {
  const auto seed = GENERATE(1U, 2U);
  INFO("seed " << seed);
  sample::generator random{seed};
  for (int i = 0; i < 2000; ++i) {
    const auto one = weir::decimal<38, 6>::from_unscaled(weir::int128{random.integer()} * random.integer() / 2);
    const auto other = weir::decimal<38, 6>::from_unscaled(random.integer());
    REQUIRE(*weir::decimal<38, 6>::parse(one.to_string()) == one);
    REQUIRE((one < other) == (one.unscaled() < other.unscaled()));
    REQUIRE(weir::decimal_bits::of(one.unscaled()).value() == one.unscaled());
  }
}

TEST_CASE("decimals: another scale rounds half away from zero") {
  const auto at = [](int value, int from, int to) {
    weir::int128 made = value;
    REQUIRE(weir::rescale_decimal(made, from, 38, to));
    return static_cast<int>(made);
  };
  CHECK(at(125, 2, 1) == 13);
  CHECK(at(-125, 2, 1) == -13);
  CHECK(at(124, 2, 1) == 12);
  CHECK(at(5, 1, 0) == 1);
  CHECK(at(12, 1, 3) == 1200);
  weir::int128 large = weir::power_of_ten(37);
  CHECK_FALSE(weir::rescale_decimal(large, 0, 38, 1));
  CHECK_FALSE(weir::rescale_decimal(large, 0, 38, 38));
  CHECK(large == weir::power_of_ten(37));
}

TEST_CASE("dates: texts and days, beyond the years of std::chrono too") {
  using weir::format_date;
  using weir::parse_date;
  CHECK(format_date(0) == "1970-01-01");
  CHECK(format_date(19753) == "2024-01-31");
  CHECK(format_date(-719528) == "0000-01-01");
  CHECK(format_date(-719529) == "-0001-12-31");
  CHECK(format_date(2932897) == "+10000-01-01");
  CHECK(format_date(std::numeric_limits<std::int32_t>::max()) == "+5881580-07-11");
  CHECK(format_date(std::numeric_limits<std::int32_t>::min()) == "-5877641-06-23");
  CHECK(*parse_date("2024-02-29") == 19782);
  for (const auto* text : {"", "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-00", "24-01-01", "2024-1-1",
                           "2024-01-01Z", "2024-01-0x", "+9999999-01-01", "1900-02-29"})
    CHECK(parse_date(text).error().code() == weir::errc::invalid_argument);
  sample::generator random{8};
  for (int i = 0; i < 5000; ++i) {
    const auto days = static_cast<std::int32_t>(random.integer());
    REQUIRE(*parse_date(format_date(days)) == days);
    const std::chrono::year_month_day known{std::chrono::sys_days{std::chrono::days{days % 5'000'000}}};
    const auto text = format_date(days % 5'000'000);
    REQUIRE(text.ends_with("-" + std::string(static_cast<unsigned>(known.day()) < 10 ? "0" : "") +
                           std::to_string(static_cast<unsigned>(known.day()))));
  }
}
