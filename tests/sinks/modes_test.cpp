// Which output modes each sink takes (C117, Z05, Z08, Z10, Z12), and how the console shows them.
#include "catch.hpp"

#include <filesystem>
#include <sstream>

#include <weir/sinks/callback.hpp>
#include <weir/sinks/console.hpp>
#include <weir/sinks/files.hpp>
#include <weir/sinks/foreach.hpp>
#include <weir/sinks/lines.hpp>
#include <weir/sinks/memory.hpp>
#include <weir/sinks/null.hpp>
#include <weir/sinks/queue.hpp>

#include "sinks/sink_test.hpp"

using namespace weir;

namespace {

struct writer {
  bool open(partition_id, epoch_id) { return true; }
  void process(const int&) {}
  void close(const status&) {}
};

std::string modes_of(const result<std::unique_ptr<sink>>& opened) {
  REQUIRE(opened.ok());
  std::string modes;
  for (const auto mode : {output_mode::append, output_mode::update, output_mode::complete})
    if ((*opened)->supports(mode))
      modes += (modes.empty() ? "" : " ") + std::string{to_string(mode)};
  return modes;
}

/// What the console prints for epochs of these rows.
std::string printed(output_mode mode, const std::vector<std::vector<int>>& epochs) {
  std::ostringstream out;
  auto opened = sinks::console{.out = &out}.open();
  sink_context context;
  context.columns = row_schema<int>();
  context.mode = mode;
  REQUIRE((*opened)->start(context).ok());
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const epoch_id epoch{static_cast<std::int64_t>(i)};
    row_writer<int> rows;
    for (const auto value : epochs[i])
      rows.append(value);
    REQUIRE((*opened)->begin(epoch, mode).ok());
    if (rows.size() > 0)
      REQUIRE((*opened)->stage(epoch, rows.finish()).ok());
    REQUIRE((*opened)->commit(epoch, *(*opened)->prepare(epoch)).ok());
  }
  (*opened)->stop();
  return out.str();
}

}  // namespace

TEST_CASE("C117 Z05 Z10 sinks that take rows one by one or whole take all modes", "[modes]") {
  std::ostringstream out;
  const std::string all = "append update complete";
  CHECK(modes_of(sinks::console{.out = &out}.open()) == all);
  CHECK(modes_of(sinks::lines{.out = &out}.open()) == all);
  CHECK(modes_of(sinks::memory{}.open()) == all);
  CHECK(modes_of(sinks::null{}.open()) == all);
  CHECK(modes_of(sinks::queue<int>{}.open()) == all);
  CHECK(modes_of(sinks::callback<int>{[](epoch_id, std::span<const int>) {}}.open()) == all);
  CHECK(modes_of(sinks::foreach_batch{[](epoch_id, std::span<const batch>) {}}.open()) == all);
  CHECK(modes_of(sinks::foreach<int, writer>{.writer = {}}.open()) == all);
  CHECK(modes_of(sinks::memory{.key = {"value"}}.open()) == "update complete");
}

TEST_CASE("C117 Z08 file sinks never take complete mode", "[modes]") {
  // Changed rows are appended in update mode: a file's reader sees every version of them.
  CHECK(modes_of(sinks::jsonl{.path = "out"}.open()) == "append update");
  CHECK(modes_of(sinks::csv{.path = "out"}.open()) == "append update");
}

TEST_CASE("only a memory sink with a key replaces rows", "[modes]") {
  std::ostringstream out;
  CHECK_FALSE((*sinks::console{.out = &out}.open())->keyed());
  CHECK_FALSE((*sinks::memory{}.open())->keyed());
  CHECK_FALSE((*sinks::jsonl{.path = "out"}.open())->keyed());
  CHECK((*sinks::memory{.key = {"value"}}.open())->keyed());
}

TEST_CASE("Z05 the console shows each epoch under its number, in complete mode also without rows", "[modes][console]") {
  const std::string rule = "-------------------------------------------\n";
  const std::string empty = "+-----+\n|value|\n+-----+\n+-----+\n\n";
  const auto table = [](const std::string& rows) { return "+-----+\n|value|\n+-----+\n" + rows + "+-----+\n\n"; };
  const auto title = [&](int epoch) { return rule + "Batch: " + std::to_string(epoch) + "\n" + rule; };
  const std::vector<std::vector<int>> epochs{{1}, {}, {1, 20}};
  const auto changed = title(0) + table("|    1|\n") + title(2) + table("|    1|\n|   20|\n");
  CHECK(printed(output_mode::append, epochs) == changed);
  CHECK(printed(output_mode::update, epochs) == changed);
  CHECK(printed(output_mode::complete, epochs) ==
        title(0) + table("|    1|\n") + title(1) + empty + title(2) + table("|    1|\n|   20|\n"));
}
