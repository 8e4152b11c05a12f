// Random queries of data frames over random rows, cuts into epochs, partitions and restarts give what one run over all
// rows gives where no row is late, what a run without the late rows gives where some are, and always what a row-by-row
// model gives.
#include "pipeline_model.hpp"
#include "stream_test.hpp"
#include "test_seed.hpp"

using namespace std::chrono_literals;
using namespace weir;
using namespace weir_test;

namespace {

using epochs_rows = std::map<std::int64_t, std::vector<given_row>>;

/// What an epoch's progress tells the model.
struct epoch_seen {
  std::int64_t rows, evict, dropped;
};

/// One random case: a pipeline, its rows by epoch, and how it runs.
class pipeline_case {
public:
  explicit pipeline_case(std::uint64_t seed) : of_{seed}, pipeline_{of_} {
    punctual_ = of_.once_in(3);
    optimize_ = of_.once_in(2);
    empty_epochs_ = !of_.once_in(4);
    restarts_ = of_.once_in(2);
    small_log_ = of_.once_in(3);
    make_rows();
  }

  std::string text() const {
    std::string all = pipeline_.text() + "; optimize " + std::to_string(optimize_) + ", empty epochs " +
                      std::to_string(empty_epochs_) + ", restarts " + std::to_string(restarts_) + ", punctual " +
                      std::to_string(punctual_) + "\n";
    for (const auto& cut : cuts_) {
      for (const auto& row : cut) {
        all += "  ";
        for (const auto& [name, value] : cells_of(row))
          all += name + "=" + text_of(value) + " ";
        all += "\n";
      }
      all += "  --\n";
    }
    return all;
  }

  void check() {
    run();
    check_model();
    check_one_run();
    if (punctual_ && empty_epochs_)
      check_crash();
  }

private:
  void make_rows() {
    std::int64_t now = of_.once_in(2) ? 20'000'000 : 1'000'000'000;
    std::int64_t largest = 0;
    for (auto cut = of_.number(1, 8); cut > 0; --cut) {
      std::vector<random_row> rows;
      const auto watermark = largest - std::chrono::microseconds{pipeline_.delay}.count();
      for (auto count = of_.number(1, 15); count > 0; --count) {
        auto row = any_row(now);
        // Nothing later than the delay: no row at or behind what the rows of the epochs before have reached.
        if (punctual_ && row.time)
          row.time = std::max(*row.time, timestamp{std::chrono::microseconds{watermark + 1000}});
        if (punctual_ && !row.time && pipeline_.by == grouping::time)
          row.time = timestamp{std::chrono::microseconds{now}};
        rows.push_back(std::move(row));
      }
      for (const auto& row : rows)
        largest = std::max(largest, row.time ? row.time->time_since_epoch().count() : 0);
      cuts_.push_back(std::move(rows));
      now += of_.number(0, 8'000'000);
    }
    // What closes everything; the second one where an epoch needs rows to run.
    const timestamp end{std::chrono::microseconds{now} + 1h};
    cuts_.push_back({{-1, "end", end, 0, "end"}});
    cuts_.push_back({{-2, "end", end + 1s, 0, "end"}});
  }

  random_row any_row(std::int64_t now) {
    random_row made{++ids_, {}, {}, {}, {}};
    if (!of_.once_in(10))
      made.user = "u" + std::to_string(of_.number(0, 3));
    if (!of_.once_in(20)) {
      const auto behind = of_.number(0, of_.once_in(3) ? 30'000 : 6'000) * 1000;
      made.time = timestamp{std::chrono::microseconds{now - behind + (of_.once_in(3) ? of_.number(0, 999) : 0)}};
    }
    if (made.time && of_.once_in(3))
      made.time = std::chrono::floor<std::chrono::seconds>(*made.time);  // on the edge of a window
    if (!of_.once_in(10))
      made.number = of_.number(-4, 12);
    if (!of_.once_in(10))
      made.label = std::string(static_cast<std::size_t>(of_.number(0, 3)), static_cast<char>('a' + of_.number(0, 3)));
    return made;
  }

