// Event-time timeouts, what is late for them, and where refused and late rows go.
#include "stream_test.hpp"

#include <charconv>

using namespace std::chrono_literals;
using namespace weir;
using weir_test::run_plans;
using weir_test::stream_test;

namespace {

struct visit {
  std::string user;
  timestamp time;
  friend auto operator<=>(const visit&, const visit&) = default;
};
BOOST_DESCRIBE_STRUCT(visit, (), (user, time))

std::ostream& operator<<(std::ostream& out, const visit& one) {
  return out << one.user << "@" << one.time.time_since_epoch() / 1s;
}

struct visits {
  std::string user;
  std::int64_t count;
  friend auto operator<=>(const visits&, const visits&) = default;
};
BOOST_DESCRIBE_STRUCT(visits, (), (user, count))

std::ostream& operator<<(std::ostream& out, const visits& one) {
  return out << "(" << one.user << "," << one.count << ")";
}

struct refused_line {
  std::optional<std::string> raw;
  std::string step;
  friend auto operator<=>(const refused_line&, const refused_line&) = default;
};
BOOST_DESCRIBE_STRUCT(refused_line, (), (raw, step))

std::ostream& operator<<(std::ostream& out, const refused_line& one) {
  return out << one.raw.value_or("null") << " by " << one.step;
}

visit at(std::string user, std::int64_t second) { return {std::move(user), timestamp{std::chrono::seconds{second}}}; }

/// "a@10" is a visit of a at second 10.
result<visit> parse_visit(std::string_view line) {
  const auto mark = line.find('@');
  std::int64_t second = 0;
  if (mark == line.npos || std::from_chars(line.data() + mark + 1, line.data() + line.size(), second).ec != std::errc{})
    return refuse("no visit");
  return at(std::string{line.substr(0, mark)}, second);
}

/// Counts visits; 5 s after the last the user is gone, and -1 is emitted.
std::vector<visits> count_visits(std::string_view user, std::span<const visit> rows, group_state<std::int64_t>& state) {
  if (state.has_timed_out()) {
    state.remove();
    return {{std::string{user}, -1}};
  }
  const auto count = (state.exists() ? state.get() : 0) + static_cast<std::int64_t>(rows.size());
  state.update(count);
  state.set_timeout_timestamp(std::ranges::max(rows, {}, &visit::time).time + 5s);
  return {{std::string{user}, count}};
}

struct outputs {
  memory_output counts, late, refused;
};

void build(stream_test& t, const sources::memory_input<std::string>& input, const outputs& to, output_mode mode,
           int partitions) {
  t.query([&input, to, mode, partitions](engine& on, query_options options) {
    options.mode = mode;
    options.partitions = partitions;
    return on.read_stream(sources::memory<std::string>{input})
        .map(parse_visit)
        .named("parse")
        .on_error(dead_letter(sinks::memory{to.refused}))
        .with_watermark("time", 10s)
        .group_by_key(&visit::user)
        .flat_map_groups_with_state<std::int64_t>(mode, count_visits, group_timeout::event_time)
        .named("count")
        .late_rows(sinks::memory{to.late})
        .write_stream()
        .options(options)
        .start(sinks::memory{to.counts});
  });
}

}  // namespace

TEST_CASE("event-time timeouts, late rows and dead letters in one query", "[scenario]") {
  const auto mode = GENERATE(output_mode::append, output_mode::update);
  const auto partitions = GENERATE(1, 3);
  run_plans([mode, partitions](stream_test& t) {
    const sources::memory_input<std::string> input;
    const outputs to;
    build(t, input, to, mode, partitions);
    t.add<std::string>(input, {"a@10", "b@11", "nobody"});
    t.check_new<visits>(to.counts, {{"a", 1}, {"b", 1}});
    t.check_new<refused_line>(to.refused, {{"nobody", "query/parse/0"}});
    t.add<std::string>(input, {"a@25"});
    t.check_new<visits>(to.counts, {{"a", 2}});
    // Nothing was left to do: what is late has caught up with the watermark, 15 s.
    t.add<std::string>(input, {"b@14"});
    t.check_new<visits>(to.counts, {});
    t.check_new<visit>(to.late, {at("b", 14)});
    t.check_state(2, 3, 1);
    // The watermark goes to 30 s: b, due at 16 s, times out without rows; a, due at 30 s, does not (strict, G04).
    t.add<std::string>(input, {"c@40"});
    t.check_new<visits>(to.counts, {{"b", -1}, {"c", 1}});
    t.check_state(2, 1, 0, 1);
    // At the watermark is late, and does not keep a from its timeout.
    t.add<std::string>(input, {"d@30", "a@7", "?", "d@31", "c@29"});
    t.check_new<visits>(to.counts, {{"d", 1}});
    t.check_new<visit>(to.late, {at("a", 7), at("c", 29), at("d", 30)});
    t.check_new<refused_line>(to.refused, {{"?", "query/parse/0"}});
    t.check_state(3, 1, 3);
    t.add<std::string>(input, {"e@60"});
    t.check_new<visits>(to.counts, {{"a", -1}, {"c", -1}, {"d", -1}, {"e", 1}});
    t.check_new<visit>(to.late, {});
    t.check_state(1, 1, 0, 3);
  });
}

