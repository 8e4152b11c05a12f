// Scenarios C007, C008 and C014: what a checkpoint keeps, what it drops, and what it does with files that are not its.
#include "catch.hpp"

#include <algorithm>

#include <weir/state/checkpoint_view.hpp>
#include <weir/state/frame.hpp>

#include "state/totals_checkpoint.hpp"

using namespace weir_test;

namespace {

checkpoint_view view(const std::shared_ptr<fault_storage>& files) {
  auto seen = view_checkpoint(files, "cp");
  INFO(seen.error().to_string());
  REQUIRE(seen.ok());
  return std::move(*seen);
}

/// Epochs of a query without state.
status run_stateless(checkpoint& log, std::int64_t begin, std::int64_t end, bool committing) {
  for (auto n = begin; n < end; ++n) {
    epoch_summary summary;
    summary.epoch = epoch_id{n};
    summary.end_offsets["in"] = offset{std::to_string(n)};
    summary.tokens["out"] = std::string(300, 't');
    WEIR_TRY(log.append_epoch(summary, 0));
    WEIR_TRY(log.sync());
    if (committing)
      log.append_commit("out", epoch_id{n});
  }
  return {};
}

std::string frame_text(frame_kind kind, std::string_view payload) {
  std::string bytes;
  append_frame(bytes, {kind, 0, 1, 0}, {payload});
  return bytes;
}

}  // namespace

TEST_CASE("C007 a checkpoint keeps two snapshots and the log since the older one", "[checkpoint][retention]") {
  const auto files = std::make_shared<fault_storage>();
  auto log = open(files);
  REQUIRE(log.ok());
  status outcome;
  std::size_t most_segments = 0;
  for (std::int64_t until = 1; until <= 150; ++until) {
    INFO("after epoch " << until - 1);
    REQUIRE(run(**log, until, outcome, until - 1) == until);
    const auto now = view(files);
    most_segments = std::max(most_segments, now.segments.size());
    REQUIRE(now.snapshots.size() <= 2);
    const auto& newest = now.segments.back();
    if (now.snapshots.size() < 2) {
      CHECK(now.segments.front().info.first == epoch_id{0});
      continue;
    }
    const auto older = now.snapshots.front().place.epoch;
    CHECK(older < now.snapshots.back().place.epoch);
    // All that the older snapshot does not have is in the log,
    REQUIRE(now.segments.front().info.first);
    CHECK(now.segments.front().info.first->value <= older.value + 1);
    CHECK((newest.info.last ? newest.info.last : now.segments[now.segments.size() - 2].info.last) ==
          epoch_id{until - 1});
    // and of the rest no more than two segments.
    for (std::size_t i = 0; i + 2 < now.segments.size(); ++i)
      CHECK(now.segments[i].info.last > older);
  }
  CHECK(most_segments > 2);
  CHECK(most_segments < 8);
  CHECK((*log)->metrics().snapshots > 10);
}

TEST_CASE("C007 a query without state keeps the newest segments", "[checkpoint][retention]") {
  const auto files = std::make_shared<fault_storage>();
  auto log = open(files, {plan()[1]});
  REQUIRE(log.ok());
  SECTION("all is committed") {
    REQUIRE(run_stateless(**log, 0, 200, true).ok());
    const auto now = view(files);
    CHECK(now.segments.size() <= 3);
    CHECK(now.segments.front().info.first > epoch_id{150});
    REQUIRE((*log)->close().ok());
    const auto again = open(files, {plan()[1]});
    REQUIRE(again.ok());
    CHECK((*again)->recovered().last->end_offsets.at("in").json == "199");
  }
  SECTION("a sink that has not committed keeps its tokens") {
    REQUIRE(run_stateless(**log, 0, 50, false).ok());
    CHECK(view(files).segments.front().info.first == epoch_id{0});
    (*log)->append_commit("out", epoch_id{49});
    REQUIRE(run_stateless(**log, 50, 52, true).ok());
    CHECK(view(files).segments.front().info.first > epoch_id{0});
  }
}

