// Whole queries started again on a checkpoint that was damaged by chance: the rows are right, or the start says which
// file is not.
#include "stream_test.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <weir/sinks/files.hpp>
#include <weir/sources/files.hpp>
#include <weir/sources/push.hpp>

#include "../../examples/session_job.hpp"
#include "damage.hpp"
#include "temporary_directory.hpp"
#include "test_seed.hpp"

using namespace weir;
using namespace weir_test;

namespace {

/// Where a job's lines come from.
class line_input {
public:
  virtual ~line_input() = default;
  virtual dataset<std::string> read(engine& on) = 0;
  /// Gives the lines to the query; `query` runs.
  virtual void add(const std::vector<std::string>& lines) = 0;
};

class memory_lines : public line_input {
public:
  dataset<std::string> read(engine& on) override { return on.read_stream(sources::memory<std::string>{input_}); }
  void add(const std::vector<std::string>& lines) override { input_.add_data(lines); }

private:
  sources::memory_input<std::string> input_;
};

/// Spooled in the checkpoint.
class pushed_lines : public line_input {
public:
  dataset<std::string> read(engine& on) override {
    handle_ = {};
    return on.read_stream(sources::push<std::string>{.handle = handle_});
  }
  void add(const std::vector<std::string>& lines) override {
    // False: the query has ended, and takes no more.
    for (const auto& line : lines)
      if (!handle_.push(line))
        return;
  }

private:
  sources::push_handle<std::string> handle_;
};

/// Files on a disk; the checkpoint keeps which were seen.
class lines_in_files : public line_input {
public:
  dataset<std::string> read(engine& on) override {
    return on.read_stream(sources::files{.path = directory_.path(), .order = sources::file_order::by_name},
                          {.rows = 7, .files = 2});
  }
  void add(const std::vector<std::string>& lines) override {
    const auto name = directory_ / std::to_string(1000 + ++count_);
    {
      std::ofstream file{name + ".tmp"};
      for (const auto& line : lines)
        file << line << '\n';
    }
    std::filesystem::rename(name + ".tmp", name + ".txt");
  }

private:
  temporary_directory directory_;
  int count_ = 0;
};

std::unique_ptr<line_input> make_input(std::size_t kind) {
  if (kind == 0)
    return std::make_unique<memory_lines>();
  if (kind == 1)
    return std::make_unique<pushed_lines>();
  return std::make_unique<lines_in_files>();
}

/// Lines of some sessions, and the rows that they make.
class session_lines {
public:
  std::vector<std::string> next(damager& chance) {
    std::vector<std::string> lines;
    for (auto count = 1 + chance.below(8); count > 0; --count) {
      const auto id = std::string(1, static_cast<char>('a' + chance.below(6)));
      const auto amount = static_cast<double>(1 + chance.below(9));
      const auto deposit = chance.below(4) == 0;
      lines.push_back(id + "," + std::to_string(static_cast<int>(amount)) + (deposit ? ",true" : ""));
      sums_[id] += amount;
      if (deposit)
        rows_.push_back(row(id, std::exchange(sums_[id], 0)));
    }
    return lines;
  }
  std::vector<std::string> rows() const {
    auto all = rows_;
    std::ranges::sort(all);
    return all;
  }

private:
  static std::string row(const std::string& id, double balance) {
    return R"({"session_id":")" + id + R"(","current_balance":)" + std::to_string(static_cast<int>(balance)) +
           R"(,"deposit_current_balance":true})";
  }
  std::map<std::string, double> sums_;
  std::vector<std::string> rows_;
};

class deposit_job {
public:
  deposit_job(std::shared_ptr<fault_storage> files, line_input& input) : files_{std::move(files)}, input_{input} {}

