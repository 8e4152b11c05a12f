// What keys, states and partitions a query may have, and how they may change from one start to the next.
#include "stream_test.hpp"

using namespace weir;
using weir_test::run_plans;
using weir_test::stream_test;

namespace {

struct bet {
  std::string player;
  int table;
  std::int64_t amount;
};
BOOST_DESCRIBE_STRUCT(bet, (), (player, table, amount))

struct balance {
  std::string player;
  int table;
  std::int64_t amount;
  friend auto operator<=>(const balance&, const balance&) = default;
};
BOOST_DESCRIBE_STRUCT(balance, (), (player, table, amount))

std::ostream& operator<<(std::ostream& out, const balance& one) {
  return out << "(" << one.player << "," << one.table << "," << one.amount << ")";
}

struct sum_only {
  std::int64_t sum = 0;
};
BOOST_DESCRIBE_STRUCT(sum_only, (), (sum))

struct sum_and_calls {
  std::int64_t sum = 0;
  std::int64_t calls = 100;
};
BOOST_DESCRIBE_STRUCT(sum_and_calls, (), (sum, calls))

struct real_sum {
  double sum = 0;
};
BOOST_DESCRIBE_STRUCT(real_sum, (), (sum))

struct calls_only {
  std::int64_t calls = 0;
};
BOOST_DESCRIBE_STRUCT(calls_only, (), (calls))

/// Sums bets by player; the second number is how often the function was called, where the state knows it.
template <class S>
stream_test::builder sums_kept_as(const sources::memory_input<bet>& input, const memory_output& output) {
  return [=](engine& on, query_options options) {
    options.mode = output_mode::update;
    return on.read_stream(sources::memory<bet>{input})
        .group_by_key(&bet::player)
        .map_groups_with_state<S>([](std::string_view player, std::span<const bet> bets, group_state<S>& state) {
          auto kept = state.exists() ? state.get() : S{};
          balance made{std::string{player}, 0, 0};
          if constexpr (requires { kept.sum; }) {
            for (const auto& one : bets)
              kept.sum += static_cast<decltype(kept.sum)>(one.amount);
            made.amount = static_cast<std::int64_t>(kept.sum);
          }
          if constexpr (requires { kept.calls; })
            made.table = static_cast<int>(++kept.calls);
          state.update(kept);
          return made;
        })
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  };
}

}  // namespace

TEST_CASE("per_row: a call for each row in order of arrival, the state in between", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<std::string> input;
    const memory_output output;
    t.query([&](engine& on, query_options options) {
      options.mode = output_mode::update;
      return on.read_stream(sources::memory<std::string>{input})
          .group_by_key([](const std::string& key) { return key; })
          .per_row()
          .flat_map_groups_with_state<std::int64_t>(
              output_mode::update,
              [](std::string_view key, std::span<const std::string> rows, group_state<std::int64_t>& state) {
                const auto count = (state.exists() ? state.get() : 0) + 1;
                if (count == 3)
                  state.remove();
                else
                  state.update(count);
                return std::vector<std::string>{std::string{key} + std::to_string(rows.size()) + std::to_string(count)};
              })
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add<std::string>(input, {"a", "b", "a", "a", "a"});
    t.check_new<std::string>(output, {"a11", "b11", "a12", "a13", "a11"});
    t.add<std::string>(input, {"b", "b", "a"});
    t.check_new<std::string>(output, {"b12", "b13", "a12"});
  });
}

TEST_CASE("keys of several columns", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<bet> input;
    const memory_output output;
    t.query([&](engine& on, query_options options) {
      options.mode = output_mode::update;
      return on.read_stream(sources::memory<bet>{input})
          .group_by_key(&bet::player, &bet::table)
          .map_groups_with_state<std::int64_t>([](const std::tuple<std::string_view, int>& key,
                                                  std::span<const bet> bets, group_state<std::int64_t>& state) {
            auto sum = state.exists() ? state.get() : 0;
            for (const auto& one : bets)
              sum += one.amount;
            state.update(sum);
            return balance{std::string{std::get<0>(key)}, std::get<1>(key), sum};
          })
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add<bet>(input, {{"a", 1, 10}, {"a", 2, 20}, {"b", 1, 30}, {"a", 1, 1}});
    t.check_new<balance>(output, {{"a", 1, 11}, {"a", 2, 20}, {"b", 1, 30}});
    t.add<bet>(input, {{"a", 2, 2}});
    t.check_new<balance>(output, {{"a", 2, 22}});
  });
}

TEST_CASE("a restart may use another number of partitions", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<bet> input;
  const memory_output output;
  query_options options;
  std::int64_t round = 0;
  for (const auto partitions : {1, 5, 2, 256, 3}) {
    INFO(partitions << " partitions");
    ++round;
    options.partitions = partitions;
    t.query(sums_kept_as<sum_only>(input, output), options);
    std::vector<balance> expected;
    for (std::int64_t player = 0; player < 40; ++player) {
      const auto name = "player " + std::to_string(player);
      input.add_data({bet{name, 0, player}});
      expected.push_back({name, 0, player * round});
    }
    t.check_new<balance>(output, expected);
    t.stop();
  }
}

TEST_CASE("a member that is new in the state type has its default; what stays behind is refused by name",
          "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<bet> input;
  const memory_output output;
  t.query(sums_kept_as<sum_only>(input, output));
  t.add<bet>(input, {{"a", 0, 5}});
  t.check_new<balance>(output, {{"a", 0, 5}});
  t.stop();

  t.query(sums_kept_as<sum_and_calls>(input, output));
  t.add<bet>(input, {{"a", 0, 2}, {"b", 0, 1}});
  t.check_new<balance>(output, {{"a", 101, 7}, {"b", 101, 1}});
  t.stop();

  t.query(sums_kept_as<real_sum>(input, output));
  CHECK_THROWS_WITH(t.process(), Catch::Contains("map_groups_with_state-0") && Catch::Contains("sum"));
  t.query(sums_kept_as<calls_only>(input, output));
  CHECK_THROWS_WITH(t.process(), Catch::Contains("map_groups_with_state-0") && Catch::Contains("sum"));

  // The refusals touched nothing.
  t.query(sums_kept_as<sum_and_calls>(input, output));
  t.add<bet>(input, {{"a", 0, 1}});
  t.check_new<balance>(output, {{"a", 102, 8}});
}