TEST_CASE("W08 E07 a row behind the watermark is late once nothing is left to do", "[scenario]") {
  const auto empty_epochs = GENERATE(true, false);
  run_plans([empty_epochs](stream_test& t) {
    const sources::memory_input<std::string> input;
    const outputs to;
    build(t, input, to, output_mode::update, 2);
    t.options().empty_epochs = empty_epochs;
    t.add<std::string>(input, {"a@11", "a@13", "a@15"});
    t.check_new<visits>(to.counts, {{"a", 3}});
    t.add<std::string>(input, {"a@4", "a@6"});
    t.check_new<visits>(to.counts, {{"a", 4}});
    t.check_new<visit>(to.late, {at("a", 4)});
  });
}

TEST_CASE("without epochs for timeouts, what is due keeps rows from being late", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<std::string> input;
    const outputs to;
    build(t, input, to, output_mode::update, 2);
    t.options().empty_epochs = false;
    t.add<std::string>(input, {"a@10"});
    t.check_new<visits>(to.counts, {{"a", 1}});
    // The watermark goes to 30 s, a is due and no epoch comes to say so: 27 s is not late yet.
    t.add<std::string>(input, {"b@40"});
    t.check_new<visits>(to.counts, {{"b", 1}});
    t.add<std::string>(input, {"c@27"});
    t.check_new<visits>(to.counts, {{"a", -1}, {"c", 1}});
    t.check_new<visit>(to.late, {});
  });
}

TEST_CASE("rows are late for event-time timeouts only (G07)", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<visit> input;
  const memory_output output;
  t.query([&](engine& on, query_options options) {
    options.mode = output_mode::update;
    return on.read_stream(sources::memory<visit>{input})
        .with_watermark("time", 10s)
        .group_by_key(&visit::user)
        .map_groups_with_state<std::int64_t>(
            [](std::string_view user, std::span<const visit> rows, group_state<std::int64_t>&) {
              return visits{std::string{user}, static_cast<std::int64_t>(rows.size())};
            })
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
  t.add(input, {at("a", 100)});
  t.process();
  t.add(input, {at("a", 101)});
  t.process();
  (void)output.since_last();
  t.add(input, {at("a", 1), at("b", 2)});
  t.check_new<visits>(output, {{"a", 1}, {"b", 1}});
}

TEST_CASE("late_rows: where it stands in explain(), and what has none", "[scenario]") {
  engine on{engine::options{.deterministic = true}};
  const sources::memory_input<visit> input;
  const auto stream = on.read_stream(sources::memory<visit>{input});
  const auto groups = stream.with_watermark("time", 10s).group_by_key(&visit::user);
  const auto counted =
      groups.flat_map_groups_with_state<std::int64_t>(output_mode::append, count_visits, group_timeout::event_time);
  const auto text = counted.named("count").late_rows(sinks::memory{}).write_stream().explain(sinks::memory{});
  CHECK_THAT(text, Catch::Contains("count.late <- watermark-0: late_rows (time)"));
  CHECK_THAT(text, Catch::Contains("count.late_rows <- count.late: sink memory"));
  CHECK_THROWS_WITH(stream.late_rows(sinks::memory{}), Catch::Contains("only a group function with an event-time"));
  const auto untimed = groups.flat_map_groups_with_state<std::int64_t>(output_mode::append, count_visits);
  CHECK_THROWS_WITH(untimed.late_rows(sinks::memory{}), Catch::Contains("flat_map_groups_with_state"));
  const auto unmarked =
      stream.group_by_key(&visit::user)
          .flat_map_groups_with_state<std::int64_t>(output_mode::append, count_visits, group_timeout::event_time);
  CHECK_THROWS_WITH(unmarked.late_rows(sinks::memory{}), Catch::Contains("no watermark"));
}
