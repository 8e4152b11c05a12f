#include "catch.hpp"
#include "fault_storage.hpp"

#include <weir/actors/running_query.hpp>
#include <weir/sinks/null.hpp>
#include <weir/sources/memory.hpp>

using namespace weir;

namespace {

/// Files where a source's directory cannot be made, until `broken` is cleared.
class no_source_directories : public weir_test::fault_storage {
public:
  status create_directories(const std::string& path) override {
    if (broken && path.find("/sources/") != std::string::npos)
      return {errc::disk_full, "create " + path};
    return fault_storage::create_directories(path);
  }
  bool broken = true;
};

execution_graph copy_graph(std::shared_ptr<storage> files) {
  execution_graph graph;
  graph.checkpoint_location = "cp";
  graph.files = std::move(files);
  execution_node from;
  from.part = execution_node::role::source;
  from.name = "in";
  from.output = row_schema<int>();
  from.reader = *sources::memory<int>{}.open();
  execution_node to;
  to.part = execution_node::role::sink;
  to.name = "out";
  to.output = from.output;
  to.inputs = {{0, 0, 0}};
  to.writer = *sinks::null{}.open();
  graph.nodes = {std::move(from), std::move(to)};
  return graph;
}

}  // namespace

TEST_CASE("a query whose actors cannot all be made leaves none behind, and its checkpoint free") {
  const auto deterministic = GENERATE(true, false);
  const auto engine = actor_engine::make({.threads = 2, .deterministic = deterministic});
  const auto files = std::make_shared<no_source_directories>();
  for (int i = 0; i < 20; ++i) {
    const auto failed = running_query::make(engine, copy_graph(files), {});
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().code() == errc::disk_full);
  }
  files->broken = false;
  const auto made = running_query::make(engine, copy_graph(files), {});
  REQUIRE(made.ok());
  (*made)->launch();
  (*made)->process_all_available();
  (*made)->request_stop();
  (*made)->wait_ended();
  CHECK((*made)->monitor().outcome().ok());
  // The actor system's end waits for all actors: it would hang with one left.
}
