// What listeners are told, from which thread, and what a bad one can do: nothing.
#include "catch.hpp"

#include <algorithm>
#include <set>

#include <weir/sinks/memory.hpp>
#include <weir/sinks/null.hpp>
#include <weir/sources/memory.hpp>
#include <weir/sources/push.hpp>
#include <weir/stream/engine.hpp>
#include <weir/stream/listener_bus.hpp>

#include "recording_listener.hpp"

using namespace weir;
using weir_test::gate;
using weir_test::recording_listener;

namespace {

using kinds = std::vector<std::string>;

streaming_query start(engine& on, const sources::push_handle<int>& handle, const memory_output& output,
                      const std::string& name = {}) {
  return on.read_stream(sources::push<int>{.handle = handle})
      .write_stream()
      .query_name(name)
      .start(sinks::memory{output});
}

/// `epochs` epochs with a row each.
void run_epochs(const streaming_query& query, const sources::push_handle<int>& handle, int epochs) {
  query.process_all_available();
  for (int i = 0; i < epochs; ++i) {
    REQUIRE(handle.push(i));
    query.process_all_available();
  }
}

}  // namespace

TEST_CASE("a listener hears started before start() returns, then progress, then terminated", "[listeners][threads]") {
  const auto listener = std::make_shared<recording_listener>();
  engine on;
  on.streams().add_listener(listener);
  CHECK(on.streams().list_listeners().size() == 1);
  const sources::push_handle<int> handle;
  const memory_output output;
  const auto query = start(on, handle, output, "heard");
  REQUIRE(listener->events().size() >= 1);
  CHECK(listener->events()[0].kind == "started");
  CHECK(listener->events()[0].thread == std::this_thread::get_id());
  CHECK(listener->events()[0].run_id == query.run_id());

  run_epochs(query, handle, 3);
  query.stop();
  on.streams().flush_listeners();
  const auto events = listener->events();
  CHECK(events.back().kind == "terminated");
  CHECK(events.back().cause.ok());
  std::vector<std::int64_t> epochs;
  std::set<std::thread::id> threads;
  for (const auto& one : events) {
    if (one.kind == "progress")
      epochs.push_back(one.epoch);
    if (one.kind != "started")
      threads.insert(one.thread);
  }
  CHECK(epochs == std::vector<std::int64_t>{0, 1, 2});
  CHECK(threads.size() == 1);
  CHECK_FALSE(threads.contains(std::this_thread::get_id()));
  CHECK(std::ranges::count(events, "terminated", &recording_listener::event::kind) == 1);
}

TEST_CASE("an idle query is told of as idle, not as progress", "[listeners]") {
  const auto listener = std::make_shared<recording_listener>();
  engine on{{.deterministic = true}};
  on.streams().add_listener(listener);
  const sources::memory_input<int> input;
  const auto query = on.read_stream(sources::memory<int>{input}).write_stream().start(sinks::null{});
  query.process_all_available();
  CHECK(listener->kinds() == kinds{"started", "idle"});
  input.add_data({1});
  query.process_all_available();
  query.stop();
  CHECK(listener->kinds() == kinds{"started", "idle", "progress", "terminated"});
}

TEST_CASE("what a listener throws reaches nobody", "[listeners][threads]") {
  const auto thrower = std::make_shared<recording_listener>([](const auto&) { throw std::runtime_error{"mine"}; });
  const auto odd = std::make_shared<recording_listener>([](const auto&) { throw 1; });
  const auto last = std::make_shared<recording_listener>();
  engine on;
  on.streams().add_listener(thrower);
  on.streams().add_listener(odd);
  on.streams().add_listener(last);
  const sources::push_handle<int> handle;
  const memory_output output;
  const auto query = start(on, handle, output);
  run_epochs(query, handle, 2);
  query.stop();
  on.streams().flush_listeners();
  CHECK(output.all_as<int>() == std::vector<int>{0, 1});
  CHECK_FALSE(query.exception());
  for (const auto& one : {thrower, odd, last})
    CHECK(one->events().size() == last->events().size());
  CHECK(last->kinds().back() == "terminated");
}

TEST_CASE("a listener that hangs delays neither queries nor other listeners", "[listeners][threads]") {
  gate door;
  const auto slow = std::make_shared<recording_listener>([&](const recording_listener::event& what) {
    if (what.kind != "started")
      door.pass();
  });
  const auto quick = std::make_shared<recording_listener>();
  engine on;
  on.streams().add_listener(slow);
  on.streams().add_listener(quick);
  const sources::push_handle<int> handle;
  const memory_output output;
  const auto query = start(on, handle, output);
  run_epochs(query, handle, 5);
  REQUIRE(door.arrived());
  query.stop();  // returns although the listener has not heard
  CHECK(output.all_as<int>().size() == 5);
  CHECK(quick->wait([](const auto& events) { return events.back().kind == "terminated"; }));
  CHECK(slow->kinds().back() != "terminated");
  door.open();
  on.streams().flush_listeners();
  CHECK(slow->kinds().back() == "terminated");
}

