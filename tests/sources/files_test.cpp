#include "catch.hpp"
#include "sources/source_test.hpp"

#include <fstream>

#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>

#include <weir/sources/files.hpp>
#include <weir/sources/files/seen.hpp>

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;
using sources::files;

namespace {

/// Puts a file in place at once, as writers should; `age` sets its modification time.
void put(const std::string& path, const std::string& text, int second = 0) {
  const auto hidden = std::filesystem::path{path}.parent_path() / "_part";
  std::ofstream{hidden, std::ios::binary} << text;
  std::filesystem::last_write_time(hidden, std::filesystem::file_time_type::clock::from_sys(
                                               std::chrono::sys_seconds{std::chrono::seconds{1'700'000'000 + second}}));
  std::filesystem::rename(hidden, path);
}

void put_compressed(const std::string& path, const std::string& text, arrow::Compression::type kind) {
  auto file = *arrow::io::FileOutputStream::Open(path);
  auto codec = *arrow::util::Codec::Create(kind);
  auto out = *arrow::io::CompressedOutputStream::Make(codec.get(), file);
  REQUIRE(out->Write(text).ok());
  REQUIRE(out->Close().ok());
}

constexpr auto plenty = read_limit{.rows = 1'000'000};

}  // namespace

TEST_CASE("files: options that cannot be are refused with name and value (C113, C114)") {
  const auto refused = [](const files& options) {
    const auto opened = options.open();
    CHECK(opened.error().code() == errc::invalid_argument);
    return opened.error().message();
  };
  CHECK(refused({}).find("path") != std::string::npos);
  for (const std::int64_t value : {-1, 0}) {
    const auto text = refused({.path = "x", .max_files_per_trigger = value});
    CHECK(text.find("max_files_per_trigger is " + std::to_string(value)) != std::string::npos);
    CHECK(text.find("positive integer") != std::string::npos);
  }
  CHECK(refused({.path = "x", .max_files_per_trigger = 1, .max_bytes_per_trigger = 1}).find("can't be both set") !=
        std::string::npos);
  CHECK(refused({.path = "x", .clean_source = sources::clean_source::archive}).find("archive_dir") !=
        std::string::npos);
  for (const auto* archive : {"/hello/spark/structured/streaming", "/hello", "/hello/spark"})
    refused({.path = "/hello*/spar?", .clean_source = sources::clean_source::archive, .archive_dir = archive});
  CHECK(files{.path = "/in", .clean_source = sources::clean_source::archive, .archive_dir = "/done"}.open().ok());
}

TEST_CASE("files: caps on files and bytes cut epochs, once ignores them (C113a, C027)") {
  temporary_directory in;
  for (int i = 0; i < 5; ++i)
    put(in / std::string(1, static_cast<char>('a' + i)), std::to_string(i), i);
  const auto by_files = GENERATE(true, false);
  auto options = files{.path = in.path()};
  if (by_files)
    options.max_files_per_trigger = 2;
  else
    options.max_bytes_per_trigger = 2;
  source_host host{options.open()};
  REQUIRE(host.start().ok());
  SECTION("with a cap on rows too") {
    CHECK(host.take(plenty) == strings{"0", "1"});
    CHECK(host.take(plenty) == strings{"2", "3"});
    CHECK(host.position.json == R"({"files":4})");
    CHECK(host.take(plenty) == strings{"4"});
    CHECK(host.take(plenty).empty());
  }
  SECTION("files alone") {
    CHECK(host.take({.files = 100}) == strings{"0", "1"});
    CHECK(host.take({.files = 1}) == strings{"2"});
  }
  SECTION("once") { CHECK(host.take({}) == strings{"0", "1", "2", "3", "4"}); }
}

TEST_CASE("files: a file larger than the byte cap is taken alone") {
  temporary_directory in;
  put(in / "a", "long line\n", 1);
  put(in / "b", "x", 2);
  source_host host{files{.path = in.path(), .max_bytes_per_trigger = 3}.open()};
  REQUIRE(host.start().ok());
  CHECK(host.take() == strings{"long line"});
  CHECK(host.take() == strings{"x"});
}

TEST_CASE("files: order by time, by name, and newest first (C113b)") {
  temporary_directory in;
  put(in / "b", "older", 1);
  put(in / "a", "newer", 3601);
  const auto first = [&](files options) {
    options.max_files_per_trigger = 1;
    source_host host{options.open()};
    REQUIRE(host.start().ok());
    auto rows = host.take();
    for (auto& row : host.take())
      rows.push_back(row);
    return rows;
  };
  CHECK(first({.path = in.path()}) == strings{"older", "newer"});
  CHECK(first({.path = in.path(), .order = sources::file_order::by_name}) == strings{"newer", "older"});
  CHECK(first({.path = in.path(), .latest_first = true, .max_file_age = 1min}) == strings{"newer", "older"});
}

TEST_CASE("files: a cap on rows holds exactly, and epochs restart in the middle of a file") {
  temporary_directory in;
  temporary_directory checkpoint;
  auto text = std::string{};
  auto expected = strings{};
  for (int i = 0; i < 40'000; ++i) {
    expected.push_back("line " + std::to_string(i));
    text += expected.back() + (i % 3 == 0 ? "\r\n" : "\n");
  }
  const auto ending = GENERATE("", ".gz", ".zst");
  const auto path = in / (std::string{"big"} + ending);
  if (std::string{ending}.empty())
    put(path, text);
  else
    put_compressed(path, text, std::string{ending} == ".gz" ? arrow::Compression::GZIP : arrow::Compression::ZSTD);
  auto rows = strings{};
  auto last = std::string{};
  for (int run = 0; run < 4; ++run) {
    source_host host{files{.path = in.path()}.open(), checkpoint.path(), last};
    REQUIRE(host.start().ok());
    for (int epoch = 0; epoch < 2; ++epoch) {
      const auto start = host.position;
      const auto more = host.take({.rows = 7001});
      REQUIRE(host.error.ok());
      CHECK(more.size() == (run == 2 && epoch == 1 ? 4995 : run == 3 ? 0 : 7001));
      CHECK(host.read(start, host.position) == more);  // again, from the file
      rows.insert(rows.end(), more.begin(), more.end());
    }
    last = host.position.json;
  }
  CHECK(rows == expected);
  CHECK(last == R"({"files":1})");
}

TEST_CASE("files: an origin leads back to the line's place in the file") {
  temporary_directory in;
  put(in / "a", "one\ntwo\nthree");
  source_host host{files{.path = in.path()}.open()};
  REQUIRE(host.start().ok());
  REQUIRE(host.take().size() == 3);
  const auto& origin = *host.batches.front().origin();
  CHECK(origin.source == "input");
  CHECK(origin.offset_of(1) == R"({"files":0,"file":")" + (in / "a") + R"(","byte":4})");
  CHECK(origin.offset_of(2).find("\"byte\":8") != std::string::npos);
}

TEST_CASE("files: new files are noticed when they are complete, hidden ones never") {
  temporary_directory in;
  source_host host{files{.path = in.path()}.open()};
  REQUIRE(host.start().ok());
  CHECK(host.take().empty());
  put(in / ".hidden", "no");
  put(in / "_also", "no");
  put(in / "a", "first\n");
  CHECK(host.take_rows(1) == strings{"first"});
  {
    host.time->advance(std::chrono::sys_seconds{std::chrono::seconds{std::time(nullptr)}} - host.time->now());
    std::ofstream slow{in / "b"};
    slow << "half a " << std::flush;
    host.time->advance(1ms);
    put(in / "c", "other\n", 100);
    CHECK(host.take_rows(1) == strings{"other"});
    slow << "line\n";
  }
  CHECK(host.take_rows(1) == strings{"half a line"});
}

TEST_CASE("files: without events the slow listing finds a new file") {
  temporary_directory in;
  std::filesystem::create_directories(in / "day1");
  put(in / "day1/a", "1");
  source_host host{files{.path = in.path() + "/day*/*", .list_interval = 5s}.open()};
  REQUIRE(host.start().ok());
  CHECK(host.take() == strings{"1"});
  std::filesystem::create_directories(in / "day2");
  put(in / "day2/a", "2");
  const auto before = host.signals();
  host.time->advance(5s);
  CHECK(host.signals() > before);
  CHECK(host.take() == strings{"2"});
}

TEST_CASE("files: sub-directories only when asked for") {
  temporary_directory in;
  std::filesystem::create_directories(in / "sub");
  put(in / "sub/a", "1");
  const auto recursive = GENERATE(true, false);
  source_host host{files{.path = in.path(), .recursive = recursive}.open()};
  REQUIRE(host.start().ok());
  CHECK(host.take() == (recursive ? strings{"1"} : strings{}));
}

TEST_CASE("files: a file is read once over restarts, however it changed order") {
  temporary_directory in;
  temporary_directory checkpoint;
  put(in / "b", "b1\nb2", 5);
  auto last = std::string{};
  const auto run = [&](strings expected) {
    source_host host{files{.path = in.path()}.open(), checkpoint.path(), last};
    REQUIRE(host.start().ok());
    CHECK(host.take() == expected);
    last = host.position.json;
  };
  run({"b1", "b2"});
  run({});
  put(in / "a", "a1", 4);
  run({"a1"});
  SECTION("a torn last line of the log is dropped") {
    put(in / "c", "c1", 9);
    std::ofstream{checkpoint / "files.log", std::ios::app} << R"({"n":2,"file":)";
    run({"c1"});
    run({});
  }
  SECTION("a damaged line is an error that names file and byte") {
    std::fstream log{checkpoint / "files.log"};
    log.seekp(3);
    log << 'X';
    log.close();
    source_host host{files{.path = in.path()}.open(), checkpoint.path(), last};
    const auto failed = host.start();
    CHECK(failed.code() == errc::corrupt_checkpoint);
    CHECK(failed.message().find("files.log at byte 0") != std::string::npos);
  }
  SECTION("an offset that the log does not know is refused") {
    source_host host{files{.path = in.path()}.open(), checkpoint.path(), R"({"files":9})"};
    CHECK(host.start().code() == errc::checkpoint_mismatch);
  }
}

TEST_CASE("files: an epoch that was not logged is planned again from where it began") {
  temporary_directory in;
  temporary_directory checkpoint;
  put(in / "a", "1\n2\n3\n", 1);
  put(in / "b", "4\n5\n", 2);
  {
    source_host host{files{.path = in.path()}.open(), checkpoint.path()};
    REQUIRE(host.start().ok());
    CHECK(host.take({.rows = 4}) == strings{"1", "2", "3", "4"});
    const auto begin = *host.object->initial_offset();
    const auto end = *host.object->latest_offset(begin, {.rows = 2});
    CHECK(host.read(begin, end) == strings{"1", "2"});
  }
  source_host host{files{.path = in.path()}.open(), checkpoint.path()};
  REQUIRE(host.start().ok());
  CHECK(host.take() == strings{"1", "2", "3", "4", "5"});
}

TEST_CASE("files: a missing file fails by name, or counts as empty") {
  temporary_directory in;
  put(in / "a", "1", 1);
  put(in / "b", "2", 2);
  const auto ignore = GENERATE(true, false);
  source_host host{files{.path = in.path(), .ignore_missing_files = ignore}.open()};
  REQUIRE(host.start().ok());
  const auto end = *host.object->latest_offset(host.position, {.files = 5});
  std::filesystem::remove(in / "a");
  const auto rows = host.read(host.position, end);
  if (ignore) {
    CHECK(host.error.ok());
    CHECK(rows == strings{"2"});
  } else {
    CHECK(host.error.code() == errc::io_error);
    CHECK(host.error.message().find(in / "a") != std::string::npos);
  }
}

TEST_CASE("files: empty files do not hold up those behind them") {
  temporary_directory in;
  put(in / "a", "", 1);
  put(in / "b", "", 2);
  put(in / "c", "x\n", 3);
  source_host host{files{.path = in.path(), .max_files_per_trigger = 1}.open()};
  REQUIRE(host.start().ok());
  CHECK(host.take().empty());
  CHECK(host.take().empty());
  CHECK(host.take() == strings{"x"});
  const auto end = host.position;
  CHECK(host.take().empty());
  CHECK(host.position == end);
}

TEST_CASE("files: a line over the limit names file, byte and limit, after the rows before it") {
  temporary_directory in;
  put(in / "a", "fits\n" + std::string(5000, 'x') + "\n");
  source_host host{files{.path = in.path(), .max_line_bytes = 1000}.open()};
  REQUIRE(host.start().ok());
  CHECK(host.take({.rows = 1}) == strings{"fits"});
  host.take();
  CHECK(host.error.code() == errc::line_too_long);
  CHECK(host.error.message().find((in / "a") + " at byte 5") != std::string::npos);
  CHECK(host.error.message().find("1000") != std::string::npos);
}

TEST_CASE("files: sources are cleaned one epoch behind (C113d)") {
  temporary_directory in;
  temporary_directory archive;
  put(in / "a", "1", 1);
  put(in / "b", "2", 2);
  const auto remove = GENERATE(true, false);
  auto options = files{.path = in.path(), .max_files_per_trigger = 1};
  options.clean_source = remove ? sources::clean_source::remove : sources::clean_source::archive;
  if (!remove)
    options.archive_dir = archive.path();
  source_host host{options.open()};
  REQUIRE(host.start().ok());
  REQUIRE(host.take() == strings{"1"});
  REQUIRE(host.object->commit(host.position).ok());
  CHECK(std::filesystem::exists(in / "a"));
  REQUIRE(host.take() == strings{"2"});
  REQUIRE(host.object->commit(host.position).ok());
  CHECK_FALSE(std::filesystem::exists(in / "a"));
  CHECK(std::filesystem::exists(in / "b"));
  CHECK(std::filesystem::exists(archive.path() + in.path() + "/a") == !remove);
}

TEST_CASE("files: what a sink writes is not cleaned (C113d)") {
  temporary_directory in;
  std::ofstream{in / "_weir-jsonl-0.owner"} << "query";
  source_host host{files{.path = in.path(), .clean_source = sources::clean_source::remove}.open()};
  const auto refused = host.start();
  CHECK(refused.code() == errc::unsupported);
  CHECK(refused.message().starts_with("Clean up source files is not supported"));
}

TEST_CASE("files: available-now takes what is there and no more, by one listing (C114c)") {
  temporary_directory in;
  put(in / "a", "1", 1);
  put(in / "b", "2", 2);
  source_host host{files{.path = in.path(), .max_files_per_trigger = 1}.open()};
  REQUIRE(host.start().ok());
  REQUIRE(host.object->prepare_for_available_now());
  put(in / "c", "3", 3);
  const auto listings = host.object->metrics().at("listings");
  CHECK(host.take() == strings{"1"});
  CHECK(host.take() == strings{"2"});
  CHECK(host.take().empty());
  CHECK(host.object->metrics().at("listings") == listings);
}

TEST_CASE("seen files: ages are counted from the newest seen, from the first purge on (C113c)") {
  const auto at = [](int second) { return timestamp{std::chrono::seconds{second}}; };
  seen_files seen{10s};
  seen.add({"a", at(5), 1});
  seen.add({"b", at(15), 1});
  seen.purge(2);
  CHECK(seen.size() == 2);
  seen.add({"c", at(16), 1});
  seen.purge(3);
  CHECK(seen.size() == 2);
  seen.purge(3);
  seen.add({"c", at(25), 1});
  seen.purge(4);
  CHECK(seen.size() == 2);
  CHECK_FALSE(seen.is_new("c", at(20)));
  CHECK_FALSE(seen.is_new("d", at(5)));
  CHECK(seen.is_new("e", at(20)));
  seen_files fresh{10s, true};
  fresh.add({"x/y/a", at(20), 1});
  CHECK(fresh.is_new("b", at(9)));
  fresh.purge(1);
  CHECK_FALSE(fresh.is_new("b", at(9)));
  CHECK(fresh.is_new("b", at(10)));
  CHECK_FALSE(fresh.is_new("a/b/a", at(20)));
}

TEST_CASE("files: one that is in place is found by the call that follows, signal or not") {
  temporary_directory input;
  source_host host{files{.path = input.path()}.open()};
  REQUIRE(host.start().ok());
  for (int round = 0; round < 100; ++round) {
    put(input / std::to_string(round), std::to_string(round) + "\n");
    REQUIRE(host.take(plenty) == std::vector<std::string>{std::to_string(round)});
  }
}