  /// One life of the process: takes all there is and `lines`, which come before its start or one after the other.
  /// Throws query_error.
  void run(const std::vector<std::vector<std::string>>& lines, bool before) {
    if (before)
      for (const auto& some : lines)
        input_.add(some);
    engine on{
        engine::options{.time = std::make_shared<weir_test::virtual_clock>(), .files = files_, .deterministic = true}};
    query_options options;
    options.checkpoint_location = "cp";
    options.snapshot_log_bytes = 3000;
    const auto query = input_.read(on)
                           .map(parse_transaction)
                           .group_by_key(&transaction::session_id)
                           .flat_map_groups_with_state<session_total>(output_mode::append, close_at_every_deposit)
                           .write_stream()
                           .options(options)
                           .start(sinks::jsonl{.path = "out", .roll_rows = 5});
    query.process_all_available();
    if (!before)
      for (const auto& some : lines) {
        input_.add(some);
        query.process_all_available();
      }
    query.stop();
  }
  std::vector<std::string> rows() const {
    std::vector<std::string> all;
    for (const auto& path : files_->paths())
      if (path.starts_with("out/part-") && path.ends_with(".jsonl")) {
        std::istringstream lines{*files_->read_all(path)};
        for (std::string line; std::getline(lines, line);)
          all.push_back(line);
      }
    std::ranges::sort(all);
    return all;
  }

private:
  std::shared_ptr<fault_storage> files_;
  line_input& input_;
};

/// After a crash an epoch may be in the output whose commit only the log's end knows of: what loses that end, and
/// thereby what was durable, cannot be told from the outside.
std::vector<std::string> files_to_damage(const fault_storage& files, bool crashed) {
  std::vector<std::string> found;
  std::string newest_segment;
  for (const auto& path : files.paths()) {
    if (path.starts_with("cp/log/") && path.ends_with(".log"))
      newest_segment = path;
    if (path.starts_with("cp/") && !path.ends_with("/lock"))
      found.push_back(path);
  }
  if (crashed)
    std::erase(found, newest_segment);
  return found;
}

void damage_one(fault_storage& files, const std::vector<std::string>& found, damager& chance, std::string& what) {
  const auto& path = chance.one_of(found);
  const auto bytes = *files.read_all(path);
  what += path + " ";
  files.overwrite(path,
                  chance.damage(bytes, path.ends_with(".log") ? log_frames(bytes) : std::vector<std::size_t>{}, what));
}

}  // namespace

TEST_CASE("a query on a damaged checkpoint gives the right rows or names the file", "[damage]") {
  const auto seed = test_seed();
  const auto* const given = std::getenv("WEIR_TEST_RUNS");
  const auto runs = given ? std::atoi(given) : 200;
  auto went_on = 0;
  auto refused = 0;
  for (int run = 0; run < runs; ++run) {
    damager chance{seed + static_cast<std::uint64_t>(run)};
    const auto kind = chance.below(3);
    const auto input = make_input(kind);
    const auto files = std::make_shared<fault_storage>();
    deposit_job job{files, *input};
    session_lines lines;
    const auto some_lines = [&] {
      std::vector<std::vector<std::string>> made;
      for (auto count = 1 + chance.below(8); count > 0; --count)
        made.push_back(lines.next(chance));
      return made;
    };
    auto crashed = false;
    for (auto lives = 1 + chance.below(3); lives > 0; --lives) {
      // A directory is listed at once only when a query starts; what is pushed to a query that dies is the host's.
      const auto before = kind == 2 || (kind == 0 && chance.below(2) == 0);
      if (before && chance.below(2) == 0)
        files->crash_after(static_cast<std::int64_t>(chance.below(60)));
      crashed = false;
      try {
        job.run(some_lines(), before);
      } catch (const query_error& error) {
        INFO("seed " << seed << ", run " << run << ", input " << kind << ": " << error.what());
        REQUIRE(files->crashed());
        crashed = true;
      }
      // A spool is not synced: a power cut may take pushed rows with it.
      const auto power_cut = kind != 1 && chance.below(2) == 0;
      files->restart(chance.below(1000), !power_cut);
      crashed = crashed || power_cut;
    }
    const auto found = files_to_damage(*files, crashed);
    if (found.empty())
      continue;
    std::string what;
    damage_one(*files, found, chance, what);
    INFO("seed " << seed << ", run " << run << ", input " << kind << ": " << what);
    const auto more = some_lines();
    try {
      job.run(more, kind != 1);
    } catch (const query_error& error) {
      ++refused;
      INFO(error.what());
      CHECK_THAT(error.what(), Catch::Contains("cp/") || Catch::Contains("checkpoint is older") ||
                                   Catch::Contains("is not in the log of files") ||
                                   Catch::Contains("was committed and is gone"));
      CHECK(error.code() != errc::internal);
      continue;
    }
    ++went_on;
    CHECK(job.rows() == lines.rows());
  }
  // A run that repeats a few seeds need not have both.
  if (runs < 100)
    return;
  CHECK(went_on > runs / 20);
  CHECK(refused > runs / 20);
}