TEST_CASE("progress of a listener that cannot keep up is coalesced, started and terminated are not",
          "[listeners][threads]") {
  constexpr int epochs = 1500;  // more than a listener's queue holds
  gate door;
  const auto slow = std::make_shared<recording_listener>([&](const recording_listener::event& what) {
    if (what.kind != "started")
      door.pass();
  });
  engine on;
  on.streams().add_listener(slow);
  const sources::push_handle<int> few_rows;
  const sources::push_handle<int> many_rows;
  const memory_output few_output;
  const memory_output many_output;
  const auto many = start(on, many_rows, many_output, "many");
  const auto few = start(on, few_rows, few_output, "few");
  run_epochs(many, many_rows, 1100);
  run_epochs(few, few_rows, 1);  // its only progress must survive what `many` tells next
  run_epochs(many, many_rows, epochs - 1100);
  std::vector<std::string> more;
  for (int i = 0; i < 20; ++i) {
    const sources::push_handle<int> unused;
    const auto query = start(on, unused, {});
    more.push_back(query.run_id());
    query.stop();
  }
  few.stop();
  many.stop();
  door.open();
  on.streams().flush_listeners();

  std::vector<std::int64_t> told;
  for (const auto& one : slow->events(many.run_id()))
    if (one.kind == "progress")
      told.push_back(one.epoch);
  CHECK(told.size() < epochs);
  CHECK(std::ranges::is_sorted(told));
  REQUIRE_FALSE(told.empty());
  CHECK(told.back() == epochs - 1);
  const auto of_few = slow->events(few.run_id());
  CHECK(std::ranges::count(of_few, "progress", &recording_listener::event::kind) == 1);
  more.push_back(few.run_id());
  more.push_back(many.run_id());
  for (const auto& run : more) {
    const auto events = slow->events(run);
    CHECK(events.front().kind == "started");
    CHECK(events.back().kind == "terminated");
  }
}

TEST_CASE("a removed listener hears nothing more, also one that removes itself", "[listeners][threads]") {
  engine on;
  const auto removed = std::make_shared<recording_listener>();
  const auto other = std::make_shared<recording_listener>();
  std::weak_ptr<recording_listener> itself;
  const auto leaves = std::make_shared<recording_listener>([&](const recording_listener::event& what) {
    if (what.kind == "progress")
      on.streams().remove_listener(itself.lock());
  });
  itself = leaves;
  for (const auto& one : {removed, leaves, other})
    on.streams().add_listener(one);
  const sources::push_handle<int> handle;
  const auto query = start(on, handle, {});
  on.streams().remove_listener(removed);
  const auto heard = removed->events().size();  // the query may have been idle by then
  run_epochs(query, handle, 1);
  CHECK(leaves->wait([](const auto& events) { return events.back().kind == "progress"; }));
  CHECK(other->wait([](const auto& events) { return events.back().kind == "progress"; }));
  while (on.streams().list_listeners().size() > 1)
    std::this_thread::yield();
  run_epochs(query, handle, 3);
  query.stop();
  on.streams().flush_listeners();
  CHECK(removed->events().size() == heard);
  CHECK(leaves->events().back().epoch == 0);
  CHECK(other->kinds().back() == "terminated");
}

TEST_CASE("an engine that goes with running queries tells of their end", "[listeners][threads]") {
  const auto listener = std::make_shared<recording_listener>();
  {
    engine on;
    on.streams().add_listener(listener);
    const sources::push_handle<int> handle;
    for (int i = 0; i < 4; ++i)
      (void)start(on, handle, {});
  }
  const auto events = listener->events();
  CHECK(std::ranges::count(events, "started", &recording_listener::event::kind) == 4);
  CHECK(std::ranges::count(events, "terminated", &recording_listener::event::kind) == 4);
}

TEST_CASE("a listener that is told of a start can stop the query at once, before it has begun", "[listeners]") {
  const auto deterministic = GENERATE(true, false);
  CAPTURE(deterministic);
  engine on{{.deterministic = deterministic}};
  const auto stops = std::make_shared<recording_listener>([&](const recording_listener::event& what) {
    if (what.kind != "started")
      return;
    for (const auto& query : on.streams().active())
      CHECK(query.stop(weir_test::long_enough));
  });
  on.streams().add_listener(stops);
  const sources::push_handle<int> handle;
  const memory_output output;
  const auto query = start(on, handle, output, "unwanted");
  CHECK_FALSE(query.is_active());
  CHECK_FALSE(query.exception());
  CHECK_FALSE(handle.push(1));
  on.streams().flush_listeners();
  CHECK(stops->kinds() == kinds{"started", "terminated"});
  on.streams().remove_listener(stops);
  CHECK(start(on, handle, output, "unwanted").is_active());
}

TEST_CASE("a listener that hangs is left behind when the engine goes, and is told nothing more",
          "[listeners][threads]") {
  gate door;
  auto hangs = std::make_shared<recording_listener>([&](const auto&) { door.pass(); });
  const auto well = std::make_shared<recording_listener>();
  {
    listener_bus bus{true, quiet_logger(), std::chrono::milliseconds{20}};
    bus.add(hangs);
    bus.add(well);
    for (int i = 0; i < 3; ++i)
      bus.idle({"id", "run", {}});
    REQUIRE(door.arrived());
  }  // returns
  CHECK(well->events().size() == 3);
  CHECK(hangs->events().size() == 1);
  door.open();
  // Its thread ends, and with it the last who held the listener.
  const std::weak_ptr<recording_listener> held = hangs;
  const auto heard = hangs->events().size();
  hangs.reset();
  CHECK(heard == 1);
  const auto limit = std::chrono::steady_clock::now() + weir_test::long_enough;
  while (!held.expired() && std::chrono::steady_clock::now() < limit)
    std::this_thread::yield();
  CHECK(held.expired());
}
