// A service that starts and stops queries for months: nothing may stay behind.
#include "catch.hpp"

#include <weir/sinks/memory.hpp>
#include <weir/sources/push.hpp>
#include <weir/stream/engine.hpp>

#include "../../examples/session_job.hpp"
#include "process_figures.hpp"
#include "recording_listener.hpp"
#include "temporary_directory.hpp"

using namespace weir;
using weir_test::process_figures;

namespace {

void start_and_stop(engine& on, const std::string& checkpoint, bool with_rows) {
  const sources::push_handle<transaction> handle;
  const memory_output output;
  const auto query = on.read_stream(sources::push<transaction>{.handle = handle})
                         .group_by_key(&transaction::session_id)
                         .map_groups_with_state<session_total>(update_session)
                         .write_stream()
                         .query_name("again")
                         .output_mode(output_mode::update)
                         .checkpoint_location(checkpoint)
                         .durability(durability::os_cache)
                         .start(sinks::memory{output});
  if (with_rows) {
    query.process_all_available();
    REQUIRE(handle.push({"s", 1, false}));
    query.process_all_available();
    REQUIRE(output.all_as<session_update>().size() == 1);
  }
  query.stop();
}

/// What the process holds once threads and files are as few as before: a query ends a moment before its last threads
/// do.
process_figures figures_back_at(const process_figures& early) {
  const auto limit = std::chrono::steady_clock::now() + weir_test::long_enough;
  for (;;) {
    const auto late = process_figures::now();
    if ((late.threads <= early.threads && late.files <= early.files) || std::chrono::steady_clock::now() > limit)
      return late;
    std::this_thread::yield();
  }
}

/// Compares what the process holds after a tenth of the starts with what it holds after all of them.
void check_flat(const std::string& checkpoint, int starts) {
  engine on{{.threads = 2}};
  process_figures early;
  for (int i = 0; i < starts; ++i) {
    if (i == starts / 10)
      early = process_figures::now();
    start_and_stop(on, checkpoint, i % 2 == 0);
  }
  const auto late = figures_back_at(early);
  INFO("after " << starts / 10 << " starts " << early.resident_bytes << " bytes, after " << starts << " "
                << late.resident_bytes);
  CHECK(late.threads <= early.threads);
  CHECK(late.files <= early.files);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose own memory grows
  CHECK(late.resident_bytes < early.resident_bytes + (std::int64_t{8} << 20));
#endif
  CHECK(on.streams().active().empty());
}

}  // namespace

TEST_CASE("a query started and stopped 200 times leaves nothing behind", "[starts][threads]") { check_flat({}, 200); }

TEST_CASE("a query started and stopped 100 times on its checkpoint leaves nothing behind", "[starts][threads]") {
  const weir_test::temporary_directory directory;
  check_flat(directory.path(), 100);
}

TEST_CASE("a query started and stopped 1,000 times leaves nothing behind", "[.][full][starts][threads]") {
  check_flat({}, 1000);
}

TEST_CASE("a query started and stopped 1,000 times on its checkpoint leaves nothing behind",
          "[.][full][starts][threads]") {
  const weir_test::temporary_directory directory;
  check_flat(directory.path(), 1000);
}

TEST_CASE("an engine made and dropped 50 times leaves nothing behind", "[starts][threads]") {
  process_figures early;
  for (int i = 0; i < 50; ++i) {
    if (i == 5)
      early = process_figures::now();
    engine on{{.threads = 2}};
    on.streams().add_listener(std::make_shared<weir_test::recording_listener>());
    start_and_stop(on, {}, true);
  }
  const auto late = figures_back_at(early);
  CHECK(late.threads <= early.threads);
  CHECK(late.files <= early.files);
}