  void start(stream_test& test, const sources::memory_input<random_row>& input, const memory_output& output,
             const memory_output& late) {
    query_options options;
    options.mode = pipeline_.mode;
    options.optimize = optimize_;
    options.empty_epochs = empty_epochs_;
    if (small_log_)
      options.snapshot_log_bytes = 1;
    test.query(
        [this, input, output, late](engine& on, query_options with) {
          with.partitions = static_cast<int>(of_.number(1, 5));
          return pipeline_
              .build(on.read_stream(sources::memory<random_row>{input}).to_df(),
                     pipeline_.late_sink ? std::optional{late} : std::nullopt)
              .write_stream()
              .options(with)
              .start(sinks::memory{output});
        },
        options);
  }

  void run() {
    stream_test test{{.restart_before = restarts_ ? std::optional{-1} : std::nullopt, .crash = {}}};
    const sources::memory_input<random_row> input;
    start(test, input, output_, late_);
    for (const auto& cut : cuts_) {
      test.add_rows(input, cut);
      test.running_query().process_all_available();
      for (const auto& one : test.running_query().recent_progress())
        note(one);
      if (pipeline_.mode == output_mode::complete)
        note_output();
    }
    note_output();
  }
  void note(const query_progress& one) {
    if (one.durations.empty() || seen_.contains(one.epoch.value))
      return;  // an idle trigger tells of the epoch before
    epoch_seen seen{one.num_input_rows, 0, 0};
    if (one.event_time)
      seen.evict = one.event_time->watermark.time_since_epoch().count();
    for (const auto& state : one.state_operators)
      seen.dropped += state.num_rows_dropped_by_watermark;
    seen_.emplace(one.epoch.value, seen);
  }
  void note_output() {
    const given_rows read{pipeline_};
    for (const auto& one : output_.epochs())
      given_[one.epoch.value] = read(one.rows);
  }

  /// (c) Any lateness: each epoch gives what the model gives, rows and late rows.
  void check_model() {
    pipeline_model model{pipeline_};
    std::vector<random_row> all;
    for (const auto& cut : cuts_)
      all.insert(all.end(), cut.begin(), cut.end());
    std::size_t taken = 0;
    std::int64_t before = 0;
    std::int64_t dropped = 0;
    std::vector<std::int64_t> late;
    for (const auto& [epoch, seen] : seen_) {
      INFO("epoch " << epoch << ", watermark " << seen.evict);
      REQUIRE(taken + static_cast<std::size_t>(seen.rows) <= all.size());
      const auto from = all.begin() + static_cast<std::ptrdiff_t>(taken);
      const std::vector<random_row> rows{from, from + seen.rows};
      taken += rows.size();
      if (!optimize_)
        CHECK(seen.evict == std::max(before, model.watermark()));
      // Rows come to a query that is idle: what is late has caught up where nothing was due.
      const auto late_watermark = rows.empty() || model.due(seen.evict) ? before : seen.evict;
      auto wanted = model.run(rows, late_watermark, seen.evict, epoch == 0);
      std::ranges::sort(wanted.rows);
      if (pipeline_.mode != output_mode::complete || given_.contains(epoch))
        check_rows(given_[epoch], wanted.rows);
      CHECK(seen.dropped == static_cast<std::int64_t>(wanted.late.size()));
      dropped += seen.dropped;
      late.insert(late.end(), wanted.late.begin(), wanted.late.end());
      before = seen.evict;
    }
    CHECK(taken == all.size());
    last_evict_ = before;
    partly_late_ = model.partly_late() > 0;
    for (const auto& one : late_.all())
      for (std::int64_t row = 0; row < one.num_rows(); ++row)
        late_ids_.push_back(static_cast<const arrow::Int64Array&>(*one.arrow()->GetColumnByName("id")).Value(row));
    std::ranges::sort(late);
    std::ranges::sort(late_ids_);
    if (pipeline_.late_sink) {
      CHECK(late_ids_ == late);
      CHECK(dropped == static_cast<std::int64_t>(late_ids_.size()));
    }
    late_rows_ = !late.empty();
  }

