// The machine's clock when the time of day is changed under it.
#include "catch.hpp"

#include <atomic>
#include <future>

#include <weir/state/clock.hpp>

using namespace std::chrono_literals;
using namespace weir;

namespace {

constexpr auto long_enough = std::chrono::seconds{60};

/// The time of day as an administrator would set it.
struct time_of_day {
  std::shared_ptr<std::atomic<std::chrono::seconds>> shift = std::make_shared<std::atomic<std::chrono::seconds>>(0s);
  std::chrono::system_clock::time_point operator()() const { return std::chrono::system_clock::now() + shift->load(); }
};

}  // namespace

TEST_CASE("an alarm rings although the time of day is set back") {
  const time_of_day wall;
  const auto clock = make_system_clock(wall);
  std::promise<void> rung;
  clock->set_alarm(clock->now() + 50ms, [&] { rung.set_value(); });
  *wall.shift = -3600s;
  CHECK(rung.get_future().wait_for(long_enough) == std::future_status::ready);
}

TEST_CASE("an alarm never rings before its time, and alarms ring in order") {
  const auto clock = make_system_clock();
  std::promise<void> last;
  std::atomic<int> early = 0;
  std::vector<int> order;  // of the clock's thread
  const auto begin = clock->now();
  for (int i = 9; i >= 0; --i)
    clock->set_alarm(begin + i * 3ms, [&, i, time = begin + i * 3ms] {
      early += clock->now() < time ? 1 : 0;
      order.push_back(i);
      if (i == 9)
        last.set_value();
    });
  REQUIRE(last.get_future().wait_for(long_enough) == std::future_status::ready);
  CHECK(early == 0);
  CHECK(order == std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}