TEST_CASE("an operator with state is added to a query whose log no longer reaches back to its begin",
          "[checkpoint][retention]") {
  auto more = plan();
  more.push_back(more.front());
  more.back().name = "added";
  const auto files = std::make_shared<fault_storage>();
  status outcome;
  {
    const auto with_state = GENERATE(true, false);
    auto log = open(files, with_state ? plan() : std::vector{plan()[1]});
    REQUIRE(log.ok());
    if (with_state)
      REQUIRE(run(**log, 100, outcome) == 100);
    else
      REQUIRE(run_stateless(**log, 0, 100, true).ok());
    REQUIRE((*log)->close().ok());
    REQUIRE(view(files).segments.front().info.first > epoch_id{0});
    if (!with_state)
      more.erase(more.begin());
  }
  const auto first = more.size() == 3 ? state_after(100) : model{};
  model added;
  const auto restored = [](checkpoint& log, const std::string& name) {
    model state;
    const auto read = log.restore_state(name, [&](const batch& rows) -> status {
      apply(state, rows);
      return {};
    });
    INFO(read.to_string());
    REQUIRE(read.ok());
    return state;
  };
  // Killed again and again, before its first snapshot and after it.
  std::int64_t next = 100;
  for (const auto epochs : {0, 2, 40, 1}) {
    files->restart(1);
    auto log = open(files, more);
    INFO(log.error().to_string());
    REQUIRE(log.ok());
    if (more.size() == 3)
      CHECK(restored(**log, "totals") == first);
    CHECK(restored(**log, "added") == added);
    for (auto end = next + epochs; next < end; ++next) {
      const auto rows = changes({{"k" + std::to_string(next % 7), true, next}});
      apply(added, rows);
      REQUIRE((*log)->append_part(epoch_id{next}, {"added", partition_id{0}, rows}).ok());
      epoch_summary summary;
      summary.epoch = epoch_id{next};
      REQUIRE((*log)->append_epoch(summary, 1).ok());
      REQUIRE((*log)->sync().ok());
    }
  }
  CHECK(view(files).snapshots.size() >= (more.size() == 3 ? 4U : 2U));  // of both operators, by now
}

TEST_CASE("C008 an error of the background work is the next sync's", "[checkpoint][retention]") {
  using kind = fault_storage::kind;
  const auto fault = GENERATE(kind::write, kind::sync, kind::rename);
  const auto background = GENERATE(false, true);
  const auto files = std::make_shared<fault_storage>();
  auto options = small_options();
  options.background_snapshots = background;
  {
    auto log = open(files, plan(), options);
    REQUIRE(log.ok());
    files->fail_once(fault, "cp/state/totals", {errc::disk_full, "No space left on device"});
    status outcome;
    (void)run(**log, 200, outcome);
    // A thread that is behind tells at the latest here.
    if (outcome.ok())
      outcome = (*log)->close();
    CHECK(outcome.code() == errc::disk_full);
    CHECK(outcome.message().find("cp/state/totals") != std::string::npos);
  }
  files->restart(1);
  auto log = open(files, plan(), options);
  INFO(log.error().to_string());
  REQUIRE(log.ok());
  const auto known = (*log)->recovered().last->epoch.value + 1;
  CHECK(*restore(**log) == state_after(known));
  status outcome;
  REQUIRE(run(**log, known + 60, outcome) == known + 60);
  REQUIRE((*log)->close().ok());
  // How often a thread of its own gets to it is not certain.
  CHECK(view(files).snapshots.size() >= (background ? 1U : 2U));
  for (const auto& path : files->paths())
    CHECK_FALSE(path.ends_with(".tmp"));
}

TEST_CASE("a snapshot that a crash interrupted leaves nothing behind", "[checkpoint][retention]") {
  const auto files = std::make_shared<fault_storage>();
  std::int64_t interrupted = 0;
  for (std::int64_t crash = 0; crash < 200; ++crash) {
    const auto copy = std::make_shared<fault_storage>();
    copy->crash_after(crash);
    status outcome;
    if (auto log = open(copy); log.ok())
      (void)run(**log, 30, outcome);
    copy->restart(static_cast<std::uint64_t>(crash), true);
    const auto left = [&] {
      return std::ranges::count_if(copy->paths(), [](const std::string& path) {
        return path.starts_with("cp/state/") && path.ends_with(".tmp");
      });
    };
    interrupted += left();
    REQUIRE(open(copy).ok());
    CHECK(left() == 0);
  }
  CHECK(interrupted > 0);
}

