// Scenarios G: mapGroupsWithState and flatMapGroupsWithState.
#include "stream_test.hpp"

#include <weir/sources/push.hpp>

using namespace std::chrono_literals;
using namespace weir;
using weir_test::run_plans;
using weir_test::stream_test;

namespace {

struct keyed_count {
  std::string key;
  std::int64_t count;
  friend auto operator<=>(const keyed_count&, const keyed_count&) = default;
};
BOOST_DESCRIBE_STRUCT(keyed_count, (), (key, count))

std::ostream& operator<<(std::ostream& out, const keyed_count& one) {
  return out << "(" << one.key << "," << one.count << ")";
}

using counts = std::vector<keyed_count>;

/// Words, each its own key.
auto by_word(engine& on, const sources::memory_input<std::string>& input) {
  return on.read_stream(sources::memory<std::string>{input}).group_by_key([](const std::string& word) { return word; });
}

/// RC: a running count; at 3 the state goes, and nothing is emitted.
counts running_count(std::string_view key, std::span<const std::string> rows, group_state<std::int64_t>& state) {
  const auto count = (state.exists() ? state.get() : 0) + static_cast<std::int64_t>(rows.size());
  if (count == 3) {
    state.remove();
    return {};
  }
  state.update(count);
  return {{std::string{key}, count}};
}

/// Counts; 10 s after the last call the group goes, and -1 is emitted.
keyed_count count_for_ten_seconds(std::string_view key, std::span<const std::string> rows,
                                  group_state<std::int64_t>& state) {
  if (state.has_timed_out()) {
    state.remove();
    return {std::string{key}, -1};
  }
  const auto count = (state.exists() ? state.get() : 0) + static_cast<std::int64_t>(rows.size());
  state.update(count);
  state.set_timeout_duration(10s);
  return {std::string{key}, count};
}

}  // namespace

TEST_CASE("C068 flat_map_groups_with_state in update mode", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<std::string> input;
    const memory_output output;
    t.query([&](engine& on, query_options options) {
      options.mode = output_mode::update;
      return by_word(on, input)
          .flat_map_groups_with_state<std::int64_t>(output_mode::update, running_count)
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add<std::string>(input, {"a"});
    t.check_new<keyed_count>(output, {{"a", 1}});
    t.check_state(1, 1);
    t.add<std::string>(input, {"a", "b"});
    t.check_new<keyed_count>(output, {{"a", 2}, {"b", 1}});
    t.check_state(2, 2);
    t.add<std::string>(input, {"a", "b"});
    t.check_new<keyed_count>(output, {{"b", 2}});
    t.check_state(1, 1, 0, 1);
    t.add<std::string>(input, {"a", "c"});
    t.check_new<keyed_count>(output, {{"a", 1}, {"c", 1}});
    t.check_state(3, 2);
  });
}

TEST_CASE("C068 map_groups_with_state emits a row for every call", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<std::string> input;
    const memory_output output;
    t.query([&](engine& on, query_options options) {
      options.mode = output_mode::update;
      return by_word(on, input)
          .map_groups_with_state<std::int64_t>(
              [](std::string_view key, std::span<const std::string> rows, group_state<std::int64_t>& state) {
                const auto counted = running_count(key, rows, state);
                return counted.empty() ? keyed_count{std::string{key}, -1} : counted[0];
              })
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add<std::string>(input, {"a"});
    t.check_new<keyed_count>(output, {{"a", 1}});
    t.check_state(1, 1);
    t.add<std::string>(input, {"a", "b"});
    t.check_new<keyed_count>(output, {{"a", 2}, {"b", 1}});
    t.check_state(2, 2);
    t.add<std::string>(input, {"a", "b"});
    t.check_new<keyed_count>(output, {{"a", -1}, {"b", 2}});
    t.check_state(1, 1, 0, 1);
    t.add<std::string>(input, {"a", "c"});
    t.check_new<keyed_count>(output, {{"a", 1}, {"c", 1}});
    t.check_state(3, 2);
  });
}

TEST_CASE("C068 without a watermark its value cannot be asked for", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<std::string> input;
  t.query([&](engine& on, query_options options) {
    options.mode = output_mode::update;
    return by_word(on, input)
        .map_groups_with_state<std::int64_t>(
            [](std::string_view, std::span<const std::string>, group_state<std::int64_t>& state) {
              return std::int64_t{state.current_watermark().time_since_epoch().count()};
            })
        .write_stream()
        .options(options)
        .start(sinks::memory{});
  });
  input.add_data({"a"});
  const auto message = t.expect_failure(errc::user_function);
  CHECK(message.find("watermark") != std::string::npos);
  CHECK(message.find("key a") != std::string::npos);
}

