// Scenarios B: when epochs start and how many there are, in whole queries.
#include "stream_test.hpp"

#include <fstream>

#include <weir/sinks/callback.hpp>
#include <weir/sources/files.hpp>

#include "temporary_directory.hpp"

using namespace std::chrono_literals;
using namespace weir;
using weir_test::stream_test;

namespace {

/// A directory of files of one line.
class line_files {
public:
  std::string path() const { return directory_.path(); }
  void add(const std::vector<std::string>& lines) {
    for (const auto& line : lines) {
      const auto name = directory_ / std::to_string(1000 + ++count_);
      std::ofstream{name + ".tmp"} << line << '\n';
      std::filesystem::rename(name + ".tmp", name + ".txt");
    }
  }

private:
  weir_test::temporary_directory directory_;
  int count_ = 0;
};

sources::files by_name(const line_files& files) {
  return {.path = files.path(), .order = sources::file_order::by_name, .max_files_per_trigger = 1};
}

}  // namespace

TEST_CASE("C024 an epoch that overruns its boundary is followed at once, and is told of", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<int> input;
  const memory_output output;
  std::vector<std::int64_t> begins;
  const std::chrono::milliseconds takes[]{0ms, 500ms, 1500ms, 0ms, 0ms};
  t.query([&](engine& on, query_options options) {
    return on.read_stream(sources::memory<int>{input})
        .map([&](int number) {
          begins.push_back(t.clock().now().time_since_epoch() / 1ms);
          t.clock().advance(takes[number]);
          if (number < 4)
            input.add_data({number + 1});
          return number;
        })
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
  t.options().trigger = trigger::processing_time(1s);
  input.add_data({0});
  for (int i = 0; i < 50 && begins.size() < 5; ++i) {
    (void)t.running_query().await_termination(1ms);  // handles the messages; there is no thread
    t.clock().advance(100ms);
  }
  (void)t.running_query().await_termination(1ms);
  CHECK(begins == std::vector<std::int64_t>{0, 1000, 2000, 3500, 4000});
  CHECK(t.running_query().last_progress()->falling_behind == 1);
}

TEST_CASE("C025 available-now takes what came since, at each start", "[scenario]") {
  const auto freezable = GENERATE(true, false);
  stream_test t{{}};
  line_files files;
  const sources::memory_input<std::string> other;
  const memory_output output;
  other.store()->set_freezable(freezable);
  t.query([&](engine& on, query_options options) {
    return on.read_stream(by_name(files))
        .union_with(on.read_stream(sources::memory<std::string>{other}))
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
  t.options().trigger = trigger::available_now();
  const auto epochs = freezable ? 3U : 1U;
  files.add({"7", "8", "9"});
  other.add_data({"1", "2", "3"});
  t.check_new<std::string>(output, {"1", "2", "3", "7", "8", "9"});
  CHECK(output.epochs().size() == epochs);
  t.stop();
  files.add({"10", "11", "12"});
  other.add_data({"4", "5", "6"});
  t.check_new<std::string>(output, {"10", "11", "12", "4", "5", "6"});
  CHECK(output.epochs().size() == 2 * epochs);
}

TEST_CASE("C027 once takes all files in one epoch, whatever the cap", "[scenario]") {
  stream_test t{{}};
  line_files files;
  const memory_output output;
  t.query([&](engine& on, query_options options) {
    return on.read_stream(by_name(files)).write_stream().options(options).start(sinks::memory{output});
  });
  t.options().trigger = trigger::once();
  files.add({"1", "2", "3"});
  t.check_new<std::string>(output, {"1", "2", "3"});
  CHECK(output.epochs().size() == 1);
  t.stop();
  files.add({"4", "5"});
  t.check_new<std::string>(output, {"4", "5"});
  CHECK(output.epochs().size() == 2);
}

TEST_CASE("C004, C021 an epoch that was not committed is repeated and is not the one of once (T04)", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<int> input;
  std::vector<std::pair<std::int64_t, std::vector<int>>> committed;
  auto fails = true;
  auto calls = 0;
  t.query([&](engine& on, query_options options) {
    return on.read_stream(sources::memory<int>{input})
        .map([&calls](int value) {
          ++calls;
          return value;
        })
        .write_stream()
        .options(options)
        .start(sinks::foreach_batch{[&](epoch_id epoch, std::span<const batch> rows) {
          if (std::exchange(fails, false))
            throw std::runtime_error{"not yet"};
          committed.emplace_back(epoch.value, memory_output::rows_as<int>({rows.begin(), rows.end()}));
        }});
  });
  t.options().trigger = trigger::once();
  input.add_data({1, 2});
  CHECK(t.expect_failure(errc::user_function).find("not yet") != std::string::npos);
  CHECK(committed.empty());
  input.add_data({3});
  t.process();
  CHECK(committed == decltype(committed){{0, {1, 2}}, {1, {3}}});
  CHECK(calls == 3);                           // what was logged is not computed again
  CHECK(input.store()->last_offset() == "0");  // of the epoch that was not committed
}

TEST_CASE("C114 two file sources, a start for each of their files", "[scenario]") {
  stream_test t{{}};
  line_files first;
  line_files second;
  const memory_output output;
  t.query([&](engine& on, query_options options) {
    return on.read_stream(by_name(first))
        .union_with(on.read_stream(by_name(second)))
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
  const auto start_with = [&](const std::vector<std::string>& a, const std::vector<std::string>& b) {
    first.add(a);
    second.add(b);
    auto expected = a;
    expected.insert(expected.end(), b.begin(), b.end());
    t.check_new<std::string>(output, expected);
    t.stop();
  };
  start_with({"s1_0"}, {"s2_0"});
  start_with({"s1_1"}, {});
  start_with({}, {"s2_2"});
  start_with({"s1_3"}, {"s2_3"});
}
