// stream_writer as a value, and triggers from text.
#include "catch.hpp"

#include <weir/sinks/callback.hpp>
#include <weir/sinks/memory.hpp>
#include <weir/sources/memory.hpp>
#include <weir/stream/engine.hpp>

using namespace weir;
using namespace std::chrono_literals;
using Catch::Contains;

TEST_CASE("T03 a trigger is made from Spark's interval text", "[trigger]") {
  CHECK(trigger::processing_time("10 seconds") == trigger::processing_time(10s));
  CHECK(trigger::processing_time("500 milliseconds") == trigger::processing_time(500ms));
  CHECK(trigger::processing_time("1 minute").to_string() == "processing_time(60s)");
  CHECK_FALSE(trigger::processing_time("10 sceonds") == trigger::processing_time(0s));
}

TEST_CASE("T03 a trigger text that cannot be used is refused at start", "[trigger]") {
  engine on{{.deterministic = true}};
  const auto writer = on.read_stream(sources::memory<int>{}).write_stream();
  const auto refused = [&](std::string_view text) {
    try {
      (void)writer.trigger(trigger::processing_time(text)).start(sinks::memory{});
    } catch (const analysis_error& error) {
      CHECK(error.code() == errc::invalid_argument);
      return std::string{error.what()};
    }
    return std::string{"started"};
  };
  CHECK_THAT(refused("10 sceonds"), Contains("trigger: '10 sceonds' is no interval"));
  CHECK_THAT(refused(""), Contains("trigger: '' is no interval"));
  CHECK_THAT(refused("1 month"), Contains("'1 month': a trigger does not support month or year intervals"));
  CHECK_THAT(refused("-1 second"), Contains("should not be negative: '-1 second'"));
  CHECK(on.streams().active().empty());
}

TEST_CASE("a writer that is kept starts several queries", "[writer]") {
  engine on{{.deterministic = true}};
  const sources::memory_input<int> input;
  const auto writer = on.read_stream(sources::memory<int>{input}).write_stream().partitions(1);
  const memory_output rows;
  const auto first = writer.query_name("first").start(sinks::memory{rows});
  input.add_data({1, 2});
  first.process_all_available();
  first.stop();
  const auto second = writer.query_name("second").start(sinks::memory{});
  CHECK(rows.all_as<int>() == std::vector{1, 2});
  CHECK(first.name() == "first");
  CHECK(second.name() == "second");
  CHECK(writer.explain(sinks::memory{}).starts_with("query (unnamed)"));
}

TEST_CASE("a sink for rows of another type is refused at the call", "[writer]") {
  engine on{{.deterministic = true}};
  const auto numbers = on.read_stream(sources::memory<int>{});
  const sinks::callback<std::string> texts{[](epoch_id, std::span<const std::string>) {}};
  try {
    (void)numbers.write_stream().start(texts);
    FAIL("started");
  } catch (const analysis_error& error) {
    CHECK(error.code() == errc::type_mismatch);
    CHECK_THAT(error.what(), Contains("operator callback-0"));
  }
  CHECK_THROWS_AS(numbers.write_stream().explain(texts), analysis_error);
  CHECK(on.streams().active().empty());
}