TEST_CASE("C069 a row for each value", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<std::string> input;
    const memory_output output;
    t.query([&](engine& on, query_options options) {
      options.mode = output_mode::update;
      return by_word(on, input)
          .flat_map_groups_with_state<std::int64_t>(
              output_mode::update,
              [](std::string_view key, std::span<const std::string> rows, group_state<std::int64_t>& state) {
                counts made;
                for (const auto& row : rows)
                  for (auto& one : running_count(key, {&row, 1}, state))
                    made.push_back(one);
                return made;
              })
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add<std::string>(input, {"a", "a", "b"});
    t.check_new<keyed_count>(output, {{"a", 1}, {"a", 2}, {"b", 1}});
    t.add<std::string>(input, {"a", "b"});
    t.check_new<keyed_count>(output, {{"b", 2}});
    t.add<std::string>(input, {"a", "c"});
    t.check_new<keyed_count>(output, {{"a", 1}, {"c", 1}});
  });
}

TEST_CASE("C071 processing-time timeouts fire without data, and by a timer of their own", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<std::string> input;
    const memory_output output;
    t.query([&](engine& on, query_options options) {
      options.mode = output_mode::update;
      return by_word(on, input)
          .map_groups_with_state<std::int64_t>(count_for_ten_seconds, group_timeout::processing_time)
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.advance(1s);
    t.add<std::string>(input, {"a"});
    t.check_new<keyed_count>(output, {{"a", 1}});
    t.advance(1s);
    t.add<std::string>(input, {"b"});
    t.check_new<keyed_count>(output, {{"b", 1}});
    // a is due after 11 s, b after 12 s.
    t.advance(9s);
    t.check_new<keyed_count>(output, {});
    t.advance(1ms);
    t.check_new<keyed_count>(output, {{"a", -1}});
    t.advance(2s);
    t.check_new<keyed_count>(output, {{"b", -1}});
    t.advance(60s);
    t.check_new<keyed_count>(output, {});
  });
}