TEST_CASE("C014 what is not the log's is left alone", "[checkpoint][retention]") {
  const auto files = std::make_shared<fault_storage>();
  const std::vector<std::string> strangers{"cp/log/0",
                                           "cp/log/0000000009.log/x",
                                           "cp/log/notes.txt",
                                           "cp/log/0000000002.log.tmp",
                                           "cp/log/x.log",
                                           "cp/state/totals/snapshot-x.arrow",
                                           "cp/state/totals/snapshot-1-2.txt"};
  status outcome;
  {
    auto log = open(files);
    REQUIRE(log.ok());
    REQUIRE(run(**log, 3, outcome) == 3);
    for (const auto& path : strangers)
      files->overwrite(path, "stranger");
    REQUIRE((*log)->close().ok());
  }
  auto log = open(files);
  INFO(log.error().to_string());
  REQUIRE(log.ok());
  CHECK(*restore(**log) == state_after(3));
  REQUIRE(run(**log, 60, outcome) == 60);
  REQUIRE((*log)->close().ok());
  CHECK(view(files).snapshots.size() == 2);
  for (const auto& path : strangers)
    if (!path.ends_with("2.log.tmp"))
      CHECK(*files->read_all(path) == "stranger");
}

TEST_CASE("C014 formats that cannot be, and newer ones", "[checkpoint][retention]") {
  const auto files = std::make_shared<fault_storage>();
  status outcome;
  {
    auto log = open(files);
    REQUIRE(log.ok());
    REQUIRE(run(**log, 2, outcome) == 2);
    REQUIRE((*log)->close().ok());
  }
  SECTION("metadata") {
    for (const auto* const text :
         {"", "xyz", "{}", "[]", R"({"id":"q"})", R"({"format":2})", R"({"id":"q","format":"2"})",
          R"({"id":"q","format":0})", R"({"id":"q","format":-10})", R"({"id":"q","format":1.5})",
          R"({"id":7,"format":2})", R"({"id":"","format":2})", R"({"id":"q","format":99999999999999999999})",
          R"({"id":"q","format":2)"}) {
      INFO(text);
      files->overwrite("cp/metadata", text);
      const auto refused = open(files);
      REQUIRE(refused.error().code() == errc::corrupt_checkpoint);
      CHECK(refused.error().message().find("cp/metadata") != std::string::npos);
    }
    files->overwrite("cp/metadata", R"({"id":"q","format":200})");
    const auto refused = open(files);
    REQUIRE(refused.error().code() == errc::checkpoint_newer);
    CHECK(refused.error().to_string() ==
          "checkpoint_newer: the checkpoint has format v200, this weir reads up to v2 [operator cp/metadata]");
    files->overwrite("cp/metadata", R"({"id":"q","format":1})");
    const auto old = open(files);
    REQUIRE(old.error().code() == errc::checkpoint_mismatch);
    CHECK(old.error().message().find("the checkpoint has format v1, this weir reads v2 only") != std::string::npos);
  }
  SECTION("a segment") {
    const auto text = GENERATE(as<std::string>{}, "", "xyz", "{}", R"({"format":"1","segment":1,"query":"q"})",
                               R"({"format":2,"segment":1})");
    INFO(text);
    files->overwrite("cp/log/0000000001.log", frame_text(frame_kind::segment, text));
    CHECK(open(files).error().code() == errc::corrupt_checkpoint);
    CHECK(open(files).error().to_string().find("cp/log/0000000001.log at byte 0") != std::string::npos);
  }
  SECTION("a newer segment") {
    files->overwrite("cp/log/0000000001.log",
                     frame_text(frame_kind::segment, R"({"format":7,"segment":1,"query":"q"})"));
    CHECK(open(files).error().code() == errc::checkpoint_newer);
    CHECK(open(files).error().to_string().find("cp/log/0000000001.log") != std::string::npos);
  }
  SECTION("a frame of a later kind") {
    const auto before = *files->read_all("cp/log/0000000001.log");
    files->overwrite("cp/log/0000000001.log", before + frame_text(static_cast<frame_kind>(200), "what it holds"));
    CHECK(open(files).error().code() == errc::checkpoint_newer);
    CHECK(open(files).error().to_string().find("a frame of kind 200") != std::string::npos);
  }
  SECTION("another query's segment") {
    files->overwrite("cp/log/0000000001.log",
                     frame_text(frame_kind::segment, R"({"format":2,"segment":1,"query":"q"})"));
    CHECK(open(files).error().code() == errc::checkpoint_mismatch);
  }
  SECTION("the plan") {
    for (const auto* const text : {"", "xyz", "{}", R"({"entries":7})", R"({"entries":[{"role":"sink"}]})"}) {
      INFO(text);
      files->overwrite("cp/plan", text);
      CHECK(open(files).error().code() == errc::corrupt_checkpoint);
      CHECK(open(files).error().to_string().find("plan") != std::string::npos);
    }
  }
}

