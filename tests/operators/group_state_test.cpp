// C075 and C076: what a group function may do with its state.
#include "catch.hpp"

#include <weir/operators/group_state.hpp>

using namespace std::chrono_literals;
using weir::group_timeout;
using weir::timestamp;

namespace {

timestamp at(std::int64_t millis) { return timestamp{std::chrono::milliseconds{millis}}; }

weir::group_context context(group_timeout timeout) { return {timeout, at(1000), at(1000), true}; }

using state = weir::group_state<std::string>;

}  // namespace

TEST_CASE("C076 exists, get, update and remove", "[group_state]") {
  const auto none = context(group_timeout::none);
  state one{none, false, nullptr};
  CHECK_FALSE(one.exists());
  CHECK_THROWS_AS(one.get(), weir::state_error);
  CHECK_FALSE(one.get_option());
  one.update("");
  CHECK(one.exists());
  CHECK(one.is_updated());
  one.remove();
  CHECK_FALSE(one.exists());
  CHECK(one.is_removed());
  CHECK_FALSE(one.is_updated());
  one.remove();
  one.update("4");
  CHECK(one.get() == "4");
  CHECK(one.is_updated());
  CHECK_FALSE(one.is_removed());
  CHECK_FALSE(one.has_timed_out());
  CHECK_THROWS_AS(one.set_timeout_duration(1s), weir::state_error);
  CHECK_THROWS_AS(one.set_timeout_timestamp(at(5000)), weir::state_error);
}

TEST_CASE("C076 processing-time timeouts", "[group_state]") {
  const auto processing = context(group_timeout::processing_time);
  state one{processing, false, nullptr};
  one.set_timeout_duration("-1 month 31 days 1 second");
  CHECK(one.timeout() == at(2000));
  one.set_timeout_duration(500ms);
  CHECK(one.timeout() == at(1500));
  one.update("x");
  CHECK(one.timeout() == at(1500));
  one.set_timeout_duration("2 second");
  CHECK(one.timeout() == at(3000));
  one.remove();
  CHECK(one.timeout() == at(3000));
  CHECK_THROWS_AS(one.set_timeout_timestamp(at(5000)), weir::state_error);
  state other{processing, false, nullptr};
  for (const auto* const bad : {"-2 second", "-1 month", "1 month -31 day"})
    CHECK_THROWS_AS(other.set_timeout_duration(bad), weir::state_error);
  CHECK_THROWS_AS(other.set_timeout_duration(-1000ms), weir::state_error);
  CHECK_THROWS_AS(other.set_timeout_duration(0ms), weir::state_error);
  CHECK_FALSE(other.timeout());
}

TEST_CASE("C075, C076 event-time timeouts", "[group_state]") {
  const auto event = context(group_timeout::event_time);
  state one{event, false, nullptr};
  one.set_timeout_timestamp(at(5000));
  CHECK(one.timeout() == at(5000));
  one.set_timeout_timestamp(at(5000), "5 seconds");
  CHECK(one.timeout() == at(10000));
  one.set_timeout_timestamp(at(1000));  // equal to the watermark
  CHECK(one.timeout() == at(1000));
  CHECK_THROWS_WITH(one.set_timeout_timestamp(at(999)),
                    Catch::Contains("cannot be earlier than the current watermark"));
  CHECK(one.timeout() == at(1000));
  CHECK_THROWS_AS(one.set_timeout_duration(1s), weir::state_error);
  state other{event, false, nullptr};
  CHECK_THROWS_AS(other.set_timeout_timestamp(at(-10000)), weir::state_error);
  for (const auto* const bad : {"-3 second", "-1 month", "1 month -32 day"})
    CHECK_THROWS_AS(other.set_timeout_timestamp(at(10000), bad), weir::state_error);
  CHECK_FALSE(other.timeout());
  CHECK(other.current_watermark() == at(1000));
}
