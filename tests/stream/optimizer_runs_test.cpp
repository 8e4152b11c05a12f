// Queries whose plans are optimised in one run and as they are written in another: watermarks (W18) and checkpoints.
#include "stream_test.hpp"

#include <weir/stream/dataframe.hpp>

using namespace std::chrono_literals;
using namespace weir;
using weir_test::run_plans;
using weir_test::stream_test;

namespace {

struct reading {
  std::string sensor;
  std::int64_t value;
  timestamp time;
};
BOOST_DESCRIBE_STRUCT(reading, (), (sensor, value, time))

reading read_at(std::string sensor, std::int64_t value, std::int64_t second) {
  return {std::move(sensor), value, timestamp{std::chrono::seconds{second}}};
}

struct sensor_count {
  std::string sensor;
  std::int64_t count;
  friend auto operator<=>(const sensor_count&, const sensor_count&) = default;
};
BOOST_DESCRIBE_STRUCT(sensor_count, (), (sensor, count))

std::ostream& operator<<(std::ostream& out, const sensor_count& one) {
  return out << "(" << one.sensor << "," << one.count << ")";
}

using input_of = sources::memory_input<reading>;

dataframe readings(engine& on, const input_of& input) {
  return on.read_stream(sources::memory<reading>{input}).to_df();
}

}  // namespace

TEST_CASE("W18 rows that a later filter drops do not move the watermark; as written they do", "[scenario]") {
  run_plans([](stream_test& t) {
    for (const auto optimize : {true, false}) {
      const input_of input;
      const memory_output output;
      const auto build = [&](engine& on, query_options options) {
        options.optimize = optimize;
        options.checkpoint_location = optimize ? "with" : "without";
        return readings(on, input)
            .with_watermark("time", 10s)
            .filter(col("value") > lit(0))
            .group_by(window(col("time"), "5 seconds").as("window"))
            .count()
            .select(col("window.start").cast(utf8).as("sensor"), "count")
            .write_stream()
            .options(options)
            .start(sinks::memory{output});
      };
      t.query(build);
      t.add(input, {read_at("a", 1, 10), read_at("a", 2, 11)});
      t.process();
      t.add(input, {read_at("a", -1, 100)});
      if (optimize)
        t.check_new<sensor_count>(output, {});
      else
        t.check_new<sensor_count>(output, {{"1970-01-01 00:00:10", 2}});
      t.add(input, {read_at("a", 3, 12)});
      t.check_new<sensor_count>(output, {});
      t.add(input, {read_at("a", 4, 200)});
      if (optimize)
        t.check_new<sensor_count>(output, {{"1970-01-01 00:00:10", 3}});
      else
        t.check_new<sensor_count>(output, {});
      t.stop();
    }
  });
}

TEST_CASE("a checkpoint goes on with plans optimised and as they are written", "[scenario]") {
  for (const auto named : {false, true})
    for (const auto first : {true, false}) {
      INFO((named ? "named" : "unnamed") << " steps, first " << (first ? "optimised" : "as written"));
      run_plans([=](stream_test& t) {
        const input_of input;
        const memory_output output;
        const auto called = [=](const dataframe& rows, const char* name) { return named ? rows.named(name) : rows; };
        t.query([=](engine& on, query_options options) {
          const auto positive = readings(on, input).select("sensor", "value", "time").filter(col("value") > lit(0));
          const auto limited = called(positive.limit(5), "first").with_column("next", col("value") + lit(1));
          const auto marked = limited.filter(col("next") > lit(0)).with_watermark("time", "10 seconds");
          const auto counts = called(
              marked.filter(col("sensor") != lit("")).group_by(window(col("time"), "5 seconds"), "sensor").count(),
              "windows");
          return counts.filter(col("count") > lit(0))
              .select("sensor", "count")
              .write_stream()
              .options(options)
              .start(sinks::memory{output});
        });
        t.options().optimize = first;
        t.add(input, {read_at("a", 1, 10), read_at("a", 2, 11), read_at("b", 0, 12)});
        t.check_new<sensor_count>(output, {});
        t.stop();
        t.options().optimize = !first;
        t.add(input, {read_at("a", 3, 12), read_at("b", 4, 13)});
        t.check_new<sensor_count>(output, {});
        t.stop();
        t.options().optimize = first;
        t.add(input, {read_at("c", 5, 40), read_at("c", 6, 90)});
        t.check_new<sensor_count>(output, {{"a", 3}, {"b", 1}});
      });
    }
}
