// The session-window job, end to end on a hand-driven engine.
#include "catch.hpp"

#include <weir/sinks/memory.hpp>
#include <weir/sources/memory.hpp>
#include <weir/stream/engine.hpp>

#include "../../examples/session_job.hpp"

namespace {

using rows = std::vector<std::tuple<std::string, double, bool>>;

rows sorted(const std::vector<session_update>& updates) {
  rows all;
  for (const auto& one : updates)
    all.emplace_back(one.session_id, one.current_balance, one.deposit_current_balance);
  std::ranges::sort(all);
  return all;
}

}  // namespace

TEST_CASE("the session-window job sums by session and closes at a deposit", "[session]") {
  weir::engine engine{{.deterministic = true}};
  const weir::sources::memory_input<std::string> input;
  const weir::memory_output output;
  const auto query = engine.read_stream(weir::sources::memory<std::string>{input})
                         .map(parse_transaction)
                         .group_by_key(&transaction::session_id)
                         .map_groups_with_state<session_total>(update_session)
                         .write_stream()
                         .output_mode(weir::output_mode::update)
                         .start(weir::sinks::memory{output});
  input.add_data({"a,1", "b,2.5", "a,3"});
  query.process_all_available();
  CHECK(sorted(output.since_last_as<session_update>()) == rows{{"a", 4, false}, {"b", 2.5, false}});
  input.add_data({"a,6,true", "b,1,TRUE"});
  query.process_all_available();
  CHECK(sorted(output.since_last_as<session_update>()) == rows{{"a", 10, true}, {"b", 3.5, true}});
  input.add_data({"a,7"});
  query.process_all_available();
  CHECK(sorted(output.since_last_as<session_update>()) == rows{{"a", 7, false}});
  query.stop();
  CHECK_FALSE(query.is_active());
}
