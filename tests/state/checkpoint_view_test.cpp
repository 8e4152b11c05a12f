// What shows a checkpoint, beside or after the query that writes it; and discarding a sink's epoch.
#include "catch.hpp"

#include <weir/state/checkpoint_view.hpp>
#include <weir/state/discard.hpp>
#include <weir/state/frame.hpp>

#include "state/forwarding_storage.hpp"
#include "state/totals_checkpoint.hpp"

using namespace weir_test;

namespace {

result<model> shown_state(const std::shared_ptr<storage>& files) {
  WEIR_ASSIGN(const auto rows, view_state(files, "cp", "totals", quiet_logger()));
  model state;
  if (rows.arrow())
    apply(state, rows);
  return state;
}

std::vector<std::int64_t> epochs_of(const checkpoint_view& view) {
  std::vector<std::int64_t> epochs;
  for (const auto& segment : view.segments)
    for (const auto& one : segment.epochs)
      epochs.push_back(one.summary.epoch.value);
  return epochs;
}

/// Does something before the first read of a log segment.
class interrupted_reads : public forwarding_storage {
public:
  interrupted_reads(std::shared_ptr<storage> below, std::function<void()> action)
      : forwarding_storage{std::move(below)}, action_{std::move(action)} {}
  result<std::string> read_all(const std::string& path) override {
    if (action_ && path.ends_with(".log"))
      std::exchange(action_, nullptr)();
    return forwarding_storage::read_all(path);
  }

private:
  std::function<void()> action_;
};

}  // namespace

TEST_CASE("a view shows what the log, the snapshots and the sources hold", "[checkpoint][view]") {
  const auto files = std::make_shared<fault_storage>();
  auto log = open(files);
  REQUIRE(log.ok());
  status outcome;
  REQUIRE(run(**log, 41, outcome) == 41);
  files->overwrite(*(*log)->source_directory("in") + "/rows-0.spool", "12345");
  files->overwrite(*(*log)->source_directory("in") + "/seen", "123");
  const auto before = files->operations();

  const auto view = view_checkpoint(files, "cp");
  INFO(view.error().to_string());
  REQUIRE(view.ok());
  CHECK(view->metadata.query_id == (*log)->query_id());
  CHECK(view->metadata.format == 2);
  REQUIRE(view->plan.size() == 2);
  CHECK(view->plan[0].role == "operator");
  CHECK(view->plan[0].columns.back() == std::pair<std::string, std::string>{"total", "int64 not null"});
  CHECK(view->plan[1].role == "sink");

  const auto epochs = epochs_of(*view);
  REQUIRE(epochs.back() == 40);
  for (std::size_t i = 1; i < epochs.size(); ++i)
    CHECK(epochs[i] == epochs[i - 1] + 1);
  for (const auto& segment : view->segments) {
    CHECK(segment.file_bytes == segment.info.bytes);
    for (const auto& one : segment.epochs) {
      REQUIRE(one.changes.size() == 1);
      CHECK(one.changes[0].operator_name == "totals");
      CHECK(one.changes[0].keys == 3);
      CHECK(one.changes[0].bytes > frame_header_bytes);
      CHECK(one.attempt == 1);
      REQUIRE(one.tokens.size() == 1);
      CHECK(one.tokens[0].bytes == ("token " + std::to_string(one.summary.epoch.value)).size());
      // The note of the newest is written with the next epoch.
      CHECK(one.tokens[0].committed == (one.summary.epoch.value < 40));
    }
  }
  REQUIRE(view->snapshots.size() == 2);
  const auto& newest = view->snapshots.back();
  CHECK(newest.operator_name == "totals");
  CHECK(newest.keys == static_cast<std::int64_t>(state_after(newest.place.epoch.value + 1).size()));
  REQUIRE(view->sources.size() == 1);
  CHECK(view->sources[0].name == "in");
  CHECK(view->sources[0].files == 2);
  CHECK(view->sources[0].bytes == 8);
  CHECK(view->sources[0].spool_bytes == 5);
  CHECK(*shown_state(files) == state_after(41));
  CHECK(files->operations() == before);

  SECTION("a record being written is not there yet") {
    const auto& last = view->segments.back();
    auto bytes = *files->read_all(last.info.path);
    files->overwrite(last.info.path, bytes.substr(0, bytes.size() - 5));
    const auto torn = view_checkpoint(files, "cp");
    REQUIRE(torn.ok());
    CHECK(epochs_of(*torn).back() == 39);
    CHECK(torn->segments.back().file_bytes == bytes.size() - 5);
    CHECK(torn->segments.back().info.bytes < bytes.size() - 5);
    CHECK(*shown_state(files) == state_after(40));
  }
  SECTION("a damaged snapshot is named, and the older one gives the state") {
    auto bytes = *files->read_all(newest.place.path);
    bytes[100] = static_cast<char>(bytes[100] ^ 1);
    files->overwrite(newest.place.path, bytes);
    const auto damaged = view_checkpoint(files, "cp");
    REQUIRE(damaged.ok());
    CHECK(damaged->snapshots.back().damage.find(newest.place.path) != std::string::npos);
    CHECK(*shown_state(files) == state_after(41));
  }
  SECTION("an operator without state") {
    CHECK(view_state(files, "cp", "out", quiet_logger()).error().message() ==
          "no operator 'out' with state; there is totals");
  }
}

