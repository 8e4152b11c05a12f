// Files damaged by chance: a cut tail or a named error, never another state.
#include "catch.hpp"

#include <limits>
#include <set>

#include <weir/state/checkpoint_view.hpp>

#include "damage.hpp"
#include "state/totals_checkpoint.hpp"
#include "test_seed.hpp"

using namespace weir_test;

namespace {

/// The plan that follows: the state has got a member more.
std::vector<plan_entry> later_plan() {
  auto later = plan();
  later[0].state = make_state_schema({{"id", utf8, false}}, {{"total", int64, false}, {"twice", int64, false}});
  return later;
}

/// State rows of the later plan.
batch later_changes(const std::vector<std::tuple<std::string, bool, std::int64_t>>& rows) {
  auto columns = changes(rows).arrow()->columns();
  column_writer<std::int64_t> twice;
  for (const auto& [key, there, total] : rows)
    twice.append(2 * total);
  columns.push_back(arrow::MakeArray(twice.finish_data()));
  return batch{arrow::RecordBatch::Make(later_plan()[0].state->to_arrow(), static_cast<std::int64_t>(rows.size()),
                                        std::move(columns))};
}

/// Epochs under the later plan: the first writes the whole state anew, as the operator does.
status run_later(checkpoint& log, std::int64_t until) {
  const auto begin = log.recovered().last ? log.recovered().last->epoch.value + 1 : 0;
  for (auto n = begin; n < until; ++n) {
    auto rows = epoch_changes(n);
    if (n == begin) {
      const auto before = state_after(n);
      rows.clear();
      for (const auto& [key, total] : before)
        rows.emplace_back(key, true, total);
      for (auto& one : epoch_changes(n))
        rows.push_back(std::move(one));
    }
    WEIR_TRY(log.append_part(epoch_id{n}, {"totals", partition_id{0}, later_changes(rows)}));
    epoch_summary summary;
    summary.epoch = epoch_id{n};
    summary.end_offsets["in"] = offset{std::to_string(n)};
    summary.tokens["out"] = "token " + std::to_string(n);
    WEIR_TRY(log.append_epoch(summary, 1));
    WEIR_TRY(log.sync());
    log.append_commit("out", epoch_id{n});
  }
  return {};
}

struct sample {
  std::shared_ptr<fault_storage> files;
  std::int64_t epochs = 0;
  bool later = false;                                                  ///< it ends under the later plan
  std::int64_t later_from = std::numeric_limits<std::int64_t>::max();  ///< the first epoch under it
};

/// A checkpoint of some starts, ended as by a crash or in order.
sample make_sample(damager& chance) {
  sample made{std::make_shared<fault_storage>()};
  auto options = small_options();
  options.snapshot_log_bytes = 1500 + chance.below(8000);
  options.segment_bytes = 1000 + chance.below(8000);
  const auto starts = 1 + chance.below(3);
  for (std::size_t start = 0; start < starts; ++start) {
    if (!made.later && start > 0 && chance.below(2) == 0) {
      made.later = true;
      made.later_from = made.epochs;
    }
    auto log = open(made.files, made.later ? later_plan() : plan(), options);
    INFO(log.error().to_string());
    REQUIRE(log.ok());
    made.epochs += 1 + static_cast<std::int64_t>(chance.below(15));
    status outcome;
    if (made.later)
      outcome = run_later(**log, made.epochs);
    else
      (void)run(**log, made.epochs, outcome);
    INFO(outcome.to_string());
    REQUIRE(outcome.ok());
    if (chance.below(2) == 0)
      REQUIRE((*log)->close().ok());
  }
  return made;
}

/// Damages one file; a few of them may go altogether.
void damage_one(const sample& of, damager& chance, std::string& what) {
  std::vector<std::string> paths;
  for (const auto& path : of.files->paths())
    if (!path.ends_with("lock"))
      paths.push_back(path);
  const auto& path = chance.one_of(paths);
  what += path + " ";
  if (chance.below(20) == 0) {
    what += "removed; ";
    REQUIRE(of.files->remove(path).ok());
    return;
  }
  const auto bytes = *of.files->read_all(path);
  const auto frames = path.ends_with(".log") ? log_frames(bytes) : std::vector<std::size_t>{};
  of.files->overwrite(path, chance.damage(bytes, frames, what));
  what += "; ";
}

/// A refusal that an operator of the query can act on.
void check_named(const status& error) {
  INFO(error.to_string());
  CHECK((error.code() == errc::corrupt_checkpoint || error.code() == errc::checkpoint_mismatch ||
         error.code() == errc::checkpoint_newer));
  CHECK(error.to_string().find("cp/") != std::string::npos);
}

/// Also that the added member is right where rows have it.
result<model> checked_state(checkpoint& log, bool all_later) {
  model state;
  std::set<std::string> without;
  WEIR_TRY(log.restore_state("totals", [&](const batch& rows) -> status {
    apply(state, rows);
    model touched;
    apply(touched, rows);
    const auto twice = rows.arrow()->GetColumnByName("twice");
    for (const auto& [key, total] : touched)
      if (twice)
        without.erase(key);
      else
        without.insert(key);
    if (!twice)
      return {};
    const column_reader<std::int64_t> totals{*rows.arrow()->GetColumnByName("total")};
    const column_reader<std::int64_t> doubles{*twice};
    for (std::int64_t row = 0; row < rows.num_rows(); ++row)
      CHECK(doubles.read(row) == 2 * totals.read(row));
    return {};
  }));
  if (all_later)
    for (const auto& [key, total] : state)
      CHECK_FALSE(without.contains(key));
  return state;
}

/// True when it could be gone on from.
bool check_damaged(const sample& of) {
  const auto view = view_checkpoint(of.files, "cp");
  if (!view.ok())
    CHECK_FALSE(view.error().message().empty());
  const auto shown = view_state(of.files, "cp", "totals", quiet_logger());
  auto log = open(of.files, of.later ? later_plan() : plan());
  if (!log.ok()) {
    check_named(log.error());
    return false;
  }
  const auto& recovered = (*log)->recovered();
  const auto known = recovered.last ? recovered.last->epoch.value + 1 : 0;
  REQUIRE(known <= of.epochs);
  if (recovered.last)
    CHECK(recovered.last->end_offsets.at("in").json == std::to_string(known - 1));
  for (const auto& [sink, tokens] : recovered.uncommitted)
    for (const auto& [epoch, token] : tokens)
      CHECK(token == "token " + std::to_string(epoch.value));
  const auto state = checked_state(**log, known > of.later_from);
  if (!state.ok()) {
    check_named(state.error());
    return false;
  }
  REQUIRE(*state == state_after(known));
  // What is shown is what a start finds.
  if (shown.ok()) {
    model seen;
    if (shown->arrow())
      apply(seen, *shown);
    CHECK(seen == *state);
  }
  // And it goes on.
  if (!of.later) {
    status more;
    REQUIRE(run(**log, known + 5, more, known) == known + 5);
  } else {
    const auto more = run_later(**log, known + 5);
    INFO(more.to_string());
    REQUIRE(more.ok());
  }
  REQUIRE((*log)->close().ok());
  auto again = open(of.files, of.later ? later_plan() : plan());
  INFO(again.error().to_string());
  REQUIRE(again.ok());
  CHECK(*checked_state(**again, of.later) == state_after(known + 5));
  return true;
}

}  // namespace

TEST_CASE("files damaged by chance are cut at the tail or refused by name", "[checkpoint][damage]") {
  const auto seed = test_seed();
  auto went_on = 0;
  auto refused = 0;
  const auto* const given = std::getenv("WEIR_TEST_RUNS");
  const auto runs = given ? std::atoi(given) : 1000;
  for (int run = 0; run < runs; ++run) {
    damager chance{seed + static_cast<std::uint64_t>(run)};
    const auto whole = make_sample(chance);
    std::string what;
    for (auto times = 1 + chance.below(2); times > 0; --times)
      damage_one(whole, chance, what);
    INFO("seed " << seed << ", run " << run << ", " << whole.epochs << " epochs: " << what);
    (check_damaged(whole) ? went_on : refused) += 1;
  }
  // A run that repeats a few seeds need not have both.
  if (runs < 100)
    return;
  CHECK(went_on > runs / 20);
  CHECK(refused > runs / 20);
}
