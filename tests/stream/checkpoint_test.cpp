// Scenarios C016 and C073, and what a start says of a checkpoint that is not its own.
#include "stream_test.hpp"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <weir/sources/files.hpp>
#include <weir/sources/push.hpp>

using namespace std::chrono_literals;
using namespace weir;
using weir_test::fault_storage;
using weir_test::run_plans;
using weir_test::stream_test;

namespace {

struct counted {
  std::string key;
  std::int64_t count;
  friend auto operator<=>(const counted&, const counted&) = default;
};
BOOST_DESCRIBE_STRUCT(counted, (), (key, count))

std::ostream& operator<<(std::ostream& out, const counted& one) { return out << one.key << " " << one.count; }

/// Counts by key in the checkpoint "cp", until all that is there is done.
std::vector<counted> count_words(const std::shared_ptr<fault_storage>& files,
                                 const sources::memory_input<std::string>& input) {
  engine on{engine::options{.files = files, .deterministic = true}};
  const memory_output output;
  query_options options;
  options.mode = output_mode::update;
  options.checkpoint_location = "cp";
  const auto query =
      on.read_stream(sources::memory<std::string>{input})
          .group_by_key([](const std::string& key) { return key; })
          .map_groups_with_state<std::int64_t>(
              [](std::string_view key, std::span<const std::string> rows, group_state<std::int64_t>& state) {
                state.update((state.exists() ? state.get() : 0) + static_cast<std::int64_t>(rows.size()));
                return counted{std::string{key}, state.get()};
              })
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
  query.process_all_available();
  query.stop();
  return output.all_as<counted>();
}

std::string refusal(const std::shared_ptr<fault_storage>& files, const sources::memory_input<std::string>& input) {
  try {
    (void)count_words(files, input);
  } catch (const query_error& error) {
    CHECK(error.code() == errc::checkpoint_mismatch);
    return error.what();
  }
  FAIL("the query started");
  return {};
}

}  // namespace

TEST_CASE("C016 a new query in a directory that holds an older one's state", "[scenario]") {
  const auto files = std::make_shared<fault_storage>();
  const sources::memory_input<std::string> input;
  input.add_data({"a", "b", "a"});
  SECTION("not empty") {
    const auto part = GENERATE(as<std::string>{}, "state", "log", "sources");
    files->overwrite("cp/" + part + "/0/1.delta", "x");
    CHECK_THAT(refusal(files, input), Catch::Contains("cp/metadata is missing, but cp/" + part + " is not empty"));
    // Refused again, and nothing was begun.
    CHECK_THAT(refusal(files, input), Catch::Contains("cp/" + part));
    CHECK_FALSE(*files->exists("cp/metadata"));
  }
  SECTION("empty") {
    for (const auto* const part : {"cp/state", "cp/log", "cp/sources"})
      REQUIRE(files->create_directories(part).ok());
    CHECK(count_words(files, input).size() == 2);
  }
}

TEST_CASE("C016 the metadata of a checkpoint is gone", "[scenario]") {
  const auto files = std::make_shared<fault_storage>();
  const sources::memory_input<std::string> input;
  input.add_data({"a", "b", "a"});
  (void)count_words(files, input);
  const auto kept = *files->read_all("cp/metadata");
  REQUIRE(files->remove("cp/metadata").ok());
  input.add_data({"a"});
  CHECK_THAT(refusal(files, input), Catch::Contains("restore the file, or use an empty directory"));
  // Restored, the query goes on.
  files->overwrite("cp/metadata", kept);
  CHECK(count_words(files, input) == std::vector<counted>{{"a", 3}});
}

TEST_CASE("C016 a spool whose checkpoint is gone gives no rows to another query", "[scenario]") {
  const auto files = std::make_shared<fault_storage>();
  const auto run = [&](const memory_output& output, const std::vector<std::string>& rows) {
    engine on{engine::options{.files = files, .deterministic = true}};
    const sources::push_handle<std::string> handle;
    query_options options;
    options.checkpoint_location = "cp";
    const auto query = on.read_stream(sources::push<std::string>{.handle = handle})
                           .write_stream()
                           .options(options)
                           .start(sinks::memory{output});
    query.process_all_available();
    for (const auto& row : rows)
      REQUIRE(handle.push(row));
    query.process_all_available();
    query.stop();
  };
  const memory_output first;
  run(first, {"secret"});
  CHECK(first.all_as<std::string>() == std::vector<std::string>{"secret"});
  for (const auto& path : files->paths())
    if (!path.starts_with("cp/sources/"))
      REQUIRE(files->remove(path).ok());
  const memory_output second;
  CHECK_THROWS_WITH(run(second, {"mine"}), Catch::Contains("cp/sources is not empty"));
  CHECK(second.all().empty());
}

TEST_CASE("C073 a group with data in the epoch does not time out", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<timestamp> input;
    const memory_output output;
    t.query([&](engine& on, query_options options) {
      options.mode = output_mode::append;
      options.empty_epochs = false;
      return on.read_stream(sources::memory<timestamp>{input})
          .with_watermark("value", 0s)
          .group_by_key([](timestamp) { return 0; })
          .flat_map_groups_with_state<std::int64_t>(
              output_mode::append,
              [](const int&, std::span<const timestamp>, group_state<std::int64_t>& state) {
                if (state.has_timed_out())
                  return std::vector<std::int64_t>{-1};
                if (!state.exists()) {
                  state.update(1);
                  state.set_timeout_timestamp(timestamp{500ms});
                  return std::vector<std::int64_t>{1};
                }
                return std::vector<std::int64_t>{2};
              },
              group_timeout::event_time)
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add(input, {timestamp{1s}});
    t.check_new<std::int64_t>(output, {1});
    // The watermark is 1 s now, past the timeout; the row clears it.
    t.add(input, {timestamp{2s}});
    t.check_new<std::int64_t>(output, {2});
    t.add(input, {timestamp{3s}});
    t.check_new<std::int64_t>(output, {2});
  });
}

TEST_CASE("a query whose input is empty runs no epoch, whatever its source calls the begin", "[scenario]") {
  const auto directory = std::filesystem::temp_directory_path() / ("weir-empty-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const auto when = GENERATE(trigger::once(), trigger::available_now(), trigger::processing_time(0ms));
  CAPTURE(when.to_string());
  engine on{{.deterministic = true}};
  const memory_output output;
  const auto query = on.read_stream(sources::files{.path = directory.string()})
                         .write_stream()
                         .trigger(when)
                         .start(sinks::memory{output});
  query.process_all_available();
  CHECK(output.epochs().empty());
  std::ofstream{directory / "a"} << "1\n";
  if (query.is_active()) {
    query.stop();
  } else {
    const auto again = on.read_stream(sources::files{.path = directory.string()})
                           .write_stream()
                           .trigger(when)
                           .start(sinks::memory{output});
    again.process_all_available();
    REQUIRE(output.epochs().size() == 1);
    CHECK(output.all_as<std::string>() == std::vector<std::string>{"1"});
  }
  std::filesystem::remove_all(directory);
}
