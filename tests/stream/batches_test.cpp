// Scenarios A and B: batches, logs, restarts, triggers.
#include "stream_test.hpp"

#include <set>

using namespace std::chrono_literals;
using namespace weir;
using weir_test::run_plans;
using weir_test::stream_test;

TEST_CASE("C001 map with recovery", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<int> input;
    const memory_output output;
    t.query([&](engine& on, query_options options) {
      return on.read_stream(sources::memory<int>{input})
          .map([](int value) { return value + 1; })
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add(input, {1, 2, 3});
    t.check_new<int>(output, {2, 3, 4});
    t.stop();
    input.add_data({4, 5, 6});
    t.check_new<int>(output, {5, 6, 7});
  });
}

TEST_CASE("C002 union of two streams", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<int> a;
    const sources::memory_input<int> b;
    const memory_output output;
    t.query([&](engine& on, query_options options) {
      return on.read_stream(sources::memory<int>{a})
          .union_with(on.read_stream(sources::memory<int>{b}))
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add(a, {1, 3, 5});
    t.check_new<int>(output, {1, 3, 5});
    t.add(b, {2, 4, 6});
    t.check_new<int>(output, {2, 4, 6});
    t.stop();
    a.add_data({7});
    t.add(b, {8});
    t.check_new<int>(output, {7, 8});
  });
}

TEST_CASE("C003 idle triggers consume no epoch", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<int> input;
  const memory_output output;
  t.query([&](engine& on, query_options options) {
    return on.read_stream(sources::memory<int>{input}).write_stream().options(options).start(sinks::memory{output});
  });
  t.options().trigger = trigger::processing_time(10s);
  auto& query = t.running_query();
  query.process_all_available();
  input.add_data({1, 2, 3});
  const auto tick = [&] {
    t.clock().advance(10s);
    (void)t.running_query().await_termination(1ms);  // handles the messages; there is no thread
  };
  tick();
  CHECK(output.all_as<int>() == std::vector{1, 2, 3});
  CHECK(output.epochs().back().epoch.value == 0);
  input.add_data({4, 5, 6});
  tick();
  CHECK(output.epochs().back().epoch.value == 1);
  for (int i = 0; i < 3; ++i)
    tick();
  CHECK(output.epochs().back().epoch.value == 1);
  CHECK(t.running_query().last_progress()->epoch.value == 1);
  t.stop();
  t.clock().advance(10s);
  (void)t.running_query().await_termination(1ms);
  CHECK(output.epochs().size() == 2);
  input.add_data({7, 8, 9});
  tick();
  CHECK(output.epochs().back().epoch.value == 2);
  CHECK(output.all_as<int>().size() == 9);
}

