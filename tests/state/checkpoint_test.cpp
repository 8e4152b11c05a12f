#include "catch.hpp"

#include "state/totals_checkpoint.hpp"

using namespace weir_test;

TEST_CASE("a checkpoint gives back offsets, state and owed tokens", "[checkpoint]") {
  const auto files = std::make_shared<fault_storage>();
  std::string id;
  {
    auto log = open(files);
    REQUIRE(log.ok());
    id = (*log)->query_id();
    status outcome;
    CHECK(run(**log, 5, outcome) == 5);
    REQUIRE(outcome.ok());
    CHECK((*log)->close().ok());
  }
  auto log = open(files);
  REQUIRE(log.ok());
  CHECK((*log)->query_id() == id);
  REQUIRE((*log)->recovered().last);
  CHECK((*log)->recovered().last->epoch.value == 4);
  CHECK((*log)->recovered().last->end_offsets.at("in").json == "4");
  CHECK((*log)->recovered().uncommitted.empty());
  CHECK(*restore(**log) == state_after(5));
}

TEST_CASE("a checkpoint survives a crash at every operation, with any tear", "[checkpoint][crash]") {
  constexpr std::int64_t epochs = 60;
  std::int64_t snapshots = 0;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    for (std::int64_t crash = 0;; ++crash) {
      INFO("crash at operation " << crash << ", seed " << seed);
      const auto files = std::make_shared<fault_storage>();
      files->crash_after(crash);
      std::int64_t durable = 0;
      status outcome;
      if (auto log = open(files); log.ok()) {
        durable = run(**log, epochs, outcome);
        snapshots += static_cast<std::int64_t>((*log)->metrics().snapshots);
        (void)(*log)->close();
      }
      const auto complete = !files->crashed();
      files->restart(seed + static_cast<std::uint64_t>(crash), seed == 0);
      auto log = open(files);
      if (!log.ok())
        FAIL(log.error().to_string());
      const auto known = (*log)->recovered().last ? (*log)->recovered().last->epoch.value + 1 : 0;
      // All that was acknowledged is there; at most the one epoch under way more.
      REQUIRE(known >= durable);
      REQUIRE(known <= durable + 1);
      const auto state = restore(**log);
      if (!state.ok())
        FAIL(state.error().to_string());
      REQUIRE(*state == state_after(known));
      for (const auto& [sink, tokens] : (*log)->recovered().uncommitted)
        for (const auto& [epoch, token] : tokens)
          REQUIRE(token == "token " + std::to_string(epoch.value));
      // And it goes on.
      REQUIRE(run(**log, epochs, outcome) == epochs);
      REQUIRE((*log)->close().ok());
      auto again = open(files);
      REQUIRE(again.ok());
      REQUIRE(*restore(**again) == state_after(epochs));
      if (complete)
        break;
    }
  }
  CHECK(snapshots > 0);
}

TEST_CASE("a damaged log is cut at its tail or refused by name, never read wrongly", "[checkpoint][damage]") {
  const auto whole = std::make_shared<fault_storage>();
  {
    auto log = open(whole);
    REQUIRE(log.ok());
    status outcome;
    REQUIRE(run(**log, 8, outcome) == 8);
    REQUIRE((*log)->close().ok());
  }
  const auto check = [&](const std::shared_ptr<fault_storage>& files) {
    auto log = open(files);
    if (!log.ok()) {
      CHECK_FALSE(log.error().message().empty());
      return;
    }
    const auto known = (*log)->recovered().last ? (*log)->recovered().last->epoch.value + 1 : 0;
    const auto state = restore(**log);
    if (state.ok())
      REQUIRE(*state == state_after(known));
    else
      CHECK(state.error().code() == errc::corrupt_checkpoint);
  };
  for (const auto& path : whole->paths()) {
    if (path.ends_with("lock"))
      continue;
    const auto bytes = *whole->read_all(path);
    for (std::size_t at = 0; at<bytes.size(); at += bytes.size()> 2000 ? 7 : 1) {
      INFO(path << " byte " << at);
      auto flipped = whole->copy();
      auto damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
      flipped->overwrite(path, damaged);
      check(flipped);
      auto truncated = whole->copy();
      truncated->overwrite(path, bytes.substr(0, at));
      check(truncated);
    }
  }
}

TEST_CASE("a failed write or sync ends the log by the file's name, and a restart goes on", "[checkpoint][errors]") {
  using kind = fault_storage::kind;
  const auto fault = GENERATE(kind::write, kind::sync);
  const auto files = std::make_shared<fault_storage>();
  std::int64_t durable = 0;
  {
    auto log = open(files);
    REQUIRE(log.ok());
    status outcome;
    REQUIRE(run(**log, 3, outcome) == 3);
    files->fail_once(fault, "log/", {errc::disk_full, "No space left on device"});
    durable = run(**log, 10, outcome, 3);
    CHECK(outcome.code() == errc::disk_full);
    CHECK(outcome.message().find("log/0000000001.log") != std::string::npos);
    CHECK((*log)->sync().code() == errc::disk_full);
    (void)(*log)->close();
  }
  auto log = open(files);
  INFO(log.error().to_string());
  REQUIRE(log.ok());
  const auto known = (*log)->recovered().last->epoch.value + 1;
  CHECK(known >= durable);
  CHECK(*restore(**log) == state_after(known));
}

TEST_CASE("a checkpoint in use, of another plan or without its metadata is refused", "[checkpoint]") {
  const auto files = std::make_shared<fault_storage>();
  auto log = open(files);
  REQUIRE(log.ok());
  SECTION("in use") {
    const auto second = open(files);
    REQUIRE(second.error().code() == errc::checkpoint_in_use);
    CHECK(second.error().message().find("pid 1") != std::string::npos);
  }
  status outcome;
  REQUIRE(run(**log, 2, outcome) == 2);
  REQUIRE((*log)->close().ok());
  SECTION("a state member was renamed") {
    auto changed = plan();
    changed[0].state = make_state_schema({{"id", utf8, false}}, {{"sum", int64, false}});
    const auto refused = open(files, changed);
    REQUIRE(refused.error().code() == errc::checkpoint_mismatch);
    CHECK(refused.error().message().find("member total was removed") != std::string::npos);
  }
  SECTION("a state member was retyped") {
    auto changed = plan();
    changed[0].state = make_state_schema({{"id", utf8, false}}, {{"total", float64, false}});
    CHECK(open(files, changed).error().message().find("member total was int64") != std::string::npos);
  }
  SECTION("a state member was added") {
    auto changed = plan();
    changed[0].state = make_state_schema({{"id", utf8, false}}, {{"total", int64, false}, {"count", int64, false}});
    CHECK(open(files, changed).ok());
  }
  SECTION("the stateful operator is gone") {
    const auto refused = open(files, {plan()[1]});
    REQUIRE(refused.error().code() == errc::checkpoint_mismatch);
    CHECK(refused.error().message().find("totals | removed") != std::string::npos);
  }
  SECTION("C016: metadata is gone, the log is not") {
    REQUIRE(files->remove("cp/metadata").ok());
    CHECK(open(files).error().message().find("cp/metadata is missing") != std::string::npos);
  }
  SECTION("a newer format") {
    files->overwrite("cp/metadata", R"({"id":"x","format":9})");
    const auto refused = open(files);
    REQUIRE(refused.error().code() == errc::checkpoint_newer);
    CHECK(refused.error().message().find("v9") != std::string::npos);
  }
}
