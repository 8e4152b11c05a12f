#include "catch.hpp"
#include "sinks/sink_test.hpp"

using namespace weir;
using namespace weir::testing;

namespace {

using numbers = std::vector<int>;

struct memory_host {
  memory_output output;
  std::unique_ptr<sink> object = *sinks::memory{output}.open();

  explicit memory_host(output_mode mode) : mode_{mode} {
    sink_context context;
    context.query_id = "query";
    context.columns = row_schema<int>();
    context.mode = mode;
    REQUIRE(object->start(context).ok());
  }
  void add(std::int64_t epoch, std::initializer_list<int> rows) {
    row_writer<int> writer;
    for (const auto row : rows)
      writer.append(row);
    REQUIRE(object->begin(epoch_id{epoch}, mode_).ok());
    REQUIRE(object->stage(epoch_id{epoch}, writer.finish()).ok());
    auto staged = object->prepare(epoch_id{epoch});
    REQUIRE(staged.ok());
    REQUIRE(object->commit(epoch_id{epoch}, *staged).ok());
  }

private:
  output_mode mode_;
};

}  // namespace

TEST_CASE("C117 memory: append and update add epochs, a repeated one is ignored", "[memory]") {
  memory_host host{GENERATE(output_mode::append, output_mode::update)};
  host.add(0, {1, 2, 3});
  CHECK(host.output.last_as<int>() == numbers{1, 2, 3});
  host.add(1, {4, 5, 6});
  CHECK(host.output.last_as<int>() == numbers{4, 5, 6});
  CHECK(host.output.all_as<int>() == numbers{1, 2, 3, 4, 5, 6});
  host.add(1, {7, 8, 9});
  CHECK(host.output.last_as<int>() == numbers{4, 5, 6});
  host.add(2, {7, 8, 9});
  CHECK(host.output.all_as<int>() == numbers{1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("C117 memory: complete replaces, a repeated epoch is ignored", "[memory]") {
  memory_host host{output_mode::complete};
  host.add(0, {1, 2, 3});
  host.add(1, {4, 5, 6});
  CHECK(host.output.all_as<int>() == numbers{4, 5, 6});
  host.add(1, {7, 8, 9});
  CHECK(host.output.all_as<int>() == numbers{4, 5, 6});
  host.add(2, {7, 8, 9});
  CHECK(host.output.all_as<int>() == numbers{7, 8, 9});
}