TEST_CASE("C004 once runs one epoch; a failing one leaves its rows", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<int> input;
  const memory_output output;
  t.query([&](engine& on, query_options options) {
    return on.read_stream(sources::memory<int>{input})
        .map([](int value) {
          if (value == 0)
            throw std::domain_error{"division by zero"};
          return 6 / value;
        })
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
  t.options().trigger = trigger::once();
  input.add_data({1, 2});
  t.process();
  CHECK(output.all_as<int>() == std::vector{6, 3});
  input.add_data({3});
  t.process();
  CHECK(output.last_as<int>() == std::vector{2});
  input.add_data({0});
  const auto message = t.expect_failure(errc::user_function);
  CHECK(message.find("division by zero") != std::string::npos);
  CHECK(message.find("offset 2") != std::string::npos);
  CHECK(output.all_as<int>().size() == 3);
}

TEST_CASE("C010 a failure in the middle of an epoch counts nothing twice", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<int> input;
  const memory_output output;
  auto fails = true;
  t.query([&](engine& on, query_options options) {
    options.mode = output_mode::update;
    return on.read_stream(sources::memory<int>{input})
        .map([&fails](int value) {
          if (value == 4 && std::exchange(fails, false))
            throw std::runtime_error{"once"};
          return value;
        })
        .group_by_key([](int value) { return value; })
        .map_groups_with_state<std::int64_t>(
            [](int value, std::span<const int> rows, group_state<std::int64_t>& state) {
              const auto total = (state.exists() ? state.get() : 0) + static_cast<std::int64_t>(rows.size());
              state.update(total);
              return value * 100 + total;
            })
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
  input.add_data({1, 2, 3, 4});
  CHECK(t.expect_failure(errc::user_function).find("once") != std::string::npos);
  t.check_new<std::int64_t>(output, {101, 201, 301, 401});
}

TEST_CASE("C021 a source learns the last logged offset at a restart", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<int> input;
  const memory_output output;
  t.query([&](engine& on, query_options options) {
    return on.read_stream(sources::memory<int>{input}).write_stream().options(options).start(sinks::memory{output});
  });
  t.add(input, {1});
  t.process();
  CHECK_FALSE(input.store()->last_offset());
  t.stop();
  t.add(input, {2});
  t.process();
  CHECK(input.store()->last_offset() == "0");
}

TEST_CASE("C024 the next trigger is the next multiple of the interval", "[scenario]") {
  const auto next = [](std::int64_t now) {
    return next_trigger_time(timestamp{std::chrono::milliseconds{now}}, 100ms).time_since_epoch() / 1ms;
  };
  CHECK(next(0) == 100);
  CHECK(next(1) == 100);
  CHECK(next(99) == 100);
  CHECK(next(100) == 200);
  CHECK(next(101) == 200);
  CHECK(next(150) == 200);
  std::int64_t time = 0;
  for (int i = 0; i < 10; ++i)
    time = next(time);
  CHECK(time == 1000);
  CHECK(next(-1) == 0);
}

TEST_CASE("C025 available-now keeps limits and ends; a source that cannot freeze makes it one epoch", "[scenario]") {
  const auto freezable = GENERATE(true, false);
  stream_test t{{}};
  const sources::memory_input<int> limited;
  const sources::memory_input<int> other;
  const memory_output output;
  other.store()->set_freezable(freezable);
  t.query([&](engine& on, query_options options) {
    return on.read_stream(sources::memory<int>{limited}, {.rows = 1})
        .union_with(on.read_stream(sources::memory<int>{other}))
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
  t.options().trigger = trigger::available_now();
  for (const auto value : {7, 8, 9})
    limited.add_data({value});
  other.add_data({1, 2, 3});
  t.process();
  CHECK(output.all_as<int>().size() == 6);
  CHECK(output.epochs().size() == (freezable ? 3U : 1U));
}

TEST_CASE("C012 random expressions give every epoch, and every row, other values", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<int> input;
  const memory_output ids, numbers;
  t.query([=](engine& on, const query_options& options) {
    const auto rows = on.read_stream(sources::memory<int>{input}).to_df();
    return on.start(options, {to(rows.select(weir::uuid().as("value")), sinks::memory{ids}),
                              to(rows.select(weir::rand().as("value")), sinks::memory{numbers})});
  });
  for (int epoch = 0; epoch < 3; ++epoch) {
    t.add(input, {1, 1});
    t.process();
    t.stop();  // what is drawn after a restart is new as well
  }
  const auto distinct = [](const auto& values) { return std::set(values.begin(), values.end()).size(); };
  CHECK(distinct(ids.all_as<std::string>()) == 6);
  CHECK(distinct(numbers.all_as<double>()) == 6);
  CHECK(ids.epochs().size() == 3);
}

TEST_CASE("what a nondeterministic function gave is given once", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<int> input;
    const memory_output output;
    auto calls = 0;
    t.query([&](engine& on, query_options options) {
      options.mode = output_mode::update;
      return on.read_stream(sources::memory<int>{input})
          .map([&calls](int) { return ++calls; })
          .group_by_key([](int) { return 0; })
          .map_groups_with_state<std::int64_t>([](int, std::span<const int> rows, group_state<std::int64_t>& state) {
            auto total = state.exists() ? state.get() : 0;
            for (const auto row : rows)
              total += row;
            state.update(total);
            return total;
          })
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add(input, {0, 0});
    t.process();
    const auto first = output.since_last_as<std::int64_t>();
    REQUIRE(first.size() == 1);
    // What the sink got is what the state has: the next sum builds on it, whatever crashed in between.
    const auto before = calls;
    t.add(input, {0});
    t.process();
    const auto second = output.since_last_as<std::int64_t>();
    REQUIRE(second.size() == 1);
    CHECK(second[0] > first[0]);
    CHECK(second[0] - first[0] > before);
    CHECK(second[0] - first[0] <= calls);
  });
}
