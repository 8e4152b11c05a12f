#include "catch.hpp"
#include "sources/source_test.hpp"

#include <fstream>
#include <future>
#include <latch>

#include <weir/sources/memory.hpp>
#include <weir/sources/push.hpp>
#include <weir/sources/random_alpha.hpp>

using namespace weir;
using namespace weir::testing;

namespace {

using number = std::int64_t;
using pushed = sources::push<number>;

std::vector<std::string> numbers(number first, number last) {
  auto out = strings{};
  for (auto value = first; value <= last; ++value)
    out.push_back(std::to_string(value));
  return out;
}

std::vector<std::filesystem::path> spool_files(const temporary_directory& directory) {
  auto found = std::vector<std::filesystem::path>{};
  for (const auto& entry : std::filesystem::directory_iterator{directory.path()})
    found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

}  // namespace

TEST_CASE("push: rows are numbered, limited, read again until commit") {
  sources::push_handle<number> handle;
  CHECK(handle.try_push(1) == sources::push_result::closed);
  source_host host{pushed{.handle = handle}.open()};
  REQUIRE(host.start().ok());
  CHECK(host.position.json == "-1");
  CHECK(host.take().empty());
  for (number value = 0; value < 10; ++value)
    REQUIRE(handle.push(value));
  CHECK(host.signals() == 1);  // once until the rows are taken
  CHECK(host.take({.rows = 4}) == numbers(0, 3));
  CHECK(host.position.json == "3");
  CHECK(host.batches.front().origin()->offset_of(2) == "2");
  CHECK(host.take() == numbers(4, 9));
  CHECK(host.read(offset{"1"}, offset{"5"}) == numbers(2, 5));
  REQUIRE(host.object->commit(offset{"9"}).ok());
  REQUIRE(host.object->commit(offset{"3"}).ok());
  host.read(offset{"1"}, offset{"5"});
  CHECK(host.error.code() == errc::source_failed);
  CHECK(host.object->metrics().at("spooled") == "false");
  CHECK(host.object->latest_offset(offset{"x"}, {}).error().code() == errc::checkpoint_mismatch);
  host.stop();
  CHECK_FALSE(handle.push(1));
}

TEST_CASE("push: a full buffer refuses or waits until a commit makes room; stop releases who waits") {
  sources::push_handle<number> handle;
  source_host host{pushed{.handle = handle, .buffer_rows = 4}.open()};
  REQUIRE(host.start().ok());
  for (number value = 0; value < 4; ++value)
    REQUIRE(handle.try_push(value) == sources::push_result::there);
  CHECK(handle.try_push(9) == sources::push_result::full);
  auto waiting = std::async(std::launch::async, [&] { return handle.push(4); });
  CHECK(host.take() == numbers(0, 3));
  CHECK(handle.try_push(9) == sources::push_result::full);  // taken, but not durable
  REQUIRE(host.object->commit(host.position).ok());
  CHECK(waiting.get());
  CHECK(host.take_rows(1) == numbers(4, 4));
  for (number value = 0; value < 4; ++value)
    REQUIRE(handle.push(value));
  auto released = std::async(std::launch::async, [&] { return handle.push(5); });
  host.stop();
  CHECK_FALSE(released.get());
}

TEST_CASE("push: options that cannot be are refused") {
  CHECK(pushed{.buffer_rows = 0}.open().error().code() == errc::invalid_argument);
  CHECK(pushed{.buffer_bytes = -1}.open().error().message().find("buffer_bytes") != std::string::npos);
}

TEST_CASE("push: many threads, no row lost or twice, each thread's in order") {
  sources::push_handle<number> handle;
  source_host host{pushed{.handle = handle, .buffer_rows = 1000}.open()};
  REQUIRE(host.start().ok());
  constexpr number each = 20'000;
  auto writers = std::vector<std::jthread>{};
  for (number thread = 0; thread < 3; ++thread)
    writers.emplace_back([&handle, thread] {
      for (number value = 0; value < each; ++value)
        (void)handle.push(thread * each + value);
    });
  const auto rows = host.take_rows(3 * each);
  REQUIRE(rows.size() == 3 * each);
  auto next = std::vector<number>{0, 0, 0};
  auto ordered = true;
  for (const auto& row : rows) {
    const auto value = std::stoll(row);
    ordered = ordered && value % each == next[static_cast<std::size_t>(value / each)]++;
  }
  CHECK(ordered);
}

TEST_CASE("spool: rows that no durable epoch took come again after a crash") {
  temporary_directory checkpoint;
  {
    sources::push_handle<number> handle;
    source_host host{pushed{.handle = handle}.open(), checkpoint.path()};
    REQUIRE(host.start().ok());
    for (number value = 0; value < 10; ++value)
      REQUIRE(handle.push(value));
    CHECK(host.object->metrics().at("spooled") == "true");
    CHECK(host.take({.rows = 5}) == numbers(0, 4));
  }
  auto last = std::string{"4"};
  SECTION("after the last logged offset") {}
  SECTION("all, when nothing was logged") { last.clear(); }
  SECTION("a torn tail is cut, numbering goes on") {
    const auto path = spool_files(checkpoint).back();
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 7);
    sources::push_handle<number> handle;
    source_host host{pushed{.handle = handle}.open(), checkpoint.path(), "4"};
    REQUIRE(host.start().ok());
    REQUIRE(handle.push(9));
  }
  sources::push_handle<number> handle;
  source_host host{pushed{.handle = handle}.open(), checkpoint.path(), last};
  REQUIRE(host.start().ok());
  CHECK(host.signals() == 1);
  CHECK(host.take() == numbers(last.empty() ? 0 : 5, 9));
  CHECK(host.position.json == "9");
  REQUIRE(handle.push(10));
  CHECK(host.take() == numbers(10, 10));
}

