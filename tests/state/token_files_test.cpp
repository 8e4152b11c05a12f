// Tokens that are files of the checkpoint: whole results (complete mode) and large ones.
#include "catch.hpp"

#include <algorithm>

#include <weir/state/checkpoint_view.hpp>
#include <weir/state/discard.hpp>
#include <weir/state/token_files.hpp>

#include "state/totals_checkpoint.hpp"

using namespace weir_test;

namespace {

std::vector<plan_entry> complete_plan() {
  auto entries = plan();
  entries[1].token_bytes_in_log = 0;
  return entries;
}

std::vector<std::string> token_paths(const fault_storage& files) {
  auto paths = files.paths();
  std::erase_if(paths, [](const std::string& path) { return !path.starts_with("cp/sinks/"); });
  return paths;
}

/// Epoch 0 with a token for each sink, not committed.
status write_epoch(checkpoint& log, std::map<std::string, std::string> tokens) {
  epoch_summary summary;
  summary.tokens = std::move(tokens);
  WEIR_TRY(log.append_epoch(summary, 0));
  return log.sync();
}

plan_entry sink_entry(std::string name, std::uint64_t in_log) {
  plan_entry made;
  made.part = plan_entry::role::sink;
  made.name = std::move(name);
  made.kind = "memory";
  made.token_bytes_in_log = in_log;
  return made;
}

}  // namespace

TEST_CASE("token files survive a crash at every operation, and go with their commits", "[checkpoint][crash]") {
  constexpr std::int64_t epochs = 30;
  auto kept = 0;
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    for (std::int64_t crash = 0;; ++crash) {
      INFO("crash at operation " << crash << ", seed " << seed);
      const auto files = std::make_shared<fault_storage>();
      files->crash_after(crash);
      std::int64_t durable = 0;
      status outcome;
      if (auto log = open(files, complete_plan()); log.ok()) {
        durable = run(**log, epochs, outcome);
        (void)(*log)->close();
      }
      const auto complete = !files->crashed();
      files->restart(seed + static_cast<std::uint64_t>(crash), seed == 0);
      auto log = open(files, complete_plan());
      if (!log.ok())
        FAIL(log.error().to_string());
      const auto known = (*log)->recovered().last ? (*log)->recovered().last->epoch.value + 1 : 0;
      REQUIRE(known >= durable);
      std::vector<std::string> expected;
      for (const auto& [sink, tokens] : (*log)->recovered().uncommitted)
        for (const auto& [epoch, token] : tokens) {
          REQUIRE(token == "token " + std::to_string(epoch.value));
          expected.push_back("cp/sinks/out/" + std::to_string(epoch.value) + ".arrow");
          ++kept;
        }
      std::ranges::sort(expected);
      REQUIRE(token_paths(*files) == expected);  // no leftovers
      // Commits of the restart first, as a query has it.
      for (const auto& [sink, tokens] : (*log)->recovered().uncommitted)
        for (const auto& [epoch, token] : tokens)
          (*log)->append_commit(sink, epoch);
      REQUIRE(run(**log, epochs, outcome) == epochs);
      REQUIRE((*log)->close().ok());
      REQUIRE(token_paths(*files).empty());
      if (complete)
        break;
    }
  }
  CHECK(kept > 0);
}

TEST_CASE("in other modes only tokens over 1 MiB are files", "[checkpoint]") {
  const auto files = std::make_shared<fault_storage>();
  const auto sinks =
      std::vector{sink_entry("a", plan_entry{}.token_bytes_in_log), sink_entry("b", plan_entry{}.token_bytes_in_log)};
  const std::string large(std::size_t{1} << 20U, 'x');
  const std::map<std::string, std::string> tokens{{"a", large}, {"b", large + "y"}};
  {
    auto log = open(files, sinks);
    REQUIRE(log.ok());
    REQUIRE(write_epoch(**log, tokens).ok());
    CHECK((*log)->metrics().log_bytes < 2 * large.size());
    CHECK(token_paths(*files) == std::vector<std::string>{"cp/sinks/b/0.arrow"});
  }
  auto log = open(files, sinks);
  REQUIRE(log.ok());
  for (const auto& [sink, token] : tokens) {
    const auto& owed = (*log)->recovered().uncommitted.at(sink);
    REQUIRE(owed.size() == 1);
    CHECK(owed[0].second == token);
  }
}

