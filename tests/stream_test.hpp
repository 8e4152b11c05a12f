#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "catch.hpp"

#include <weir/sinks/memory.hpp>
#include <weir/sources/memory.hpp>
#include <weir/stream/engine.hpp>

#include "fault_storage.hpp"
#include "virtual_clock.hpp"

namespace weir_test {

/// A query under test, and the script's actions. Everything runs on the test's thread, in a fixed order, on a
/// virtual clock and on files in memory. A script is a function over this; run_plans() runs it straight, with restarts
/// between its actions, and with crashes at each operation on a file, and it must see the same each time.
class stream_test {
public:
  using builder = std::function<weir::streaming_query(weir::engine&, weir::query_options)>;

  /// What is done to the script.
  struct plan {
    std::optional<int> restart_before;  ///< the action that a stop and a start come before; -1: all
    std::optional<std::int64_t> crash;  ///< operation on a file at which the process dies
    std::uint64_t seed = 0;
    bool power_cut = true;                   ///< the crash loses what was not synced
    std::optional<std::int64_t> fault = {};  ///< operation on a file that fails alone, with `cause`
    weir::status cause = {};
    /// A crash this many operations after the restart that follows the fault.
    std::optional<std::int64_t> crash_after_fault = {};
  };

  explicit stream_test(plan with) : plan_{with} {
    if (plan_.crash)
      files_->crash_after(*plan_.crash);
    if (plan_.fault)
      files_->fail_at(*plan_.fault, plan_.cause);
  }
  ~stream_test() { end(); }
  stream_test(const stream_test&) = delete;
  stream_test& operator=(const stream_test&) = delete;

  /// The query; started with the first action. Options that the script wants different go through `options`.
  void query(builder build, weir::query_options options = {}) {
    build_ = std::move(build);
    options_ = std::move(options);
    options_.checkpoint_location = "cp";
  }
  weir::query_options& options() { return options_; }

  template <class T>
  void add(const weir::sources::memory_input<T>& input, std::initializer_list<T> rows) {
    action();
    input.add_data(rows);
  }
  template <class T>
  void add_rows(const weir::sources::memory_input<T>& input, std::vector<T> rows) {
    action();
    input.add_data(std::span<const T>{rows});
  }
  /// Lets the query do all that is there to do, through whatever the plan does to it.
  void process() {
    action();
    settle();
  }
  /// The rows since the last check, in any order.
  template <class T>
  void check_new(const weir::memory_output& output, std::vector<T> expected) {
    process();
    auto actual = output.since_last_as<T>();
    std::ranges::sort(actual);
    std::ranges::sort(expected);
    CHECK(actual == expected);
  }
  /// Moves the clock; the query then does what is due.
  void advance(std::chrono::microseconds by) {
    action();
    settle();
    clock_->advance(by);
    settle();
  }
  void stop() {
    action();
    end();
  }
  /// Keys now; updated, dropped and removed since the last check (M08). Only where the plan lets counts be exact.
  void check_state(std::int64_t total, std::int64_t updated, std::int64_t dropped = 0, std::int64_t removed = 0) {
    settle();
    if (plan_.crash || plan_.restart_before || plan_.fault)
      return;
    std::int64_t seen_updated = 0;
    std::int64_t seen_dropped = 0;
    std::int64_t seen_removed = 0;
    std::int64_t seen_total = 0;
    for (const auto& progress : query_->recent_progress()) {
      if (progress.epoch.value <= counted_ || progress.state_operators.empty())
        continue;
      counted_ = progress.epoch.value;
      const auto& state = progress.state_operators.front();
      seen_updated += state.num_rows_updated;
      seen_dropped += state.num_rows_dropped_by_watermark;
      seen_removed += state.num_rows_removed;
    }
    seen_total = query_->last_progress()->state_operators.front().num_rows_total;
    CHECK(seen_total == total);
    CHECK(seen_updated == updated);
    CHECK(seen_dropped == dropped);
    CHECK(seen_removed == removed);
  }
  /// The query fails with this code; it may be started again afterwards.
  std::string expect_failure(weir::errc code) {
    if (!running())
      begin();
    try {
      query_->process_all_available();
      FAIL("the query did not fail");
    } catch (const weir::query_error& error) {
      if (error.code() == code || !files_->crashed()) {
        CHECK(error.code() == code);
        std::string text = error.what();
        end();
        return text;
      }
      recover();
      return expect_failure(code);
    }
    return {};
  }

  virtual_clock& clock() { return *clock_; }
  fault_storage& files() { return *files_; }
  weir::streaming_query& running_query() {
    if (!running())
      begin();
    return *query_;
  }
  /// True when the plan's crash came.
  bool crashed() const { return crashed_; }
  /// True when the plan's fault made the query fail.
  bool faulted() const { return faulted_; }
  int actions() const { return actions_; }

private:
  bool running() const { return query_.has_value(); }