TEST_CASE("C014 epochs follow each other without a gap", "[checkpoint][retention]") {
  const auto files = std::make_shared<fault_storage>();
  auto options = small_options();
  options.snapshot_log_bytes = 1'000'000;
  options.segment_bytes = 1500;
  status outcome;
  {
    auto log = open(files, plan(), options);
    REQUIRE(log.ok());
    REQUIRE(run(**log, 12, outcome) == 12);
    REQUIRE((*log)->close().ok());
  }
  const auto segments = view(files).segments;
  REQUIRE(segments.size() > 3);
  SECTION("a segment in the middle is gone") {
    REQUIRE(files->remove(segments[1].info.path).ok());
    const auto refused = open(files, plan(), options);
    REQUIRE(refused.error().code() == errc::corrupt_checkpoint);
    CHECK(refused.error().message() == "epoch " + std::to_string(segments[2].info.first->value) + " follows epoch " +
                                           std::to_string(segments[0].info.last->value));
    CHECK(refused.error().to_string().find(segments[2].info.path) != std::string::npos);
  }
  SECTION("the first is gone, and no snapshot stands in for it") {
    REQUIRE(files->remove(segments[0].info.path).ok());
    auto log = open(files, plan(), options);
    const auto state = log.ok() ? restore(**log) : result<model>{log.error()};
    REQUIRE(state.error().code() == errc::corrupt_checkpoint);
    CHECK(state.error().message() == "cp/state/totals: a snapshot is missing");
  }
  SECTION("one is there twice") {
    files->overwrite("cp/log/0000000099.log", *files->read_all(segments[1].info.path));
    const auto refused = open(files, plan(), options);
    REQUIRE(refused.error().code() == errc::corrupt_checkpoint);
    CHECK(refused.error().to_string().find("cp/log/0000000099.log") != std::string::npos);
  }
}

TEST_CASE("a snapshot that cannot be read is passed over, and the next is made without it", "[checkpoint][retention]") {
  const auto files = std::make_shared<fault_storage>();
  status outcome;
  {
    auto log = open(files);
    REQUIRE(log.ok());
    REQUIRE(run(**log, 40, outcome) == 40);
    REQUIRE((*log)->close().ok());
  }
  const auto snapshots = view(files).snapshots;
  REQUIRE(snapshots.size() == 2);
  const auto damaged = snapshots.back().place.path;
  SECTION("damaged") {
    files->overwrite(damaged, "not what its name says");
    auto log = open(files);
    REQUIRE(log.ok());
    CHECK(*restore(**log) == state_after(40));
    REQUIRE(run(**log, 80, outcome) == 80);
    CHECK((*log)->metrics().snapshots > 0);
    REQUIRE((*log)->close().ok());
    CHECK_FALSE(*files->exists(damaged));
    auto again = open(files);
    REQUIRE(again.ok());
    CHECK(*restore(**again) == state_after(80));
  }
  SECTION("both damaged") {
    for (const auto& one : snapshots)
      files->overwrite(one.place.path, "not what its name says");
    auto log = open(files);
    REQUIRE(log.ok());
    const auto refused = restore(**log);
    REQUIRE(refused.error().code() == errc::corrupt_checkpoint);
    CHECK(refused.error().message().find(snapshots.front().place.path) != std::string::npos);
  }
  SECTION("newer than the log") {
    for (const auto& segment : view(files).segments)
      if (segment.info.last > snapshots.front().place.epoch)
        REQUIRE(files->remove(segment.info.path).ok());
    const auto refused = open(files);
    REQUIRE(refused.error().code() == errc::corrupt_checkpoint);
    CHECK(refused.error().message().find("cp/state/totals/snapshot-") != std::string::npos);
    CHECK(refused.error().message().find("the end of the log is missing") != std::string::npos);
  }
}