TEST_CASE("a token may look like a reference, and a sink's name like a path", "[checkpoint]") {
  const auto files = std::make_shared<fault_storage>();
  const auto sinks = std::vector{sink_entry("..", 0), sink_entry("a/b", 100), sink_entry("a%2fb", 0)};
  const std::map<std::string, std::string> tokens{
      {"..", "one"}, {"a/b", "weir-token-file:0.arrow:3:0"}, {"a%2fb", "three"}};
  {
    auto log = open(files, sinks);
    REQUIRE(log.ok());
    REQUIRE(write_epoch(**log, tokens).ok());
    CHECK(token_paths(*files) ==
          std::vector<std::string>{"cp/sinks/%2e./0.arrow", "cp/sinks/a%252fb/0.arrow", "cp/sinks/a%2fb/0.arrow"});
  }
  auto log = open(files, sinks);
  REQUIRE(log.ok());
  for (const auto& [sink, token] : tokens)
    CHECK((*log)->recovered().uncommitted.at(sink)[0].second == token);
}

TEST_CASE("a token file that is missing or damaged is refused by its name", "[checkpoint][damage]") {
  const auto files = std::make_shared<fault_storage>();
  {
    auto log = open(files, complete_plan());
    REQUIRE(log.ok());
    status outcome;
    REQUIRE(run(**log, 1, outcome) == 1);  // and a crash before the commit note is durable
  }
  const auto left = files->copy();
  left->restart(0, true);
  const std::string path = "cp/sinks/out/0.arrow";
  const auto expect = [&](const std::string& what) {
    const auto log = open(left, complete_plan());
    REQUIRE_FALSE(log.ok());
    CHECK(log.error().code() == errc::corrupt_checkpoint);
    CHECK(log.error().message() == path + " " + what + ": it holds what sink out still has to commit for epoch 0");
    const auto view = view_checkpoint(left, "cp");
    REQUIRE(view.ok());
    const auto& token = view->segments.back().epochs.back().tokens.at(0);
    CHECK(token.file == path);
    CHECK(token.bytes == 7);
    CHECK(token.damage == log.error().message());
    // Discarding the epoch is the way on.
    CHECK(discard_token(left, "cp", "out", epoch_id{0}, "test", quiet_logger()).ok());
    const auto again = open(left, complete_plan());
    REQUIRE(again.ok());
    CHECK((*again)->recovered().uncommitted.empty());
    CHECK(token_paths(*left).empty());
  };
  SECTION("missing") {
    REQUIRE(left->remove(path).ok());
    expect("is missing");
  }
  SECTION("cut") {
    left->overwrite(path, "token ");
    expect("has 6 bytes instead of 7");
  }
  SECTION("changed") {
    left->overwrite(path, "token 1");
    expect("fails its checksum");
  }
  SECTION("whole: discarding gives the token") {
    const auto view = view_checkpoint(left, "cp");
    REQUIRE(view.ok());
    CHECK(view->segments.back().epochs.back().tokens.at(0).damage.empty());
    const auto token = discard_token(left, "cp", "out", epoch_id{0}, "test", quiet_logger());
    REQUIRE(token.ok());
    CHECK(*token == "token 0");
  }
}

TEST_CASE("with os_cache a token's file is not synced", "[checkpoint]") {
  const auto survives_failing_sync = [](bool sync) {
    const auto files = std::make_shared<fault_storage>();
    auto options = small_options();
    options.sync = sync;
    auto log = open(files, {sink_entry("out", 0)}, options);
    REQUIRE(log.ok());
    files->fail_once(fault_storage::kind::sync, "sinks/out/0.arrow", {errc::io_error, "sync"});
    const auto outcome = write_epoch(**log, {{"out", "rows"}});
    if (!outcome.ok())
      CHECK(outcome.message() == "sync cp/sinks/out/0.arrow");
    return outcome.ok();
  };
  CHECK_FALSE(survives_failing_sync(true));
  CHECK(survives_failing_sync(false));
}
