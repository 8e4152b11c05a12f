// Whole queries on disks that are full, read-only or failing: the query ends by the file's name, and after the cause is
// gone a start goes on as if nothing had been.
#include "stream_test.hpp"

#include <weir/sinks/files.hpp>

#include "../../examples/session_job.hpp"
#include "test_seed.hpp"

using namespace weir;
using weir_test::fault_storage;
using weir_test::run_faults;
using weir_test::run_faults_and_crashes;
using weir_test::stream_test;

namespace {

/// The deposit job with all that a checkpoint has: state, small snapshots, a sink that keeps files.
void deposits_into_files(stream_test& t) {
  const sources::memory_input<std::string> input;
  t.query([&](engine& on, query_options options) {
    options.snapshot_log_bytes = 2000;
    return on.read_stream(sources::memory<std::string>{input})
        .map(parse_transaction)
        .group_by_key(&transaction::session_id)
        .flat_map_groups_with_state<session_total>(output_mode::append, close_at_every_deposit)
        .write_stream()
        .options(options)
        .start(sinks::jsonl{.path = "out", .roll_rows = 2});
  });
  t.add<std::string>(input, {"a,1", "a,2.5,true", "b,1"});
  t.process();
  for (int i = 0; i < 6; ++i) {
    t.add<std::string>(input, {"d,1", "e,1"});
    t.process();
  }
  t.add<std::string>(input, {"b,4,true", "b,7,true", "c,1"});
  t.process();
  t.add<std::string>(input, {"d,1,true", "c,1,true"});
  t.process();
  std::vector<std::string> rows;
  for (const auto& path : t.files().paths())
    if (path.starts_with("out/part-") && path.ends_with(".jsonl")) {
      std::istringstream lines{*t.files().read_all(path)};
      for (std::string line; std::getline(lines, line);)
        rows.push_back(line);
    }
  std::ranges::sort(rows);
  CHECK(rows == std::vector<std::string>{R"({"session_id":"a","current_balance":3.5,"deposit_current_balance":true})",
                                         R"({"session_id":"b","current_balance":5,"deposit_current_balance":true})",
                                         R"({"session_id":"b","current_balance":7,"deposit_current_balance":true})",
                                         R"({"session_id":"c","current_balance":2,"deposit_current_balance":true})",
                                         R"({"session_id":"d","current_balance":7,"deposit_current_balance":true})"});
}

/// A running sum into memory.
void sums_into_memory(stream_test& t) {
  const sources::memory_input<std::string> input;
  const memory_output output;
  t.query([&](engine& on, query_options options) {
    options.mode = output_mode::update;
    return on.read_stream(sources::memory<std::string>{input})
        .map(parse_transaction)
        .group_by_key(&transaction::session_id)
        .map_groups_with_state<session_total>(update_session)
        .write_stream()
        .options(options)
        .start(sinks::memory{output});
  });
  const auto check = [&](std::vector<double> balances) {
    t.process();
    std::vector<double> seen;
    for (const auto& row : output.since_last_as<session_update>())
      seen.push_back(row.current_balance);
    std::ranges::sort(seen);
    CHECK(seen == balances);
  };
  t.add<std::string>(input, {"a,1", "b,2"});
  check({1, 2});
  t.add<std::string>(input, {"a,10"});
  check({11});
  t.stop();
  t.add<std::string>(input, {"a,100,true", "b,20"});
  check({22, 111});
  t.add<std::string>(input, {"a,3"});
  check({3});
}

}  // namespace

TEST_CASE("a fault at any operation on a file ends the query by the file's name, and a restart goes on", "[faults]") {
  SECTION("files") { run_faults(deposits_into_files); }
  SECTION("memory") { run_faults(sums_into_memory); }
}

TEST_CASE("what a failed write or sync left is not taken for durable", "[faults]") {
  const auto seed = weir_test::test_seed();
  SECTION("files") { run_faults_and_crashes(deposits_into_files, seed, 300); }
  SECTION("memory") { run_faults_and_crashes(sums_into_memory, seed, 300); }
}

TEST_CASE("a query whose disk is full or read-only fails until it is mended", "[faults]") {
  const auto cause = GENERATE(as<status>{}, status{errc::disk_full, "No space left on device"},
                              status{errc::io_error, "Read-only file system"});
  const auto files = std::make_shared<fault_storage>();
  const sources::memory_input<std::string> input;
  const memory_output output;
  const auto run = [&] {
    engine on{engine::options{.files = files, .deterministic = true}};
    query_options options;
    options.mode = output_mode::update;
    options.checkpoint_location = "cp";
    const auto query = on.read_stream(sources::memory<std::string>{input})
                           .map(parse_transaction)
                           .group_by_key(&transaction::session_id)
                           .map_groups_with_state<session_total>(update_session)
                           .write_stream()
                           .options(options)
                           .start(sinks::memory{output});
    query.process_all_available();
    query.stop();
  };
  const auto fails_by_name = [&] {
    try {
      run();
      FAIL("the query did not fail");
    } catch (const query_error& error) {
      CHECK(error.code() == cause.code());
      CHECK_THAT(error.what(), Catch::Contains(cause.message()) && Catch::Contains("cp"));
    }
  };
  input.add_data({"a,1", "b,2"});
  files->break_all(cause);
  fails_by_name();
  CHECK(files->paths().empty());
  files->break_all({});
  run();
  input.add_data({"a,10"});
  const auto whole = files->copy();
  files->break_all(cause);
  for (int i = 0; i < 3; ++i)
    fails_by_name();
  // Nothing was lost by failing.
  for (const auto& path : whole->paths())
    if (!path.ends_with("lock"))
      CHECK(*files->read_all(path) == *whole->read_all(path));
  files->break_all({});
  run();
  std::vector<double> balances;
  for (const auto& row : output.all_as<session_update>())
    balances.push_back(row.current_balance);
  CHECK(balances == std::vector<double>{1, 2, 11});
}
