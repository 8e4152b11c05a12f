#include "catch.hpp"
#include "sources/source_test.hpp"

#include <future>

#include <boost/describe.hpp>

#include <weir/sources/push.hpp>

using namespace weir;
using namespace weir::testing;

namespace {

using number = std::int64_t;
using pushed = sources::push<number>;

struct reading {
  std::string sensor;
  std::optional<double> value;
};
BOOST_DESCRIBE_STRUCT(reading, (), (sensor, value))

strings texts(number first, number last) {
  strings made;
  for (auto value = first; value <= last; ++value)
    made.push_back(std::to_string(value));
  return made;
}

std::vector<number> range(number first, number last) {
  std::vector<number> made;
  for (auto value = first; value <= last; ++value)
    made.push_back(value);
  return made;
}

template <class T>
std::shared_ptr<arrow::RecordBatch> record_batch(const std::vector<T>& rows) {
  row_writer<T> writer;
  for (const auto& row : rows)
    writer.append(row);
  return writer.finish().arrow();
}

}  // namespace

TEST_CASE("push: many rows in a call, as many as fit, in order") {
  temporary_directory checkpoint;
  const auto spooled = GENERATE(false, true);
  const sources::push_handle<number> handle;
  CHECK(handle.try_push(range(0, 9)) == 0);
  CHECK(handle.closed());
  source_host host{pushed{.handle = handle, .buffer_rows = 8}.open(), spooled ? checkpoint.path() : ""};
  REQUIRE(host.start().ok());
  CHECK_FALSE(handle.closed());
  CHECK(handle.push(range(0, 4)) == 5);
  CHECK(handle.try_push(range(5, 14)) == 3);
  CHECK(handle.try_push(range(8, 14)) == 0);
  CHECK_FALSE(handle.closed());
  CHECK(host.take() == texts(0, 7));
  CHECK(handle.try_push(range(8, 14)) == 0);  // taken, but not durable
  REQUIRE(host.object->commit(host.position).ok());
  CHECK(handle.try_push(range(8, 8)) == 1);
  CHECK(handle.try_push(std::span<const number>{}) == 0);
  CHECK(host.take() == texts(8, 8));
  host.stop();
  CHECK(handle.push(range(0, 9)) == 0);
  CHECK(handle.closed());
}

