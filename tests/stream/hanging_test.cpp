// Steps that never come back from user code: what stop() says, what goes on, what becomes of what they still do.
#include "catch.hpp"

#include <atomic>
#include <thread>

#include <weir/sinks/memory.hpp>
#include <weir/sources/push.hpp>
#include <weir/stream/engine.hpp>

#include "process_figures.hpp"
#include "recording_listener.hpp"
#include "temporary_directory.hpp"

using namespace weir;
using namespace std::chrono_literals;
using weir_test::gate;
using weir_test::long_enough;

namespace {

template <class Condition>
bool wait_for(Condition condition) {
  const auto limit = std::chrono::steady_clock::now() + long_enough;
  while (!condition())
    if (std::chrono::steady_clock::now() > limit)
      return false;
    else
      std::this_thread::yield();
  return true;
}

/// A query whose step waits at `door` for a row of 13.
streaming_query start_hanging(engine& on, const sources::push_handle<int>& handle, gate& door, bool blocking,
                              const memory_output& output, const std::string& checkpoint = {}) {
  auto step = on.read_stream(sources::push<int>{.handle = handle})
                  .map([&door](int value) {
                    if (value == 13)
                      door.pass();
                    return value;
                  })
                  .named("waits");
  if (blocking)
    step = step.blocking();
  return step.write_stream().query_name("hangs").checkpoint_location(checkpoint).start(sinks::memory{output});
}

streaming_query start_plain(engine& on, const sources::push_handle<int>& handle, const memory_output& output) {
  return on.read_stream(sources::push<int>{.handle = handle})
      .map([](int value) { return value + 1; })
      .write_stream()
      .query_name("works")
      .start(sinks::memory{output});
}

const std::set<std::string> the_busy_one{"hangs/waits/0"};

}  // namespace

TEST_CASE("stop(timeout) of a query whose step hangs says no and names the step", "[hanging][threads]") {
  for (const auto blocking : {false, true}) {
    INFO("blocking " << blocking);
    gate door;
    engine on{{.threads = 2}};
    const sources::push_handle<int> handle;
    const memory_output output;
    const auto listener = std::make_shared<weir_test::recording_listener>();
    on.streams().add_listener(listener);
    const auto query = start_hanging(on, handle, door, blocking, output);
    query.process_all_available();
    REQUIRE(handle.push(1));
    query.process_all_available();
    REQUIRE(handle.push(13));
    REQUIRE(door.arrived());

    CHECK_FALSE(query.stop(1ms));
    CHECK(wait_for([&] { return query.busy() == the_busy_one; }));
    CHECK_FALSE(query.stop(1ms));
    CHECK(query.is_active());
    CHECK(query.busy() == the_busy_one);
    CHECK_FALSE(handle.push(2));  // the source has let go already

    door.open();
    CHECK(query.await_termination(long_enough));
    CHECK(query.stop(long_enough));
    CHECK(query.busy().empty());
    CHECK_FALSE(query.exception());
    CHECK(output.all_as<int>() == std::vector{1});  // what the step gave after the stop went nowhere
    on.streams().flush_listeners();
    CHECK(listener->kinds().back() == "terminated");
    CHECK(std::ranges::count(listener->events(), "progress", &weir_test::recording_listener::event::kind) == 1);
  }
}

TEST_CASE("a blocking step that hangs keeps no other query from working", "[hanging][threads]") {
  gate door;
  engine on{{.threads = 1}};
  const sources::push_handle<int> hanging_rows;
  const sources::push_handle<int> rows;
  const memory_output hanging_output;
  const memory_output output;
  const auto hangs = start_hanging(on, hanging_rows, door, true, hanging_output);
  hangs.process_all_available();
  REQUIRE(hanging_rows.push(13));
  REQUIRE(door.arrived());

  const auto works = start_plain(on, rows, output);
  for (int i = 0; i < 100; ++i) {
    works.process_all_available();
    REQUIRE(rows.push(i));
  }
  works.process_all_available();
  CHECK(output.all_as<int>().size() == 100);
  CHECK_FALSE(hangs.stop(1ms));
  CHECK(works.drain(long_enough));
  CHECK(output.all_as<int>().size() == 100);
  door.open();
  CHECK(hangs.stop(long_enough));
  CHECK(hanging_output.all_as<int>().empty());
}

TEST_CASE("everything is released when the step comes back", "[hanging][threads]") {
  const weir_test::temporary_directory directory;
  engine on{{.threads = 2}};
  {
    gate door;  // the first start makes what stays: threads of the engine, files of the process
    const sources::push_handle<int> handle;
    const auto query = start_hanging(on, handle, door, true, {}, directory.path());
    query.process_all_available();
    REQUIRE(handle.push(1));
    query.process_all_available();
    query.stop();
  }
  const auto before = weir_test::process_figures::now();
  for (const auto blocking : {false, true}) {
    INFO("blocking " << blocking);
    gate door;
    const sources::push_handle<int> handle;
    const memory_output output;
    const auto query = start_hanging(on, handle, door, blocking, output, directory.path());
    query.process_all_available();
    REQUIRE(handle.push(13));
    REQUIRE(door.arrived());
    CHECK_FALSE(query.stop(1ms));
    door.open();
    CHECK(query.await_termination(long_enough));
    CHECK(wait_for([&] { return weir_test::process_figures::now().threads <= before.threads; }));
    CHECK(wait_for([&] { return weir_test::process_figures::now().files <= before.files; }));
    // The checkpoint is free again, and still has the row that the step did not finish.
    const sources::push_handle<int> second_handle;
    gate open_door;
    open_door.open();
    const memory_output second;
    const auto again = start_hanging(on, second_handle, open_door, blocking, second, directory.path());
    again.process_all_available();
    CHECK(second.all_as<int>() == std::vector{13});
    again.stop();
  }
}

// The engine waits 12 s for the call before it leaves it behind.
TEST_CASE("an engine goes although a blocking step hangs, and what the step does later reaches nobody",
          "[.][full][hanging][threads]") {
  gate door;
  std::atomic<int> returned = 0;
  const memory_output output;
  {
    engine on{{.threads = 1}};
    const sources::push_handle<int> handle;
    const auto query = on.read_stream(sources::push<int>{.handle = handle})
                           .map([&](int value) {
                             door.pass();
                             ++returned;
                             return value;
                           })
                           .blocking()
                           .write_stream()
                           .start(sinks::memory{output});
    query.process_all_available();
    REQUIRE(handle.push(1));
    REQUIRE(door.arrived());
  }
  door.open();
  CHECK(wait_for([&] { return returned == 1; }));
  CHECK(output.all_as<int>().empty());
}
