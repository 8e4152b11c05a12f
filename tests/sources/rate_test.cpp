#include "catch.hpp"
#include "sources/source_test.hpp"

#include <limits>

#include <weir/columns/row_codec.hpp>
#include <weir/sources/rate.hpp>

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;
using sources::rate;
using sources::rate_micro_batch;

namespace {

/// The rows of the last read as (milliseconds since `zero`, value).
std::vector<std::pair<std::int64_t, std::int64_t>> pairs(const source_host& host, std::int64_t zero = 0) {
  auto out = std::vector<std::pair<std::int64_t, std::int64_t>>{};
  for (const auto& part : host.batches) {
    const auto& times = static_cast<const arrow::TimestampArray&>(*part.arrow()->column(0));
    const auto& values = static_cast<const arrow::Int64Array&>(*part.arrow()->column(1));
    for (std::int64_t row = 0; row < part.num_rows(); ++row)
      out.emplace_back(times.Value(row) / 1000 - zero, values.Value(row));
  }
  return out;
}

using rows = std::vector<std::pair<std::int64_t, std::int64_t>>;

}  // namespace

TEST_CASE("rate: rows stand evenly in each second (C115)") {
  source_host host{rate{.rows_per_second = 10}.open()};
  REQUIRE(host.start().ok());
  CHECK(host.take().empty());
  const auto before = host.signals();
  host.time->advance(1s);
  CHECK(host.signals() == before + 1);
  host.take();
  auto expected = rows{};
  for (int v = 0; v < 10; ++v)
    expected.emplace_back(v * 100, v);
  CHECK(pairs(host) == expected);
  CHECK(host.position.json == "1");

  source_host fast{rate{.rows_per_second = 1500}.open()};
  REQUIRE(fast.start().ok());
  fast.time->advance(1s);
  fast.take();
  expected.clear();
  for (int v = 0; v < 1500; ++v)
    expected.emplace_back(std::llround(v * 1000.0 / 1500), v);
  CHECK(pairs(fast) == expected);
}

TEST_CASE("rate: the ramp grows by equal steps (C115)") {
  const auto at = [](std::int64_t ramp, std::int64_t speed) {
    auto out = std::vector<std::int64_t>{};
    for (int second = 0; second < 6; ++second)
      out.push_back(sources::rate_value_at(second, rate{speed, std::chrono::seconds{ramp}}));
    return out;
  };
  CHECK(at(0, 5) == std::vector<std::int64_t>{0, 5, 10, 15, 20, 25});
  CHECK(at(2, 5) == std::vector<std::int64_t>{0, 1, 3, 8, 13, 18});
  CHECK(at(4, 10) == std::vector<std::int64_t>{0, 2, 6, 12, 20, 30});
  source_host host{rate{.rows_per_second = 10, .ramp_up_time = 4s}.open()};
  REQUIRE(host.start().ok());
  const auto next = [&] {
    host.time->advance(1s);
    host.take();
    return pairs(host);
  };
  CHECK(next() == rows{{0, 0}, {500, 1}});
  CHECK(next() == rows{{1000, 2}, {1250, 3}, {1500, 4}, {1750, 5}});
  CHECK(next() == rows{{2000, 6}, {2167, 7}, {2333, 8}, {2500, 9}, {2667, 10}, {2833, 11}});
  CHECK(next().at(1) == std::pair<std::int64_t, std::int64_t>{3125, 13});
}

TEST_CASE("rate: values go on after a restart, from the creation time that is kept (S09)") {
  temporary_directory checkpoint;
  auto time = std::make_shared<manual_clock>();
  time->advance(1'000'500ms);
  auto last = std::string{};
  auto total = std::size_t{0};
  for (int run = 0; run < 3; ++run) {
    source_host host{rate{.rows_per_second = 10}.open(), checkpoint.path(), last};
    host.context.time = time;
    REQUIRE(host.start().ok());
    time->advance(2s);
    const auto more = host.take();
    CHECK(more.size() == 20);
    CHECK(pairs(host, 1'000'500).front() ==
          std::pair<std::int64_t, std::int64_t>{run * 2000, static_cast<std::int64_t>(total)});
    total += more.size();
    last = host.position.json;
  }
  SECTION("a damaged creation time is named") {
    REQUIRE(write_file_atomically(*make_local_storage(), checkpoint / "created", "v1\nsoon").ok());
    source_host host{rate{}.open(), checkpoint.path(), last};
    CHECK(host.start().code() == errc::corrupt_checkpoint);
  }
  SECTION("a newer version is named") {
    REQUIRE(write_file_atomically(*make_local_storage(), checkpoint / "created", "v9\n1").ok());
    source_host host{rate{}.open(), checkpoint.path(), last};
    CHECK(host.start().code() == errc::checkpoint_newer);
  }
}

TEST_CASE("rate: a clock that goes back is ignored, a cap takes whole seconds") {
  source_host host{rate{.rows_per_second = 10}.open()};
  REQUIRE(host.start().ok());
  host.time->advance(5s);
  CHECK(host.take({.rows = 25}).size() == 20);
  CHECK(host.take({.rows = 3}).size() == 10);
  host.time->advance(-4s);
  CHECK(host.take().size() == 20);
  CHECK(host.take().empty());
}

TEST_CASE("rate: options that cannot be are refused (C115)") {
  const auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(rate{.rows_per_second = -1}.open().error().message().find("must be a positive integer") != std::string::npos);
  CHECK(rate{.ramp_up_time = -1s}.open().error().code() == errc::invalid_argument);
  CHECK(rate{.rows_per_second = most, .ramp_up_time = 2s}.open().error().message().find("ramp_up_time") !=
        std::string::npos);
  CHECK(rate_micro_batch{.rows_per_batch = 0}.open().error().code() == errc::invalid_argument);
  CHECK(rate_micro_batch{.rows_per_batch = 1, .start_timestamp = -1ms}.open().error().message().find("non-negative") !=
        std::string::npos);
  source_host host{rate{.rows_per_second = most}.open()};
  REQUIRE(host.start().ok());
  host.time->advance(2s);
  host.take();
  CHECK(host.error.code() == errc::source_failed);
}

TEST_CASE("rate_micro_batch: the same batches however often it starts (C115)") {
  const auto options = rate_micro_batch{.rows_per_batch = 10, .start_timestamp = 1000ms, .advance_per_batch = 50ms};
  auto last = std::string{};
  for (int epoch = 0; epoch < 4; ++epoch) {
    source_host host{options.open(), {}, last};
    REQUIRE(host.start().ok());
    if (epoch == 2)
      host.object->prepare_for_available_now();
    host.take(epoch == 1 ? read_limit{} : read_limit{.rows = 5});
    const auto got = pairs(host);
    REQUIRE(got.size() == 10);
    CHECK(got.front() == std::pair<std::int64_t, std::int64_t>{1000 + 50 * epoch, 10 * epoch});
    CHECK(got.back() == std::pair<std::int64_t, std::int64_t>{1000 + 50 * epoch, 10 * epoch + 9});
    if (epoch == 1)
      CHECK(host.take({}).empty());
    if (epoch == 2)
      CHECK(host.take().empty());
    last = host.position.json;
  }
  CHECK(last == R"({"offset":40,"timestamp":1200})");
}