TEST_CASE("push: more rows than the buffer holds wait for room; the end of the query tells how many were taken") {
  const sources::push_handle<number> handle;
  source_host host{pushed{.handle = handle, .buffer_rows = 64}.open()};
  REQUIRE(host.start().ok());
  const auto rows = range(0, 9'999);
  auto all = std::async(std::launch::async, [&] { return handle.push(rows); });
  CHECK(host.take_rows(10'000) == texts(0, 9'999));
  CHECK(all.get() == rows.size());
  auto cut = std::async(std::launch::async, [&] { return handle.push(rows); });
  CHECK(host.take_rows(64).size() >= 64);
  host.stop();
  const auto taken = cut.get();
  CHECK(taken >= 64);
  CHECK(taken < rows.size());
}

TEST_CASE("push: pieces stay near 1 MiB once the size of a row is known") {
  const sources::push_handle<std::string> handle;
  source_host host{sources::push<std::string>{.handle = handle}.open()};
  REQUIRE(host.start().ok());
  const std::vector<std::string> rows(100, std::string(100'000, 'x'));
  CHECK(handle.push(rows) == rows.size());
  CHECK(host.take().size() == rows.size());
  CHECK(handle.push(rows) == rows.size());
  CHECK(host.take().size() == rows.size());
  for (const auto& one : host.batches)
    CHECK(one.num_rows() <= 11);
}

TEST_CASE("push: record batches, between rows, keep their order and are bounded") {
  temporary_directory checkpoint;
  const auto spooled = GENERATE(false, true);
  const sources::push_handle<number> handle;
  source_host host{pushed{.handle = handle, .buffer_rows = 10}.open(), spooled ? checkpoint.path() : ""};
  REQUIRE(host.start().ok());
  REQUIRE(handle.push(0));
  const auto rows = record_batch(range(1, 5));
  CHECK(*handle.push_batch(rows) == 5);
  REQUIRE(handle.push(6));
  CHECK(*handle.try_push_batch(record_batch(range(7, 20))) == 3);
  CHECK(*handle.try_push_batch(rows) == 0);
  CHECK(host.take() == texts(0, 9));
  REQUIRE(host.object->commit(host.position).ok());
  CHECK(*handle.push_batch(rows->Slice(3, 2)) == 2);
  CHECK(host.take() == texts(4, 5));
  host.stop();
  CHECK(*handle.push_batch(rows) == 0);
}

TEST_CASE("push: record batches of a spool come again after a crash") {
  temporary_directory checkpoint;
  {
    const sources::push_handle<reading> handle;
    source_host host{sources::push<reading>{.handle = handle}.open(), checkpoint.path()};
    REQUIRE(host.start().ok());
    const auto rows = record_batch<reading>({{"a", 1.5}, {"b", std::nullopt}, {"c", 3}});
    CHECK(*handle.push_batch(rows->Slice(1)) == 2);
  }
  source_host host{sources::push<reading>{}.open(), checkpoint.path()};
  REQUIRE(host.start().ok());
  CHECK(host.take() == strings{"b|null", "c|3"});
}

TEST_CASE("push: a record batch in another layout is taken in, one that does not fit is refused whole") {
  const sources::push_handle<number> handle;
  source_host host{pushed{.handle = handle}.open()};
  REQUIRE(host.start().ok());
  const auto large = [](std::uint64_t value) {
    arrow::UInt64Builder numbers;
    REQUIRE(numbers.AppendValues({1, value}).ok());
    return arrow::RecordBatch::Make(arrow::schema({arrow::field("value", arrow::uint64())}), 2,
                                    {numbers.Finish().ValueOrDie()});
  };
  CHECK(*handle.push_batch(large(2)) == 2);
  CHECK(handle.push_batch(large(std::uint64_t{1} << 63)).error().message() ==
        "column 'value': uint64 value 9223372036854775808 does not fit int64");
  CHECK(host.take() == texts(1, 2));
}

TEST_CASE("push: a record batch of other columns is refused whole, by name") {
  const sources::push_handle<reading> handle;
  source_host host{sources::push<reading>{.handle = handle}.open()};
  REQUIRE(host.start().ok());
  CHECK(handle.push_batch(nullptr).error().code() == errc::invalid_argument);
  const auto other = handle.push_batch(record_batch(range(1, 2)));
  CHECK(other.error().code() == errc::type_mismatch);
  CHECK(other.error().message().find("sensor: utf8") != std::string::npos);
  CHECK(other.error().message().find("value: int64") != std::string::npos);
  const auto good = record_batch<reading>({{"a", 1}});
  arrow::StringBuilder names;
  REQUIRE(names.AppendNull().ok());
  const auto nulls =
      handle.push_batch(arrow::RecordBatch::Make(good->schema(), 1, {names.Finish().ValueOrDie(), good->column(1)}));
  CHECK(nulls.error().message().find("'sensor' has nulls") != std::string::npos);
  CHECK(*handle.push_batch(good) == 1);
  CHECK(host.take() == strings{"a|1"});
}

TEST_CASE("push: a close, and a drain, let in no more, and leave what was taken to the query") {
  const sources::push_handle<number> handle;
  source_host host{pushed{.handle = handle}.open()};
  REQUIRE(host.start().ok());
  REQUIRE(handle.push(range(0, 4)) == 5);
  SECTION("close") { handle.close(); }
  SECTION("drain") { host.object->drain(); }
  CHECK(handle.closed());
  CHECK(handle.push(range(5, 6)) == 0);
  CHECK(handle.try_push(5) == sources::push_result::closed);
  CHECK(*handle.push_batch(record_batch(range(5, 6))) == 0);
  CHECK(host.take() == texts(0, 4));
}

TEST_CASE("push: rows that a drain lets in at its last moment are there for the poll that follows") {
  for (int round = 0; round < 200; ++round) {
    const sources::push_handle<number> handle;
    source_host host{pushed{.handle = handle}.open()};
    REQUIRE(host.start().ok());
    auto pushing = std::async(std::launch::async, [&] {
      std::size_t taken = 0;
      while (handle.push(number{1}))
        ++taken;
      return taken;
    });
    REQUIRE(host.await_signal(0));
    host.object->drain();
    const auto seen = host.take({.rows = std::int64_t{1} << 40}).size();
    REQUIRE(pushing.get() == seen);
  }
}

TEST_CASE("push: what a stop refuses in the midst of a push is not in the spool either") {
  for (int round = 0; round < 50; ++round) {
    temporary_directory checkpoint;
    std::size_t taken = 0;
    {
      const sources::push_handle<number> handle;
      source_host host{pushed{.handle = handle}.open(), checkpoint.path()};
      REQUIRE(host.start().ok());
      auto pushing = std::async(std::launch::async, [&] {
        std::size_t count = 0;
        while (handle.push(number{1}))
          ++count;
        return count;
      });
      REQUIRE(host.await_signal(0));
      host.stop();
      taken = pushing.get();
    }
    source_host again{pushed{.handle = {}}.open(), checkpoint.path()};
    REQUIRE(again.start().ok());
    REQUIRE(again.take({.rows = std::int64_t{1} << 40}).size() == taken);
  }
}