TEST_CASE("spool: any flipped byte cuts the tail or is a named error, never another row") {
  temporary_directory checkpoint;
  {
    sources::push_handle<number> handle;
    source_host host{pushed{.handle = handle}.open(), checkpoint.path()};
    REQUIRE(host.start().ok());
    for (number value = 0; value < 5; ++value)
      REQUIRE(handle.push(value));
  }
  const auto path = spool_files(checkpoint).back();
  auto content = std::string{};
  {
    std::ifstream in{path, std::ios::binary};
    content.assign(std::istreambuf_iterator<char>{in}, {});
  }
  auto cut = 0;
  for (std::size_t at = 0; at < content.size(); at += 5) {
    auto damaged = content;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    std::ofstream{path, std::ios::binary | std::ios::trunc} << damaged;
    source_host host{pushed{}.open(), checkpoint.path()};
    const auto begun = host.start();
    if (begun.ok()) {
      ++cut;
      CHECK(host.take() == numbers(0, 3));  // only the last frame is the tail
    } else {
      CHECK(begun.code() == errc::corrupt_checkpoint);
      CHECK(begun.message().find(path.string() + " at byte ") != std::string::npos);
    }
  }
  CHECK(cut > 0);
}

TEST_CASE("spool: another schema, or a spool ahead of the log, is refused by name") {
  temporary_directory checkpoint;
  {
    sources::push_handle<number> handle;
    source_host host{pushed{.handle = handle}.open(), checkpoint.path(), "99"};
    REQUIRE(host.start().ok());
    REQUIRE(handle.push(100));
  }
  source_host texts{sources::push<std::string>{}.open(), checkpoint.path(), "99"};
  CHECK(texts.start().code() == errc::checkpoint_mismatch);
  source_host older{pushed{}.open(), checkpoint.path(), "41"};
  CHECK(older.start().message().find("older than its spool") != std::string::npos);
}

TEST_CASE("spool: files are deleted once their rows are committed") {
  temporary_directory checkpoint;
  sources::push_handle<std::string> handle;
  source_host host{sources::push<std::string>{.handle = handle}.open(), checkpoint.path()};
  REQUIRE(host.start().ok());
  const auto wide = std::string(1 << 20, 'x');
  for (int i = 0; i < 40; ++i) {
    REQUIRE(handle.push(wide));
    CHECK(host.take().size() == 1);
    REQUIRE(host.object->commit(host.position).ok());
  }
  auto bytes = std::uintmax_t{0};
  for (const auto& path : spool_files(checkpoint))
    bytes += std::filesystem::file_size(path);
  CHECK(bytes <= 2U << 20);
}

TEST_CASE("spool: a failing write ends the query and names the file") {
  temporary_directory checkpoint;
  sources::push_handle<number> handle;
  source_host host{pushed{.handle = handle}.open(), checkpoint.path()};
  REQUIRE(host.start().ok());
  std::filesystem::remove_all(checkpoint.path());
  CHECK_FALSE(handle.push(1));
  CHECK(host.await_failure().message().find(checkpoint.path()) != std::string::npos);
  host.take();
  CHECK_FALSE(host.error.ok());
}

TEST_CASE("memory: one offset a call, data outlives a query until it is committed") {
  sources::memory_input<number> input;
  {
    source_host host{sources::memory<number>{input}.open()};
    REQUIRE(host.start().ok());
    CHECK(host.take().empty());
    CHECK(input.add_data({1, 2, 3}) == 0);
    CHECK(input.add_data({4}) == 1);
    CHECK(host.signals() == 2);
    CHECK(host.take() == strings{"1", "2", "3", "4"});
    CHECK(host.position.json == "1");
    REQUIRE(host.object->commit(offset{"0"}).ok());
  }
  CHECK(input.store()->commits() == 1);
  source_host host{sources::memory<number>{input}.open(), {}, "0"};
  REQUIRE(host.start().ok());
  CHECK(input.store()->last_offset() == "0");
  REQUIRE(host.object->prepare_for_available_now());
  input.add_data({5});
  CHECK(host.take() == strings{"4"});
  CHECK(host.take().empty());
  host.read(offset{"-1"}, offset{"0"});
  CHECK(host.error.code() == errc::source_failed);
}

TEST_CASE("random_alpha: one alphanumeric character a row, the same for the same seed") {
  const auto run = [] {
    source_host host{sources::random_alpha{.interval = std::chrono::microseconds{1}}.open()};
    REQUIRE(host.start().ok());
    auto rows = host.take_rows(50);
    REQUIRE(rows.size() >= 50);
    rows.resize(50);
    return rows;
  };
  const auto rows = run();
  for (const auto& row : rows) {
    const auto value = row.substr(row.find('|') + 1);
    CHECK((value.size() == 1 && std::isalnum(static_cast<unsigned char>(value.front())) != 0));
  }
  CHECK(run() == rows);
}