  /// (a) and (b): what the stream gave in the end is what one run gives over all its rows but the late ones.
  void check_one_run() {
    const auto sessions_by_lateness = pipeline_.by == grouping::session && !punctual_ && pipeline_.evicts;
    if (sessions_by_lateness || partly_late_ || (late_rows_ && !pipeline_.late_sink))
      return;  // rows that came late made another result, as they should
    const sources::memory_input<random_row> input;
    for (auto cut : cuts_) {
      std::erase_if(cut, [&](const random_row& row) { return std::ranges::binary_search(late_ids_, row.id); });
      input.add_data(std::span<const random_row>{cut});
    }
    engine::options settings;
    settings.time = std::make_shared<virtual_clock>();
    settings.deterministic = true;
    engine on{settings};
    const given_rows read{pipeline_};
    auto wanted = read(pipeline_.build(on.read(sources::memory<random_row>{input}).to_df(), {}).collect_batches());
    if (pipeline_.evicts && pipeline_.mode == output_mode::append)
      std::erase_if(wanted, [&](const given_row& row) { return row.end > last_evict_; });
    INFO("one run over all rows");
    check_rows(in_the_end(given_), wanted);
    ++compared;
  }

  /// A crash somewhere changes nothing.
  void check_crash() {
    stream_test test{{.restart_before = {},
                      .crash = of_.number(0, 120),
                      .seed = static_cast<std::uint64_t>(of_.number(0, 1000)),
                      .power_cut = of_.once_in(2)}};
    const sources::memory_input<random_row> input;
    const memory_output output, late;
    start(test, input, output, late);
    for (const auto& cut : cuts_) {
      test.add_rows(input, cut);
      test.process();
    }
    epochs_rows given;
    const given_rows read{pipeline_};
    for (const auto& one : output.epochs())
      given[one.epoch.value] = read(one.rows);
    INFO("with a crash");
    check_rows(in_the_end(given), in_the_end(given_));
  }

  std::vector<given_row> in_the_end(const epochs_rows& given) const {
    std::vector<given_row> left;
    if (pipeline_.mode == output_mode::complete)
      return given.empty() ? left : given.rbegin()->second;
    for (const auto& [epoch, rows] : given) {
      if (pipeline_.mode == output_mode::update && pipeline_.by != grouping::rows)
        std::erase_if(left, [&](const given_row& old) {
          return std::ranges::any_of(rows, [&](const given_row& now) { return replaces(now, old); });
        });
      left.insert(left.end(), rows.begin(), rows.end());
    }
    std::ranges::sort(left);
    return left;
  }
  bool replaces(const given_row& now, const given_row& old) const {
    if (pipeline_.by == grouping::session)
      return now.key == old.key && now.start <= old.end && old.start <= now.end;
    return now.key == old.key && now.start == old.start;
  }

  static void check_rows(const std::vector<given_row>& given, const std::vector<given_row>& wanted) {
    if (given == wanted)
      return;
    std::vector<given_row> missing, besides;
    std::ranges::set_difference(wanted, given, std::back_inserter(missing));
    std::ranges::set_difference(given, wanted, std::back_inserter(besides));
    CHECK(missing == std::vector<given_row>{});
    CHECK(besides == std::vector<given_row>{});
    FAIL(missing.size() << " rows missing, " << besides.size() << " besides");
  }

public:
  static inline int compared = 0;  ///< cases in which one run had to give the same

private:
  chance of_;
  random_pipeline pipeline_;
  bool punctual_ = false, optimize_ = true, empty_epochs_ = true, restarts_ = false, small_log_ = false;
  std::int64_t ids_ = 0;
  std::vector<std::vector<random_row>> cuts_;
  memory_output output_, late_;
  std::map<std::int64_t, epoch_seen> seen_;
  epochs_rows given_;
  std::int64_t last_evict_ = 0;
  bool partly_late_ = false, late_rows_ = false;
  std::vector<std::int64_t> late_ids_;
};

void run_cases(std::uint64_t cases) {
  const auto seed = test_seed();
  pipeline_case::compared = 0;
  for (std::uint64_t i = 0; i < cases; ++i) {
    pipeline_case one{seed + i};
    INFO("seed " << seed + i << ": " << one.text());
    one.check();
  }
  CHECK(pipeline_case::compared > static_cast<int>(cases / 4));
}

}  // namespace

TEST_CASE("any pipeline gives what a row-by-row model and one run over all rows give", "[scenario][dataframe]") {
  run_cases(800);
}

TEST_CASE("many pipelines give what a row-by-row model and one run over all rows give", "[.][full][dataframe]") {
  run_cases(10'000);
}