  void action() {
    const auto index = actions_++;
    if (plan_.restart_before && running() && (*plan_.restart_before == index || *plan_.restart_before == -1)) {
      settle();
      end();
    }
    if (running())
      return;
    begin();
    // What a restart finds to do comes before the action, as it would have without the restart.
    if (started_)
      settle();
    started_ = true;
  }
  void begin() {
    for (;;) {
      weir::engine::options settings;
      settings.time = clock_;
      settings.files = files_;
      settings.deterministic = true;
      engine_ = std::make_unique<weir::engine>(settings);
      try {
        query_ = build_(*engine_, options_);
        return;
      } catch (const weir::query_error& error) {
        recover_from(error);
      }
    }
  }
  void settle() {
    for (;;) {
      if (!running())
        begin();
      try {
        query_->process_all_available();
        if (query_->is_active())
          return;
        end();
        return;
      } catch (const weir::query_error& error) {
        recover_from(error);
      }
    }
  }
  void recover_from(const weir::query_error& error) {
    if (files_->crashed())
      return recover();
    if (faulted_ || !files_->failed_path())
      throw error;
    // The query failed by the plan's fault, and says so.
    faulted_ = true;
    CHECK(error.code() == plan_.cause.code());
    CHECK_THAT(error.what(), Catch::Contains(*files_->failed_path()));
    end();
    if (plan_.crash_after_fault)
      files_->crash_after(*plan_.crash_after_fault);
  }
  void end() {
    if (query_ && query_->is_active())
      query_->stop();
    query_.reset();
    engine_.reset();
  }
  void recover() {
    crashed_ = true;
    end();
    files_->restart(plan_.seed, !plan_.power_cut);
  }

  plan plan_;
  std::shared_ptr<virtual_clock> clock_ = std::make_shared<virtual_clock>();
  std::shared_ptr<fault_storage> files_ = std::make_shared<fault_storage>();
  builder build_;
  weir::query_options options_;
  std::unique_ptr<weir::engine> engine_;
  std::optional<weir::streaming_query> query_;
  int actions_ = 0;
  std::int64_t counted_ = -1;
  bool started_ = false;
  bool crashed_ = false;
  bool faulted_ = false;
};

/// Runs the script straight, with a restart before each action, and before all, and with a crash at each operation on a
/// file (a process's crash and a power cut in turn).
inline void run_plans(const std::function<void(stream_test&)>& script) {
  int actions = 0;
  {
    INFO("straight");
    stream_test test{{}};
    script(test);
    actions = test.actions();
  }
  for (int before = -1; before < actions; ++before) {
    INFO("restart before action " << before << " (-1: every)");
    stream_test test{{.restart_before = before, .crash = {}}};
    script(test);
  }
  for (std::int64_t crash = 0;; ++crash) {
    INFO("crash at operation " << crash);
    stream_test test{
        {.restart_before = {}, .crash = crash, .seed = static_cast<std::uint64_t>(crash), .power_cut = crash % 2 == 0}};
    script(test);
    if (!test.crashed())
      return;
  }
}

/// Runs the script with a fault at each operation on a file in turn, a full disk and an I/O error: the query must fail
/// by the file's name, or not need the operation, and after a restart the script must see the same.
inline void run_faults(const std::function<void(stream_test&)>& script) {
  const weir::status causes[]{{weir::errc::disk_full, "No space left on device"},
                              {weir::errc::io_error, "Input/output error"}};
  auto failures = 0;
  for (std::int64_t fault = 0;; ++fault) {
    auto reached = false;
    for (const auto& cause : causes) {
      INFO("'" << cause.message() << "' at operation " << fault);
      stream_test test{{.restart_before = {}, .crash = {}, .fault = fault, .cause = cause}};
      script(test);
      failures += test.faulted() ? 1 : 0;
      reached = reached || test.files().failed_path();
    }
    if (!reached)
      break;
  }
  CHECK(failures > 0);
}

/// Runs the script with a fault, and with a power cut some operations after the restart, `runs` times: what the fault
/// left in the system's cache must not count as durable.
inline void run_faults_and_crashes(const std::function<void(stream_test&)>& script, std::uint64_t seed, int runs) {
  std::int64_t operations = 0;
  {
    stream_test straight{{}};
    script(straight);
    operations = straight.files().operations();
  }
  std::mt19937_64 random{seed};
  auto both = 0;
  for (int run = 0; run < runs; ++run) {
    const auto fault = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(operations));
    const auto crash = static_cast<std::int64_t>(random() % 20);
    INFO("seed " << seed << ", run " << run << ": fault at operation " << fault << ", crash " << crash << " later");
    stream_test test{{.restart_before = {},
                      .crash = {},
                      .seed = random(),
                      .fault = fault,
                      .cause = {weir::errc::io_error, "Input/output error"},
                      .crash_after_fault = crash}};
    script(test);
    both += test.faulted() && test.crashed() ? 1 : 0;
  }
  CHECK(both > 0);
}

}  // namespace weir_test
