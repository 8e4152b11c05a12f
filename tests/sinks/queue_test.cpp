#include "catch.hpp"
#include "sinks/sink_test.hpp"

#include <future>

#include <boost/describe.hpp>

#include <weir/sinks/queue.hpp>

using namespace std::chrono_literals;
using namespace weir;
using namespace weir::testing;

namespace {

using number_queue = sinks::queue<int>;

struct place {
  std::string name;
  std::optional<double> height;
};
BOOST_DESCRIBE_STRUCT(place, (), (name, height))

std::vector<std::pair<std::int64_t, int>> take_all(const queue_handle<int>& handle) {
  std::vector<std::pair<std::int64_t, int>> taken;
  while (auto next = handle.try_pop())
    taken.emplace_back(next->epoch.value, next->row);
  return taken;
}

}  // namespace

TEST_CASE("queue: committed rows come in order with their epoch, then it closes", "[queue]") {
  const queue_handle<int> handle;
  sink_host host{number_queue{.handle = handle}.open(), row_schema<int>()};
  CHECK_FALSE(handle.try_pop());
  CHECK_FALSE(handle.pop_for(1ms));
  const auto staged = host.stage<int>(0, {1, 2}, {3});
  CHECK(handle.size() == 0);  // nothing is visible before the commit
  REQUIRE(host.object->commit(epoch_id{0}, staged).ok());
  REQUIRE(host.commit<int>(1, {}).ok());
  REQUIRE(host.commit<int>(2, {4}).ok());
  CHECK(handle.size() == 4);
  CHECK(handle.pop()->row == 1);
  host.stop();
  CHECK_FALSE(handle.closed());
  CHECK(take_all(handle) == std::vector<std::pair<std::int64_t, int>>{{0, 2}, {0, 3}, {2, 4}});
  CHECK(handle.closed());
  CHECK_FALSE(handle.pop());
  CHECK(handle.error().ok());
}

TEST_CASE("queue: rows of a described struct own their data", "[queue]") {
  const queue_handle<place> handle;
  {
    sink_host host{sinks::queue<place>{.handle = handle}.open(), row_schema<place>()};
    REQUIRE(host.commit<place>(0, {{"a name that lies on the heap", 2962}, {"b", std::nullopt}}).ok());
  }
  const auto first = handle.pop();
  const auto second = handle.pop();
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->row.name == "a name that lies on the heap");
  CHECK(first->row.height == 2962);
  CHECK_FALSE(second->row.height);
}

TEST_CASE("queue: pop waits for rows and is released by the end, whose cause can be read", "[queue]") {
  const queue_handle<int> handle;
  auto before = std::async(std::launch::async, [&] { return handle.pop(); });  // no query yet
  sink_host host{number_queue{.handle = handle}.open(), row_schema<int>()};
  REQUIRE(host.commit<int>(0, {5}).ok());
  CHECK(before.get()->row == 5);
  auto after = std::async(std::launch::async, [&] { return handle.pop(); });
  host.stop(status{errc::user_function, "the map threw"});
  CHECK_FALSE(after.get());
  CHECK(handle.error().message() == "the map threw");
}

TEST_CASE("queue: a full one makes the commit wait, whole epochs enter", "[queue]") {
  const queue_handle<int> handle;
  sink_host host{number_queue{.handle = handle, .capacity = 2}.open(), row_schema<int>()};
  REQUIRE(host.commit<int>(0, {1, 2, 3}).ok());  // larger than the queue, and not stranded
  auto waits = std::async(std::launch::async, [&] { return host.commit<int>(1, {4, 5}); });
  CHECK(handle.pop()->row == 1);
  CHECK(waits.wait_for(0ms) == std::future_status::timeout);
  CHECK(handle.size() == 2);
  CHECK(handle.pop()->row == 2);
  CHECK(waits.get().ok());
  CHECK(take_all(handle) == std::vector<std::pair<std::int64_t, int>>{{0, 3}, {1, 4}, {1, 5}});
}

TEST_CASE("queue: the end of the query releases a waiting commit, which has not happened", "[queue]") {
  const queue_handle<int> handle;
  {
    sink_host host{number_queue{.handle = handle, .capacity = 1}.open(), row_schema<int>(), true};
    REQUIRE(host.commit<int>(0, {1}).ok());
    auto waits = std::async(std::launch::async, [&] { return host.commit<int>(1, {2}); });
    host.object->ending({});
    CHECK(waits.get().code() == errc::stopped);
  }
  CHECK_FALSE(handle.closed());
  // The same query again: what the handle has is not taken twice, what it has not is.
  sink_host host{number_queue{.handle = handle, .capacity = 9}.open(), row_schema<int>(), true};
  CHECK((*host.object->last_committed())->value == 0);
  REQUIRE(host.commit<int>(0, {1}).ok());
  REQUIRE(host.commit<int>(1, {2}).ok());
  CHECK(take_all(handle) == std::vector<std::pair<std::int64_t, int>>{{0, 1}, {1, 2}});
}

TEST_CASE("queue: an end that comes before the start is not lost", "[queue]") {
  const queue_handle<int> handle;
  auto late = number_queue{.handle = handle, .capacity = 1}.open();
  (*late)->ending({});
  sink_context context;
  context.query_id = "late";
  context.columns = row_schema<int>();
  REQUIRE((*late)->start(context).ok());
  for (int epoch = 0; epoch < 2; ++epoch) {
    row_writer<int> rows;
    rows.append(1);
    REQUIRE((*late)->stage(epoch_id{epoch}, rows.finish()).ok());
  }
  CHECK((*late)->commit(epoch_id{0}, {}).ok());  // there is room
  CHECK((*late)->commit(epoch_id{1}, {}).code() == errc::stopped);
}

TEST_CASE("queue: options, rows and a second query are refused by name", "[queue]") {
  CHECK(number_queue{.capacity = 0}.open().error().message() ==
        "queue: capacity is 0; it must be a positive number of rows");
  const queue_handle<int> handle;
  sink_host host{number_queue{.handle = handle}.open(), row_schema<int>()};
  sink_context context;
  context.query_id = "another";
  context.columns = row_schema<int>();
  auto second = number_queue{.handle = handle}.open();
  CHECK((*second)->start(context).message().find("used by another query") != std::string::npos);
  (*second)->stop();
  REQUIRE(host.commit<int>(0, {1}).ok());  // the first is untouched
  auto third = number_queue{}.open();
  CHECK((*third)->accepts(row_schema<std::string>()).code() == errc::type_mismatch);
}

TEST_CASE("queue: many threads take every row once", "[queue]") {
  const queue_handle<int> handle;
  sink_host host{number_queue{.handle = handle, .capacity = 16}.open(), row_schema<int>()};
  std::vector<std::future<std::int64_t>> takers;
  for (int i = 0; i < 3; ++i)
    takers.push_back(std::async(std::launch::async, [&] {
      std::int64_t sum = 0;
      while (const auto next = handle.pop())
        sum += next->row;
      return sum;
    }));
  std::int64_t pushed = 0;
  for (int epoch = 0; epoch < 500; ++epoch) {
    REQUIRE(host.commit<int>(epoch, {epoch, epoch + 1, epoch + 2}).ok());
    pushed += 3 * epoch + 3;
  }
  host.stop();
  std::int64_t taken = 0;
  for (auto& one : takers)
    taken += one.get();
  CHECK(taken == pushed);
}
