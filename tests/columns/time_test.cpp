#include "catch.hpp"

#include <weir/columns/time.hpp>

namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

microseconds parsed(std::string_view text) {
  INFO(text);
  const auto made = weir::parse_interval(text);
  REQUIRE(made.ok());
  return *made;
}

}  // namespace

// C042, W02
TEST_CASE("C042: every form of an interval") {
  CHECK(parsed("3 days") == 72h);
  CHECK(parsed("Interval 3 day") == 72h);
  CHECK(parsed("inTerval '3' day") == 72h);
  CHECK(parsed(" 5 hours") == 5h);
  CHECK(parsed("\t8 minutes") == 8min);
  CHECK(parsed("1 years") == 372 * 24h);
  CHECK(parsed("1 months") == 31 * 24h);
  CHECK(parsed("interval '1 2:3:4' day to second") == 93784s);
  CHECK(parsed(" 1 year 2 months") == 434 * 24h);
  CHECK(parsed("interval '1-2' year to month") == 434 * 24h);
  CHECK(parsed("10 seconds") == 10s);
  CHECK(parsed("1.5 seconds") == 1500ms);
  CHECK(parsed("-1.25 second") == -1250ms);
  CHECK(parsed("interval 1 week 2 milliseconds 3 microseconds") == 168h + 2ms + 3us);
  CHECK(parsed("1 year -13 months") == -31 * 24h);
  CHECK(parsed("interval '-1 2:3:4.5' day to second") == -93784500ms);
}

TEST_CASE("C042: what is no interval is refused with its text") {
  for (const auto* text : {"1 foo",
                           "interva 2 day",
                           "interval '5' foo",
                           "interval '1 2:3:4' day to hour",
                           "",
                           "interval",
                           "day",
                           "1",
                           "1 day 2",
                           "'1 day",
                           "1.5 days",
                           "+-5 days",
                           "1.+5 seconds",
                           "0x1 days",
                           "9223372036854775807 days",
                           "999999999999 years",
                           "interval '1-12' year to month",
                           "interval '1 24:0:0' day to second",
                           "1e3 seconds",
                           "- 1 day"}) {
    INFO(text);
    const auto made = weir::parse_interval(text);
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().code() == weir::errc::invalid_argument);
    CHECK_THAT(made.error().message(), Catch::StartsWith("'" + std::string{text} + "' is no interval"));
  }
}

TEST_CASE("C042: a delay is not negative") {
  for (const auto* text : {"-1 year", "1 year -13 months", "1 month -40 days", "-10 seconds"}) {
    INFO(text);
    CHECK_THAT(weir::parse_delay(text).error().message(), Catch::Contains("should not be negative"));
  }
  CHECK(*weir::parse_delay("0 seconds") == 0us);
  CHECK(*weir::parse_delay("1 month -30 days") == 24h);
}

TEST_CASE("a trigger's interval has no months and is not negative") {
  CHECK(*weir::parse_trigger_interval("2 minutes") == 2min);
  CHECK_THAT(weir::parse_trigger_interval("1 month").error().message(), Catch::Contains("month or year"));
  CHECK_THAT(weir::parse_trigger_interval("-1 second").error().message(), Catch::Contains("should not be negative"));
}

TEST_CASE("an interval is shown exactly", "[time]") {
  CHECK(weir::format_interval(0s) == "0s");
  CHECK(weir::format_interval(1250ms) == "1250ms");
  CHECK(weir::format_interval(90s) == "90s");
  CHECK(weir::format_interval(-7us) == "-7us");
}

TEST_CASE("times as ISO text and back") {
  CHECK(weir::format_iso(weir::timestamp{1s}) == "1970-01-01T00:00:01.000Z");
  CHECK(weir::format_iso(weir::timestamp{-1us}) == "1969-12-31T23:59:59.999Z");
  CHECK(weir::format_iso(weir::timestamp{1'700'000'000'123'456us}) == "2023-11-14T22:13:20.123Z");
  CHECK(*weir::parse_iso("2023-11-14T22:13:20.123456Z") == weir::timestamp{1'700'000'000'123'456us});
  CHECK(*weir::parse_iso("2023-11-14 22:13:20") == weir::timestamp{1'700'000'000s});
  CHECK(*weir::parse_iso("2024-02-29T00:00:00Z") == weir::timestamp{1'709'164'800s});
  for (const auto* text : {"", "2023-02-29T00:00:00Z", "2023-11-14", "2023-11-14T24:00:00Z", "2023-11-14T22:60:00Z",
                           "2023-11-14T22:13:20.Z", "2023-11-14T22:13:60Z", "2023-11-14T22:13:20+01:00",
                           "2023-11-1xT22:13:20Z", "2023-11-14T22:13:20.1234567890Z"}) {
    INFO(text);
    const auto made = weir::parse_iso(text);
    REQUIRE_FALSE(made.ok());
    CHECK_THAT(made.error().message(), Catch::Contains(text));
  }
}

TEST_CASE("durations for people") {
  CHECK(weir::format_duration(0us) == "0 us");
  CHECK(weir::format_duration(999us) == "999 us");
  CHECK(weir::format_duration(1500us) == "1.5 ms");
  CHECK(weir::format_duration(2s) == "2 s");
  CHECK(weir::format_duration(123s) == "2 min 3 s");
  CHECK(weir::format_duration(-1h) == "-1 h");
  CHECK(weir::format_duration(28h + 5min) == "1 d 4 h");
  CHECK_FALSE(weir::format_duration(microseconds::min()).empty());
}

TEST_CASE("the ends of time can be formatted") {
  CHECK(weir::format_iso(weir::timestamp{std::chrono::sys_days{std::chrono::year{12026} / 1 / 2}}) ==
        "+12026-01-02T00:00:00.000Z");
  CHECK_FALSE(weir::format_iso(weir::timestamp::min()).empty());
  CHECK_FALSE(weir::format_iso(weir::timestamp::max()).empty());
}
