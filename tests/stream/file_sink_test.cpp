// The deposit job into files, under every plan: the visible files are the result, whatever crashed in between.
#include "stream_test.hpp"

#include <filesystem>

#include <unistd.h>

#include <weir/sinks/files.hpp>

#include "../../examples/session_job.hpp"

using namespace weir;
using weir_test::run_plans;
using weir_test::stream_test;

namespace {

/// What `cat out/*.jsonl` shows.
std::string visible(weir_test::fault_storage& files) {
  std::string all;
  for (const auto& path : files.paths())
    if (path.starts_with("out/part-") && path.ends_with(".jsonl"))
      all += *files.read_all(path);
  return all;
}

}  // namespace

TEST_CASE("jsonl files hold every epoch once", "[scenario][files]") {
  const auto rolls = GENERATE(false, true);
  run_plans([rolls](stream_test& t) {
    const sources::memory_input<std::string> input;
    t.query([&](engine& on, query_options options) {
      sinks::jsonl target{.path = "out"};
      if (rolls)
        target.roll_rows = 2;
      return on.read_stream(sources::memory<std::string>{input})
          .map(parse_transaction)
          .group_by_key(&transaction::session_id)
          .flat_map_groups_with_state<session_total>(output_mode::append, close_at_every_deposit)
          .write_stream()
          .options(options)
          .start(target);
    });
    t.add<std::string>(input, {"a,1", "a,2.5,true", "b,1"});
    t.process();
    t.add<std::string>(input, {"b,4,true", "b,7,true", "c,1"});
    t.process();
    t.add<std::string>(input, {"c,1,true"});
    t.process();
    CHECK(visible(t.files()) == R"({"session_id":"a","current_balance":3.5,"deposit_current_balance":true}
{"session_id":"b","current_balance":5,"deposit_current_balance":true}
{"session_id":"b","current_balance":7,"deposit_current_balance":true}
{"session_id":"c","current_balance":2,"deposit_current_balance":true}
)");
  });
}

TEST_CASE("a directory of another query's is refused", "[files]") {
  const auto files = std::make_shared<weir_test::fault_storage>();
  const auto start = [&](const std::string& checkpoint, bool append) {
    const sources::memory_input<std::string> input;
    input.add_data({"x"});
    engine on{engine::options{.files = files, .deterministic = true}};
    query_options options;
    options.checkpoint_location = checkpoint;
    const auto query = on.read_stream(sources::memory<std::string>{input})
                           .write_stream()
                           .options(options)
                           .start(sinks::jsonl{.path = "out", .append_to_foreign = append});
    query.process_all_available();
  };
  start("first", false);
  CHECK_THROWS_WITH(start("second", false), Catch::Contains("out was written by query"));
  CHECK_NOTHROW(start("second", true));
}

TEST_CASE("two sinks of a query do not write over each other in one directory", "[files]") {
  const auto directory = std::filesystem::temp_directory_path() / ("weir-two-sinks-" + std::to_string(getpid()));
  std::filesystem::remove_all(directory);
  const auto out = (directory / "out").string();
  engine on{{.deterministic = true}};
  const sources::memory_input<std::string> input;
  const auto lines = on.read_stream(sources::memory<std::string>{input});
  const auto query = on.start(query_options{}, {to(lines, sinks::jsonl{.path = out}),
                                                to(lines, sinks::jsonl{.path = (directory / "x/../out").string()})});
  CHECK_THROWS_WITH(query.process_all_available(), Catch::Contains("two sinks cannot write into one directory") &&
                                                       Catch::Contains(out) && Catch::Contains("held by sink jsonl-"));
  // The failed query's handle holds nothing.
  const auto again = on.start(query_options{}, {to(lines, sinks::jsonl{.path = out, .append_to_foreign = true})});
  CHECK_NOTHROW(again.process_all_available());
  std::filesystem::remove_all(directory);
}