TEST_CASE("C071 processing-time timeouts under a trigger of a second", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<std::string> input;
  const memory_output output;
  t.query([&](engine& on, query_options options) {
    options.mode = output_mode::update;
    options.trigger = trigger::processing_time(1s);
    return by_word(on, input)
        .map_groups_with_state<std::int64_t>(count_for_ten_seconds, group_timeout::processing_time)
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
  t.process();  // the first tick comes at once, and finds nothing
  const auto after = [&](std::initializer_list<std::string> words, std::chrono::seconds time, const counts& expected) {
    input.add_data(words);
    t.clock().advance(time);
    t.check_new<keyed_count>(output, expected);
  };
  after({"a"}, 1s, {{"a", 1}});
  t.check_state(1, 1);
  after({"b"}, 1s, {{"b", 1}});
  t.check_state(2, 1);
  after({"b"}, 10s, {{"a", -1}, {"b", 2}});
  t.check_state(1, 1, 0, 1);
  t.stop();
  t.process();
  after({"c"}, 11s, {{"b", -1}, {"c", 1}});
  t.check_state(1, 1, 0, 1);
  after({}, 12s, {{"c", -1}});
  t.check_state(0, 0, 0, 1);
  CHECK(t.running_query().last_progress()->to_json().find("1970-01-01T00:00:35.000Z") != std::string::npos);
}

TEST_CASE("a source that is new in a restart keeps its place through epochs for timeouts alone", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<std::string> input;
  const sources::push_handle<std::string> added;
  const memory_output output;
  auto with_added = false;
  t.query([&](engine& on, query_options options) {
    auto all = on.read_stream(sources::memory<std::string>{input});
    if (with_added)
      all = all.union_with(on.read_stream(sources::push<std::string>{.handle = added}));
    return all.group_by_key([](const std::string& key) { return key; })
        .flat_map_groups_with_state<std::int64_t>(
            output_mode::append,
            [](std::string_view key, std::span<const std::string> rows, group_state<std::int64_t>& state) {
              const auto last = state.has_timed_out() ? state.get() : 0;
              if (last > 0) {
                state.remove();
                return std::vector{keyed_count{std::string{key}, last}};
              }
              state.update((state.exists() ? state.get() : 0) + static_cast<std::int64_t>(rows.size()));
              state.set_timeout_duration(10s);
              return std::vector<keyed_count>{};
            },
            group_timeout::processing_time)
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
  t.advance(1s);
  t.add<std::string>(input, {"a"});
  t.check_new<keyed_count>(output, {});
  t.stop();
  with_added = true;
  t.advance(20s);  // an epoch without rows: nothing was ever planned for the new source
  t.check_new<keyed_count>(output, {{"a", 1}});
  t.stop();
  t.process();
  CHECK(added.push("b"));
  t.advance(20s);
  t.check_new<keyed_count>(output, {{"b", 1}});
}

TEST_CASE("C077 initial state is called in the first epoch only", "[scenario]") {
  const auto partitions = GENERATE(1, 2, 6);
  run_plans([partitions](stream_test& t) {
    const sources::memory_input<std::string> input;
    const memory_output output;
    t.query([&](engine& on, query_options options) {
      options.mode = output_mode::update;
      options.partitions = partitions;
      return by_word(on, input)
          .map_groups_with_state<std::int64_t>(
              [](std::string_view key, std::span<const std::string> rows, group_state<std::int64_t>& state) {
                const auto count = (state.exists() ? state.get() : 0) + static_cast<std::int64_t>(rows.size());
                if (key != "no update")
                  state.update(count);
                return keyed_count{std::string{key} + "/" + std::to_string(rows.size()), count};
              },
              group_timeout::none,
              {{"state and data 1", 1}, {"state and data 2", 2}, {"no update", 2}, {"state only", 1}})
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add<std::string>(input, {"data only", "state and data 2"});
    t.check_new<keyed_count>(output, {{"state only/0", 1},
                                      {"no update/0", 2},
                                      {"state and data 2/1", 3},
                                      {"state and data 1/0", 1},
                                      {"data only/1", 1}});
    t.check_state(5, 4);
    t.add<std::string>(input, {"state and data 1"});
    t.check_new<keyed_count>(output, {{"state and data 1/1", 2}});
    t.check_state(5, 1);
  });
}

TEST_CASE("C077 keys that only the initial state has are called, or kept in silence (G12)", "[scenario]") {
  const auto skipped = GENERATE(false, true);
  const auto per_row = GENERATE(false, true);
  CAPTURE(skipped, per_row);
  const auto partitions = GENERATE(1, 3);
  run_plans([=](stream_test& t) {
    const sources::memory_input<std::string> input;
    const memory_output output;
    t.query([&](engine& on, query_options options) {
      options.mode = output_mode::update;
      options.partitions = partitions;
      auto groups = by_word(on, input);
      if (skipped)
        groups = groups.skip_emitting_initial_state_keys();
      if (per_row)
        groups = groups.per_row();
      return groups
          .map_groups_with_state<std::int64_t>(
              [](std::string_view key, std::span<const std::string> rows, group_state<std::int64_t>& state) {
                state.update((state.exists() ? state.get() : 0) + static_cast<std::int64_t>(rows.size()));
                return keyed_count{std::string{key}, state.get()};
              },
              group_timeout::none, {{"apple", 1}, {"orange", 2}, {"mango", 5}})
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add<std::string>(input, {"apple", "banana"});
    if (skipped) {
      t.check_new<keyed_count>(output, {{"apple", 2}, {"banana", 1}});
      t.check_state(4, 2);
    } else {
      t.check_new<keyed_count>(output, {{"apple", 2}, {"banana", 1}, {"mango", 5}, {"orange", 2}});
      t.check_state(4, 4);
    }
    t.add<std::string>(input, {"orange"});
    t.check_new<keyed_count>(output, {{"orange", 3}});
    t.check_state(4, 1);
    t.stop();  // what was never called is in the log since the first epoch
    t.add<std::string>(input, {"mango"});
    t.check_new<keyed_count>(output, {{"mango", 6}});
    t.check_state(4, 1);
  });
}

TEST_CASE("two initial states of one key are refused by the key (G12)", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<std::string> input;
  t.query([&](engine& on, query_options options) {
    options.mode = output_mode::update;
    return by_word(on, input)
        .map_groups_with_state<std::int64_t>(count_for_ten_seconds, group_timeout::processing_time,
                                             {{"twice", 1}, {"once", 1}, {"twice", 2}})
        .write_stream()
        .options(options)
        .start(sinks::memory{});
  });
  const auto message = t.expect_failure(errc::invalid_argument);
  CHECK_THAT(message, Catch::Contains("same key") && Catch::Contains("twice"));
}

TEST_CASE("group functions refuse other output modes, and event time without a watermark", "[scenario]") {
  engine on{engine::options{.deterministic = true}};
  const sources::memory_input<std::string> input;
  const auto groups = by_word(on, input);
  const auto updates = groups.flat_map_groups_with_state<std::int64_t>(output_mode::update, running_count);
  CHECK_THROWS_AS(updates.write_stream().start(sinks::memory{}), analysis_error);
  const auto appended = groups.flat_map_groups_with_state<std::int64_t>(output_mode::append, running_count);
  CHECK_THROWS_AS(appended.write_stream().output_mode(output_mode::update).start(sinks::memory{}), analysis_error);
  const auto late =
      groups.flat_map_groups_with_state<std::int64_t>(output_mode::append, running_count, group_timeout::event_time);
  CHECK_THROWS_WITH(late.write_stream().start(sinks::memory{}), Catch::Contains("watermark"));
  CHECK_THROWS_AS(groups.flat_map_groups_with_state<std::int64_t>(output_mode::complete, running_count),
                  analysis_error);
}
