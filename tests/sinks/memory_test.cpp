#include "catch.hpp"
#include "sinks/sink_test.hpp"

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include <boost/describe.hpp>

#include <arrow/api.h>

#include "test_seed.hpp"

using namespace weir;
using namespace weir::testing;

namespace {

using numbers = std::vector<int>;

struct memory_host {
  memory_output output;
  std::unique_ptr<sink> object = *sinks::memory{output}.open();

  explicit memory_host(output_mode mode) : mode_{mode} {
    sink_context context;
    context.query_id = "query";
    context.columns = row_schema<int>();
    context.mode = mode;
    REQUIRE(object->start(context).ok());
  }
  void add(std::int64_t epoch, std::initializer_list<int> rows) {
    row_writer<int> writer;
    for (const auto row : rows)
      writer.append(row);
    REQUIRE(object->begin(epoch_id{epoch}, mode_).ok());
    REQUIRE(object->stage(epoch_id{epoch}, writer.finish()).ok());
    auto staged = object->prepare(epoch_id{epoch});
    REQUIRE(staged.ok());
    REQUIRE(object->commit(epoch_id{epoch}, *staged).ok());
  }

private:
  output_mode mode_;
};

}  // namespace

TEST_CASE("C117 memory: append and update add epochs, a repeated one is ignored", "[memory]") {
  memory_host host{GENERATE(output_mode::append, output_mode::update)};
  host.add(0, {1, 2, 3});
  CHECK(host.output.last_as<int>() == numbers{1, 2, 3});
  host.add(1, {4, 5, 6});
  CHECK(host.output.last_as<int>() == numbers{4, 5, 6});
  CHECK(host.output.all_as<int>() == numbers{1, 2, 3, 4, 5, 6});
  host.add(1, {7, 8, 9});
  CHECK(host.output.last_as<int>() == numbers{4, 5, 6});
  host.add(2, {7, 8, 9});
  CHECK(host.output.all_as<int>() == numbers{1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("C117 memory: complete replaces, a repeated epoch is ignored", "[memory]") {
  memory_host host{output_mode::complete};
  host.add(0, {1, 2, 3});
  host.add(1, {4, 5, 6});
  CHECK(host.output.all_as<int>() == numbers{4, 5, 6});
  host.add(1, {7, 8, 9});
  CHECK(host.output.all_as<int>() == numbers{4, 5, 6});
  host.add(2, {7, 8, 9});
  CHECK(host.output.all_as<int>() == numbers{7, 8, 9});
}

TEST_CASE("C117 memory: complete mode's newest epoch is what came since the last call", "[memory]") {
  memory_host host{output_mode::complete};
  host.add(0, {1, 2, 3});
  CHECK(host.output.since_last_as<int>() == numbers{1, 2, 3});
  host.add(1, {4});
  host.add(2, {5, 6});
  CHECK(host.output.since_last_as<int>() == numbers{5, 6});
  CHECK(host.output.since_last_as<int>().empty());
  CHECK(host.output.epochs().size() == 1);
}

TEST_CASE("memory: the result as an Arrow table, with its columns before the first row", "[memory]") {
  memory_host host{output_mode::append};
  const auto empty = host.output.to_arrow();
  REQUIRE(empty.ok());
  CHECK((*empty)->num_rows() == 0);
  CHECK((*empty)->schema()->field(0)->name() == "value");
  host.add(0, {1, 2});
  host.add(1, {3});
  const auto table = host.output.to_arrow();
  REQUIRE(table.ok());
  REQUIRE((*table)->num_rows() == 3);
  const auto third = (*table)->column(0)->GetScalar(2);
  CHECK(third.ValueOrDie()->ToString() == "3");
  CHECK((*empty)->num_rows() == 0);
}

namespace {

struct place {
  std::optional<std::string> town;
  std::int64_t number;
  friend auto operator<=>(const place&, const place&) = default;
};
BOOST_DESCRIBE_STRUCT(place, (), (town, number))

struct reading {
  place at;
  double level;
  std::int64_t epoch;
  friend auto operator<=>(const reading&, const reading&) = default;
};
BOOST_DESCRIBE_STRUCT(reading, (), (at, level, epoch))

struct with_tags {
  std::map<std::string, std::int64_t> tags;
};
BOOST_DESCRIBE_STRUCT(with_tags, (), (tags))

std::ostream& operator<<(std::ostream& out, const reading& one) {
  return out << one.at.town.value_or("-") << one.at.number << ":" << one.level << "@" << one.epoch;
}

/// A keyed sink, driven by hand.
struct keyed_host {
  memory_output output;
  std::unique_ptr<sink> object;
  output_mode mode;

  explicit keyed_host(std::vector<std::string> key, output_mode with = output_mode::update)
      : object{*sinks::memory{.output = output, .key = std::move(key)}.open()}, mode{with} {
    REQUIRE(object->start(context()).ok());
  }
  sink_context context() const {
    sink_context made;
    made.query_id = "query";
    made.columns = row_schema<reading>();
    made.mode = mode;
    return made;
  }
  void add(std::int64_t epoch, const std::vector<std::vector<reading>>& batches) {
    REQUIRE(object->begin(epoch_id{epoch}, mode).ok());
    for (const auto& rows : batches) {
      row_writer<reading> writer;
      for (const auto& row : rows)
        writer.append(row);
      REQUIRE(object->stage(epoch_id{epoch}, writer.finish()).ok());
    }
    REQUIRE(object->commit(epoch_id{epoch}, *object->prepare(epoch_id{epoch})).ok());
  }
};

}  // namespace

TEST_CASE("memory with a key keeps the newest row of each key in update mode", "[memory]") {
  keyed_host host{{"at"}};
  const reading a{{"A", 1}, 0.5, 0};
  const reading b{{std::nullopt, 1}, 1.5, 0};
  host.add(0, {{a, b}});
  CHECK(host.output.all_as<reading>() == std::vector{a, b});
  CHECK(host.output.since_last_as<reading>() == std::vector{a, b});

  // The last row of a key counts, also within an epoch; the order is that of the keys.
  const reading newer{{"A", 1}, 0.75, 1};
  const reading newest{{"A", 1}, 1.0, 1};
  const reading c{{"A", 2}, 9, 1};
  host.add(1, {{newer}, {c, newest}});
  CHECK(host.output.all_as<reading>() == std::vector{newest, b, c});
  CHECK(host.output.since_last_as<reading>() == std::vector{newest, c});
  CHECK(host.output.since_last_as<reading>().empty());
  CHECK(host.output.last_as<reading>() == std::vector{newer, c, newest});
  CHECK(host.output.epochs().size() == 1);

  host.add(1, {{a}});  // repeated
  CHECK(host.output.all_as<reading>() == std::vector{newest, b, c});
  const auto table = host.output.to_arrow();
  REQUIRE(table.ok());
  CHECK((*table)->num_rows() == 3);

  host.output.clear();
  CHECK(host.output.all().empty());
  host.add(2, {{b}});
  CHECK(host.output.all_as<reading>() == std::vector{b});
}

TEST_CASE("memory with a key: complete mode replaces all", "[memory]") {
  keyed_host host{{"at"}, output_mode::complete};
  host.add(0, {{{{"A", 1}, 1, 0}, {{"B", 1}, 1, 0}}});
  host.add(1, {{{{"B", 1}, 2, 1}}});
  CHECK(host.output.all_as<reading>() == std::vector{reading{{"B", 1}, 2, 1}});
}

TEST_CASE("memory with a key equals a map, whatever the epochs and batches", "[memory][property]") {
  const auto seed = weir_test::test_seed();
  INFO("seed " << seed);
  std::mt19937_64 random{seed};
  // Many rows a key, so that replaced batches are let go of meanwhile.
  keyed_host host{{"at", "level"}};
  std::map<std::pair<place, double>, reading> model;
  for (std::int64_t epoch = 0; epoch < 60; ++epoch) {
    std::vector<std::vector<reading>> batches(random() % 4);
    for (auto& rows : batches)
      for (auto count = random() % 2500; count > 0; --count) {
        const auto town = random() % 3 == 0 ? std::nullopt : std::optional{std::string(random() % 3, 'x')};
        rows.push_back({{town, static_cast<std::int64_t>(random() % 4)}, static_cast<double>(random() % 5), epoch});
        model[{rows.back().at, rows.back().level}] = rows.back();
      }
    std::erase_if(batches, [](const auto& rows) { return rows.empty(); });
    host.add(epoch, batches);
    auto rows = host.output.all_as<reading>();
    std::ranges::sort(rows);
    std::vector<reading> expected;
    for (const auto& [key, row] : model)
      expected.push_back(row);
    std::ranges::sort(expected);
    REQUIRE(rows == expected);
  }
}

TEST_CASE("memory can be read while epochs are committed: every read sees whole epochs", "[memory][threads]") {
  const auto mode = GENERATE(output_mode::update, output_mode::complete);
  keyed_host host{{"at"}, mode};
  std::atomic<bool> done = false;
  std::atomic<std::int64_t> torn = 0;
  {
    const std::jthread reader{[&] {
      while (!done) {
        const auto table = host.output.to_arrow();
        auto rows = host.output.all_as<reading>();
        torn += table.ok() && ((*table)->num_rows() == 0 || (*table)->num_rows() == 50) ? 0 : 1;
        torn += std::ranges::all_of(rows, [&](const reading& row) { return row.epoch == rows[0].epoch; }) ? 0 : 1;
      }
    }};
    for (std::int64_t epoch = 0; epoch < 200; ++epoch) {
      std::vector<reading> rows;
      for (std::int64_t i = 0; i < 50; ++i)
        rows.push_back({{"A", i}, 0, epoch});
      host.add(epoch, {rows});
    }
    done = true;
  }
  CHECK(torn == 0);
}

TEST_CASE("memory with a key refuses append mode, unknown columns, maps, and another sink's rows", "[memory]") {
  const auto opened = sinks::memory{.key = {"at", "level"}}.open();
  REQUIRE(opened.ok());
  CHECK((*opened)->keyed());
  CHECK_FALSE((*opened)->supports(output_mode::append));
  CHECK((*opened)->supports(output_mode::update));
  CHECK((*opened)->supports(output_mode::complete));
  CHECK((*opened)->description() == "memory by key (at, level)");
  CHECK((*opened)->accepts(row_schema<reading>()).ok());
  const auto unknown = (*opened)->accepts(row_schema<place>());
  CHECK(unknown.code() == errc::unknown_column);
  CHECK(unknown.message() == "memory: no key column 'at' in (" + row_schema<place>().to_string() + ")");
  const auto map = (*sinks::memory{.key = {"tags"}}.open())->accepts(row_schema<with_tags>());
  CHECK(map.code() == errc::unsupported);

  keyed_host host{{"at"}};
  host.add(0, {{{{"A", 1}, 1, 0}}});
  const auto other = (*sinks::memory{.output = host.output, .key = {"level"}}.open())->start(host.context());
  CHECK(other.code() == errc::invalid_argument);
  CHECK(other.message().find("by key (at)") != std::string::npos);
  const auto again = (*sinks::memory{.output = host.output, .key = {"at"}}.open())->start(host.context());
  CHECK(again.ok());
}
