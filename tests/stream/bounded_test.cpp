// Bounded reads: engine.read() and the actions on what it gives.
#include "stream_test.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <arrow/api.h>

#include <weir/sinks/callback.hpp>
#include <weir/sinks/console.hpp>
#include <weir/sinks/files.hpp>
#include <weir/sources/batches.hpp>
#include <weir/sources/files.hpp>
#include <weir/sources/push.hpp>
#include <weir/sources/rate.hpp>
#include <weir/sources/socket.hpp>

#include "recording_listener.hpp"
#include "temporary_directory.hpp"

using namespace std::chrono_literals;
using namespace weir;

namespace {

struct score {
  std::string name;
  std::int64_t points;
  friend auto operator<=>(const score&, const score&) = default;
};
BOOST_DESCRIBE_STRUCT(score, (), (name, points))

struct timed {
  timestamp time;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(timed, (), (time, name))

std::ostream& operator<<(std::ostream& out, const score& one) { return out << one.name << ":" << one.points; }

template <class T>
std::vector<T> sorted(std::vector<T> rows) {
  std::ranges::sort(rows);
  return rows;
}

/// On threads, or by hand.
struct engines {
  explicit engines(bool threads) : on{options(threads)} {}
  static engine::options options(bool threads) {
    engine::options made;
    made.threads = 2;
    made.deterministic = !threads;
    if (!threads)
      made.time = std::make_shared<weir_test::virtual_clock>();
    return made;
  }
  engine on;
};

std::vector<batch> numbers_as_batches(std::initializer_list<std::initializer_list<int>> all) {
  std::vector<batch> made;
  for (const auto& rows : all) {
    row_writer<int> writer;
    for (const auto row : rows)
      writer.append(row);
    made.push_back(writer.finish());
  }
  return made;
}

}  // namespace

TEST_CASE("a bounded read runs a stream's steps to the end, as often as it is asked", "[bounded][threads]") {
  engines engines{GENERATE(false, true)};
  auto& on = engines.on;
  const sources::memory_input<int> input;
  const sources::memory_input<int> more;
  input.add_data({1, 2, 3});
  input.add_data({4});
  more.add_data({5, 6});
  const auto even = on.read(sources::memory<int>{input})
                        .union_with(on.read(sources::memory<int>{more}))
                        .filter([](int value) { return value % 2 == 0; })
                        .map([](int value) {
                          return score{"n" + std::to_string(value), value};
                        });
  const std::vector<score> expected{{"n2", 2}, {"n4", 4}, {"n6", 6}};
  CHECK(sorted(even.collect()) == expected);
  CHECK(sorted(memory_output::rows_as<score>(even.collect_batches())) == expected);
  const auto table = even.to_arrow();
  REQUIRE(table->num_rows() == 3);
  CHECK(table->schema()->field(1)->name() == "points");
  more.add_data({8});
  CHECK(even.collect().size() == 4);

  // The rows are still there for a stream, which takes them away.
  const memory_output output;
  auto query = on.read_stream(sources::memory<int>{input}).write_stream().start(sinks::memory{output});
  query.process_all_available();
  CHECK(output.all_as<int>() == std::vector{1, 2, 3, 4});
  // The stream, which runs meanwhile, is still told of new rows; a read beside it sees those that it has not taken.
  CHECK(on.read(sources::memory<int>{input}).collect().empty());
  input.add_data({10});
  query.process_all_available();
  CHECK(output.last_as<int>() == std::vector{10});
  query.stop();
  CHECK(on.read(sources::memory<int>{input}).collect().empty());
}

TEST_CASE("G11 group functions in a bounded run: a call a key, no watermark yet, timeouts never fire", "[bounded]") {
  engines engines{GENERATE(false, true)};
  auto& on = engines.on;
  const sources::memory_input<timed> input;
  input.add_data({{timestamp{100s}, "a"}, {timestamp{5s}, "b"}, {timestamp{-7s}, "a"}});
  input.add_data({{timestamp{1s}, "a"}});
  const auto rows = on.read(sources::memory<timed>{input}).with_watermark("time", 10s).group_by_key(&timed::name);

  SECTION("W01 event time: no row is late") {
    const auto counts = rows.flat_map_groups_with_state<std::int64_t>(
        output_mode::append,
        [](std::string_view name, std::span<const timed> of, group_state<std::int64_t>& state) {
          std::vector<score> out{{std::string{name}, static_cast<std::int64_t>(of.size())}};
          if (state.exists() || state.has_timed_out() || state.current_watermark() != timestamp{-1ms})
            out[0].points = -1;
          state.update(1);
          state.set_timeout_timestamp(timestamp{1us});
          return out;
        },
        group_timeout::event_time);
    CHECK(sorted(counts.collect()) == std::vector<score>{{"a", 3}, {"b", 1}});
  }
  SECTION("processing time, in update mode") {
    const auto counts = rows.map_groups_with_state<std::int64_t>(
        [](std::string_view name, std::span<const timed> of, group_state<std::int64_t>& state) {
          state.set_timeout_duration(1us);
          return score{std::string{name}, state.has_timed_out() ? -1 : static_cast<std::int64_t>(of.size())};
        },
        group_timeout::processing_time);
    CHECK(sorted(counts.collect()) == std::vector<score>{{"a", 3}, {"b", 1}});
  }
}

TEST_CASE("a bounded read without rows is one epoch all the same", "[bounded]") {
  engines engines{GENERATE(false, true)};
  auto& on = engines.on;
  const sources::memory_input<int> input;
  const auto rows = on.read(sources::memory<int>{input});
  std::vector<std::int64_t> epochs;
  rows.write(sinks::foreach_batch{[&](epoch_id epoch, std::span<const batch> batches) {
    epochs.push_back(epoch.value);
    CHECK(batches.empty());
  }});
  CHECK(epochs == std::vector<std::int64_t>{0});
  CHECK(rows.collect().empty());
  CHECK(rows.to_arrow()->schema()->num_fields() == 1);
  // States given at the start are called without rows (G12).
  const auto counts = rows.group_by_key([](int value) { return value; })
                          .map_groups_with_state<std::int64_t>(
                              [](int key, std::span<const int>, group_state<std::int64_t>& state) {
                                return score{std::to_string(key), state.get()};
                              },
                              group_timeout::none, {{7, 70}});
  CHECK(counts.collect() == std::vector<score>{{"7", 70}});
}

TEST_CASE("a bounded data frame: each group once, whatever its event times, and a global one without rows",
          "[bounded]") {
  engines engines{GENERATE(false, true)};
  auto& on = engines.on;
  const sources::memory_input<timed> input;
  const auto frame = on.read(sources::memory<timed>{input}).with_watermark("time", 10s).to_df();
  CHECK(frame.agg(count().as("rows")).collect<std::int64_t>() == std::vector<std::int64_t>{0});
  CHECK(frame.group_by("name").count().collect_batches().empty());

  input.add_data({{timestamp{100s}, "a"}, {timestamp{-7s}, "a"}});
  input.add_data({{timestamp{5s}, "b"}});
  const auto counts = frame.group_by("name").agg(count().as("points"));
  CHECK(sorted(counts.collect<score>()) == std::vector<score>{{"a", 2}, {"b", 1}});
  const auto windows = frame.group_by(window(col("time"), "10 seconds"), "name").count().select("name", "count");
  CHECK(sorted(windows.with_column_renamed("count", "points").collect<score>()) ==
        std::vector<score>{{"a", 1}, {"a", 1}, {"b", 1}});
  CHECK(windows.filter(col("name") == "b").to_arrow()->num_rows() == 1);
}

TEST_CASE("write: any sink, in the first mode that it takes", "[bounded]") {
  engines engines{false};
  auto& on = engines.on;
  const sources::memory_input<score> input;
  input.add_data({{"a", 1}, {"b", 2}});
  input.add_data({{"a", 3}});
  const auto rows = on.read(sources::memory<score>{input});
  SECTION("files, which do not take complete mode") {
    const weir_test::temporary_directory directory;
    rows.write(sinks::jsonl{.path = directory.path() + "/out"});
    CHECK(on.read(sources::files{.path = directory.path() + "/out"}).collect() ==
          std::vector<std::string>{R"({"name":"a","points":1})", R"({"name":"b","points":2})",
                                   R"({"name":"a","points":3})"});
  }
  SECTION("memory adds") {
    const memory_output output;
    rows.write(sinks::memory{output});
    rows.write(sinks::memory{output});
    CHECK(output.all_as<score>().size() == 6);
  }
  SECTION("memory by key") {
    const memory_output output;
    rows.write(sinks::memory{.output = output, .key = {"name"}});
    CHECK(sorted(output.all_as<score>()) == std::vector<score>{{"a", 3}, {"b", 2}});
  }
  SECTION("the console, as show() has it") {
    std::ostringstream written;
    rows.write(sinks::console{.out = &written});
    std::ostringstream shown;
    rows.show(20, true, shown);
    CHECK(shown.str() == "+----+------+\n|name|points|\n+----+------+\n|   a|     1|\n|   b|     2|\n|   a|     3|\n"
                         "+----+------+\n\n");
    CHECK(written.str().ends_with(shown.str()));
    shown.str({});
    rows.show(2, false, shown);
    CHECK(shown.str().ends_with("|b   |2     |\n+----+------+\nonly showing top 2 rows\n\n"));
    CHECK_THROWS_WITH(rows.show(0, true, shown), Catch::Contains("rows is 0, must be positive"));
  }
}

TEST_CASE("U01 U02 U07 streams and bounded reads are told apart", "[bounded]") {
  engines engines{false};
  auto& on = engines.on;
  const sources::memory_input<int> input;
  const auto stream = on.read_stream(sources::memory<int>{input});
  const auto bounded = on.read(sources::memory<int>{input});
  std::ostringstream out;
  const auto needs_start =
      Catch::Contains("queries with streaming sources must be executed with write_stream().start() (source memory)");
  const auto mapped = stream.map([](int value) { return value; });
  CHECK_THROWS_WITH(mapped.collect(), needs_start);
  CHECK_THROWS_WITH(mapped.collect_batches(), needs_start);
  CHECK_THROWS_WITH(mapped.to_arrow(), needs_start);
  CHECK_THROWS_WITH(mapped.show(1, true, out), needs_start);
  CHECK_THROWS_WITH(mapped.write(sinks::memory{}), needs_start);
  CHECK_THROWS_AS(mapped.collect(), analysis_error);

  const auto needs_stream = Catch::Contains("queries without streaming sources cannot be executed with "
                                            "write_stream().start()");
  CHECK_THROWS_WITH(bounded.write_stream().start(sinks::memory{}), needs_stream);
  CHECK_THROWS_WITH(bounded.map([](int value) { return value; }).write_stream().start(sinks::memory{}), needs_stream);
  CHECK_THROWS_WITH(on.start({}, {to(stream, sinks::memory{}), to(bounded, sinks::memory{})}), needs_stream);

  const auto mixed = Catch::Contains("union between streaming and bounded datasets is not supported");
  CHECK_THROWS_WITH(stream.union_with(bounded), mixed);
  CHECK_THROWS_WITH(bounded.union_with(stream), mixed);
  CHECK(bounded.union_with(bounded, bounded).collect().empty());
}

TEST_CASE("sources whose rows never end cannot be read to their end, by name", "[bounded]") {
  engines engines{false};
  auto& on = engines.on;
  CHECK_THROWS_WITH(on.read(sources::socket{.host = "localhost", .port = 1}),
                    Catch::Contains("socket: the rows of this source never end"));
  CHECK_THROWS_WITH(on.read(sources::rate{}), Catch::Contains("rate: the rows of this source never end"));
  CHECK_THROWS_WITH(on.read(sources::push<int>{}), Catch::Contains("push: the rows of this source never end"));
}

TEST_CASE("a bounded run that fails throws what a query would", "[bounded]") {
  engines engines{GENERATE(false, true)};
  auto& on = engines.on;
  const sources::memory_input<int> input;
  input.add_data({1, 2});
  const auto failing = on.read(sources::memory<int>{input}).map([](int value) -> int {
    if (value == 2)
      throw std::domain_error{"no row 2"};
    return value;
  });
  try {
    (void)failing.collect();
    FAIL("it did not fail");
  } catch (const query_error& error) {
    CHECK(error.code() == errc::user_function);
    CHECK_THAT(error.what(), Catch::Contains("no row 2") && Catch::Contains("epoch 0"));
  }
  CHECK(failing.on_error(skip).collect() == std::vector{1});
  CHECK_THROWS_AS(on.read(sources::files{.path = "/none/there"}).collect(), query_error);
}

TEST_CASE("bounded runs are no queries: no listener hears of them", "[bounded]") {
  engines engines{false};
  auto& on = engines.on;
  const auto listener = std::make_shared<weir_test::recording_listener>();
  on.streams().add_listener(listener);
  const sources::memory_input<int> input;
  input.add_data({1});
  CHECK(on.read(sources::memory<int>{input}).collect() == std::vector{1});
  on.streams().flush_listeners();
  CHECK(listener->events().empty());
  CHECK(on.streams().active().empty());
}

TEST_CASE("files read to their end are neither cleaned nor remembered", "[bounded]") {
  engines engines{GENERATE(false, true)};
  const weir_test::temporary_directory directory;
  for (const auto* const name : {"1.txt", "2.txt"})
    std::ofstream{directory.path() + "/" + name} << name << "\nx\n";
  const auto lines = engines.on.read(sources::files{
      .path = directory.path(), .max_files_per_trigger = 1, .clean_source = sources::clean_source::remove});
  for (int i = 0; i < 2; ++i)
    CHECK(sorted(lines.collect()) == std::vector<std::string>{"1.txt", "2.txt", "x", "x"});
}

TEST_CASE("record batches in memory: a source of a batch function's own rows", "[bounded]") {
  engines engines{GENERATE(false, true)};
  auto& on = engines.on;
  const sources::batches source{.rows = numbers_as_batches({{1, 2}, {}, {3}}), .columns = row_schema<int>()};
  CHECK(on.read(source).as<int>().collect() == std::vector{1, 2, 3});
  CHECK(on.read(source).collect<int>() == std::vector{1, 2, 3});
  CHECK(on.read(sources::batches{.rows = {}, .columns = row_schema<int>()}).collect<int>().empty());

  const memory_output output;
  auto query = on.read_stream(source, {.rows = 2})
                   .as<int>()
                   .write_stream()
                   .trigger(trigger::available_now())
                   .start(sinks::memory{output});
  query.await_termination();
  CHECK(output.all_as<int>() == std::vector{1, 2, 3});
  CHECK(output.epochs().size() == 2);

  auto wrong = source;
  wrong.columns = row_schema<score>();
  CHECK_THROWS_WITH(on.read(wrong).collect_batches(), Catch::Contains("batches: batch 0: expected (name"));
}

TEST_CASE("Z07 a batch function reads its epoch's rows with all bounded steps", "[bounded][threads]") {
  engines engines{GENERATE(false, true)};
  auto& on = engines.on;
  const sources::memory_input<int> input;
  std::vector<std::vector<int>> epochs;
  auto query = on.read_stream(sources::memory<int>{input})
                   .write_stream()
                   .start(sinks::foreach_batch{[&](epoch_id, std::span<const batch> rows) {
                     const sources::batches own{.rows = {rows.begin(), rows.end()}, .columns = row_schema<int>()};
                     const auto tens = on.read(own).as<int>().map([](int value) { return value * 10; });
                     epochs.push_back(sorted(tens.collect()));
                     CHECK(tens.to_arrow()->num_rows() == static_cast<std::int64_t>(epochs.back().size()));
                   }});
  input.add_data({3, 1});
  query.process_all_available();
  input.add_data({2});
  query.process_all_available();
  query.stop();
  CHECK(epochs == std::vector<std::vector<int>>{{10, 30}, {20}});
}