TEST_CASE("a view reads again what the query replaces under it", "[checkpoint][view]") {
  const auto files = std::make_shared<fault_storage>();
  auto log = open(files);
  REQUIRE(log.ok());
  status outcome;
  REQUIRE(run(**log, 40, outcome) == 40);
  const auto go_on = [&] { REQUIRE(run(**log, 80, outcome, 40) == 80); };
  SECTION("log") {
    const auto view = view_checkpoint(std::make_shared<interrupted_reads>(files, go_on), "cp");
    INFO(view.error().to_string());
    REQUIRE(view.ok());
    CHECK(epochs_of(*view).back() == 79);
  }
  SECTION("state") {
    const auto state = shown_state(std::make_shared<interrupted_reads>(files, go_on));
    INFO(state.error().to_string());
    REQUIRE(state.ok());
    CHECK(*state == state_after(80));
  }
}

TEST_CASE("a view of what a query had only begun", "[checkpoint][view]") {
  const auto files = std::make_shared<fault_storage>();
  CHECK(view_checkpoint(files, "cp").error().message() == "cp does not exist");
  REQUIRE(files->create_directories("cp").ok());
  CHECK(view_checkpoint(files, "cp").error().message() == "cp is no checkpoint: cp/metadata is missing");
  files->overwrite("cp/metadata", R"({"id":"q","format":2})");
  const auto view = view_checkpoint(files, "cp");
  REQUIRE(view.ok());
  CHECK(view->plan.empty());
  CHECK(view->segments.empty());
  CHECK(view_state(files, "cp", "a", quiet_logger()).error().message().find("the query has none") != std::string::npos);
}

TEST_CASE("discarding a sink's epoch is durable, and lets the sink go", "[checkpoint][discard]") {
  const auto files = std::make_shared<fault_storage>();
  const auto discard = [&](const std::string& sink, std::int64_t epoch) {
    return discard_token(files, "cp", sink, epoch_id{epoch}, "host test, pid 2", quiet_logger());
  };
  CHECK(discard("out", 0).error().code() == errc::io_error);
  CHECK_FALSE(*files->exists("cp/lock"));
  auto log = open(files);
  REQUIRE(log.ok());
  status outcome;
  // Two epochs that the sink has not committed.
  REQUIRE(run(**log, 5, outcome) == 5);
  for (std::int64_t n = 5; n < 7; ++n) {
    epoch_summary summary;
    summary.epoch = epoch_id{n};
    summary.tokens["out"] = "token " + std::to_string(n);
    REQUIRE((*log)->append_epoch(summary, 0).ok());
    REQUIRE((*log)->sync().ok());
  }
  const auto running = discard("out", 5);
  REQUIRE(running.error().code() == errc::checkpoint_in_use);
  CHECK(running.error().message().find("host test, pid 1") != std::string::npos);
  REQUIRE((*log)->close().ok());
  log->reset();

  const auto refused = open(files, {plan()[0]});
  REQUIRE(refused.error().code() == errc::checkpoint_mismatch);
  CHECK(refused.error().message().find("weir-checkpoint discard") != std::string::npos);
  CHECK(discard("out", 6).error().message().find("epoch 5 to commit before epoch 6") != std::string::npos);
  CHECK(discard("out", 4).error().message().find("still to be committed: sink out: epochs 5, 6") != std::string::npos);
  CHECK(discard("other", 5).error().code() == errc::invalid_argument);

  SECTION("both, one after the other") {
    CHECK(*discard("out", 5) == "token 5");
    CHECK_FALSE(open(files, {plan()[0]}).ok());
    files->restart(1);  // and what is discarded stays so
    CHECK(*discard("out", 6) == "token 6");
    files->restart(2);
    CHECK(discard("out", 6).error().message().find("every sink has committed all epochs") != std::string::npos);
    auto without = open(files, {plan()[0]});
    INFO(without.error().to_string());
    REQUIRE(without.ok());
    CHECK((*without)->recovered().last->epoch.value == 6);
    CHECK(*restore(**without) == state_after(5));
  }
  SECTION("a disk that is full") {
    files->fail_once(fault_storage::kind::sync, "log/", {errc::disk_full, "No space left on device"});
    const auto failed = discard("out", 5);
    REQUIRE(failed.error().code() == errc::disk_full);
    CHECK(failed.error().message().find("cp/log/0000000002.log") != std::string::npos);
    files->restart(3);
    CHECK(*discard("out", 5) == "token 5");
  }
  SECTION("a crash at any operation") {
    for (std::int64_t crash = 0;; ++crash) {
      INFO("crash at operation " << crash);
      const auto copy = files->copy();
      copy->crash_after(crash);
      const auto attempt = discard_token(copy, "cp", "out", epoch_id{5}, "", quiet_logger());
      const auto complete = !copy->crashed();
      copy->restart(static_cast<std::uint64_t>(crash), crash % 2 == 0);
      auto again = open(copy);
      INFO(again.error().to_string());
      REQUIRE(again.ok());
      const auto& owed = (*again)->recovered().uncommitted.at("out");
      CHECK(owed.back().first.value == 6);
      if (attempt.ok())
        CHECK(owed.size() == 1);
      CHECK(*restore(**again) == state_after(5));
      if (complete)
        break;
    }
  }
}
