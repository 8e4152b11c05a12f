#include "catch.hpp"
#include "sources/source_test.hpp"
#include "test_seed.hpp"

#include <fstream>

#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>

#include <weir/columns/row_codec.hpp>
#include <weir/sources/csv_files.hpp>
#include <weir/sources/json_files.hpp>
#include <weir/sources/parquet_files.hpp>

using namespace weir;
using namespace weir::testing;
using sources::csv_files;
using sources::json_files;
using sources::parquet_files;

namespace {

void put(const std::string& path, const std::string& text, int second = 0) {
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
  const auto hidden = std::filesystem::path{path}.parent_path() / "_part";
  std::ofstream{hidden, std::ios::binary} << text;
  std::filesystem::last_write_time(hidden, std::filesystem::file_time_type::clock::from_sys(
                                               std::chrono::sys_seconds{std::chrono::seconds{1'700'000'000 + second}}));
  std::filesystem::rename(hidden, path);
}

/// Numbers from `first` on, and texts, in row groups of `group` rows.
void put_parquet(const std::string& path, int first, int rows, int group) {
  arrow::Int32Builder numbers;
  arrow::LargeStringBuilder names;
  for (int i = first; i < first + rows; ++i) {
    REQUIRE(numbers.Append(i).ok());
    REQUIRE((i % 3 == 0 ? names.AppendNull() : names.Append("n" + std::to_string(i))).ok());
  }
  const auto columns =
      arrow::schema({arrow::field("n", arrow::int32(), false), arrow::field("name", arrow::large_utf8())});
  const auto table = arrow::Table::Make(columns, {*numbers.Finish(), *names.Finish()});
  const auto hidden = (std::filesystem::path{path}.parent_path() / "_part").string();
  auto file = *arrow::io::FileOutputStream::Open(hidden);
  REQUIRE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, group).ok());
  REQUIRE(file->Close().ok());
  std::filesystem::rename(hidden, path);
}

template <class Description>
schema described(const Description& options) {
  auto found = options.describe({make_local_storage(), make_system_clock(), quiet_logger()});
  if (!found.ok())
    throw std::runtime_error{found.error().to_string()};
  return *found;
}

template <class Description>
result<std::unique_ptr<source>> opened(const Description& options) {
  return options.open(described(options));
}

template <class Description>
status refusal(const Description& options) {
  const auto found = options.describe({make_local_storage(), make_system_clock(), quiet_logger()});
  return found.ok() ? options.open(*found).error() : found.error();
}

const schema id_and_name{{"id", int64, false}, {"name", utf8}};

}  // namespace

TEST_CASE("json, csv and parquet files: options that cannot be are refused (F05, C113, C114)") {
  temporary_directory in;
  CHECK(refusal(json_files{.path = in.path()}).message().find("schema is empty") != std::string::npos);
  CHECK(refusal(csv_files{.path = in.path(), .infer_schema = true}).message().find("no file is at") !=
        std::string::npos);
  CHECK(refusal(parquet_files{.path = in.path(), .schema = id_and_name, .max_files_per_trigger = 0})
            .message()
            .find("parquet_files: option max_files_per_trigger") == 0);
  const auto unknown = refusal(json_files{.path = in.path(), .schema = id_and_name}.with_columns({"name", "nme"}));
  CHECK(unknown.code() == errc::unknown_column);
  CHECK(unknown.message().find("'nme'") != std::string::npos);
  CHECK(refusal(json_files{.path = in.path(), .schema = {{"a", int64}, {"a", utf8}}}).message().find("twice") !=
        std::string::npos);
}

TEST_CASE("json files: rows of the schema, all nullable, malformed ones by mode (C114e)") {
  temporary_directory in;
  put(in / "a.json", "{\"id\":1,\"name\":\"anna\"}\n\nnothing\r\n{\"name\":\"ben\",\"x\":[1]}\n[{\"id\":3},{\"id\":4}]",
      1);
  auto options = json_files{.path = in.path(), .schema = id_and_name};
  CHECK(described(options)[0].nullable);
  SECTION("permissive") {
    source_host host{opened(options)};
    REQUIRE(host.start().ok());
    CHECK(host.take() == strings{"1|anna", "null|null", "null|ben", "3|null", "4|null"});
    CHECK(host.object->metrics().at("malformedRecords") == "1");
    CHECK(host.object->schema() == described(options));
    CHECK(host.batches.front().origin()->offset_of(2).find("\"byte\":33") != std::string::npos);
  }
  SECTION("with a column of corrupt records") {
    options.schema = {{"id", int64}, {"bad", utf8}};
    options.corrupt_record_column = "bad";
    source_host host{opened(options)};
    REQUIRE(host.start().ok());
    CHECK(host.take() == strings{"1|null", "null|nothing", "null|null", "3|null", "4|null"});
    source_host narrow{options.with_columns({"id"}).open(described(options))};
    REQUIRE(narrow.start().ok());
    CHECK(narrow.take() == strings{"1", "null", "null", "3", "4"});
  }
  SECTION("dropped") {
    options.mode = malformed_mode::drop_malformed;
    source_host host{opened(options)};
    REQUIRE(host.start().ok());
    CHECK(host.take() == strings{"1|anna", "null|ben", "3|null", "4|null"});
    CHECK(host.object->metrics().at("malformedRecords") == "1");
  }
  SECTION("failfast names file and byte") {
    options.mode = malformed_mode::failfast;
    source_host host{opened(options)};
    REQUIRE(host.start().ok());
    host.take();
    CHECK(host.error.code() == errc::invalid_row);
    CHECK(host.error.message().find((in / "a.json") + " at byte 24") != std::string::npos);
  }
}

TEST_CASE("json and csv files: a cap on rows holds exactly, and epochs restart in the middle of a file") {
  temporary_directory in;
  temporary_directory checkpoint;
  const auto json = GENERATE(true, false);
  auto text = std::string{json ? "" : "id,name\n"};
  auto expected = strings{};
  for (int i = 0; i < 30'000; ++i) {
    const auto id = std::to_string(i);
    expected.push_back(id + "|a\nb" + id);
    text += json ? R"({"id":)" + id + R"(,"name":"a\nb)" + id + "\"}\n" : id + ",\"a\nb" + id + "\"\n";
  }
  put(in / "a", text);
  auto rows = strings{};
  auto last = std::string{};
  for (int run = 0; run < 3; ++run) {
    source_host host{json ? opened(json_files{.path = in.path(), .schema = id_and_name})
                          : opened(csv_files{.path = in.path(), .schema = id_and_name, .header = true}),
                     checkpoint.path(), last};
    REQUIRE(host.start().ok());
    for (int epoch = 0; epoch < 2; ++epoch) {
      const auto start = host.position;
      const auto more = host.take({.rows = 7001});
      REQUIRE(host.error.ok());
      CHECK(more.size() == (run < 2 ? 7001U : epoch == 0 ? 1996U : 0U));
      CHECK(host.read(start, host.position) == more);  // again, from the file
      rows.insert(rows.end(), more.begin(), more.end());
    }
    last = host.position.json;
  }
  CHECK(rows == expected);
  CHECK(last == R"({"files":1})");
}

TEST_CASE("csv files: each file has a header, quotes may hold line ends, what does not fit is malformed") {
  temporary_directory in;
  put(in / "a.csv", "id;name\n1;'x;y'\n2;NULL\n", 1);
  put(in / "b.csv", "id;name\r\n3;'two\nlines'\r\nthree;z\r\n4", 2);
  const auto options = csv_files{.path = in.path(),
                                 .schema = {{"id", int32}, {"name", utf8}, {"bad", utf8}},
                                 .header = true,
                                 .separator = ';',
                                 .quote = '\'',
                                 .null_value = "NULL",
                                 .corrupt_record_column = "bad"};
  source_host host{opened(options)};
  REQUIRE(host.start().ok());
  const strings all{"1|x;y|null", "2|null|null", "3|two\nlines|null", "null|z|three;z", "4|null|4"};
  CHECK(host.take() == all);
  source_host one_by_one{opened(options)};
  REQUIRE(one_by_one.start().ok());
  for (const auto& row : all)
    CHECK(one_by_one.take({.rows = 1}) == strings{row});
  source_host narrow{options.with_columns({"name"}).open(described(options))};
  REQUIRE(narrow.start().ok());
  CHECK(narrow.take({.rows = 2}) == strings{"x;y", "null"});
}

TEST_CASE("parquet files: epochs are whole row groups, of the wanted columns alone") {
  temporary_directory in;
  temporary_directory checkpoint;
  put_parquet(in / "a.parquet", 0, 25, 10);
  const auto options = parquet_files{.path = in.path(), .infer_schema = true};
  CHECK(described(options) == schema{{"n", int32}, {"name", utf8}});
  auto last = std::string{};
  const auto run = [&](std::int64_t rows, const std::string& first, std::size_t count, const std::string& end) {
    source_host host{opened(options), checkpoint.path(), last};
    REQUIRE(host.start().ok());
    const auto taken = host.take({.rows = rows});
    REQUIRE(host.error.ok());
    CHECK(taken.size() == count);
    CHECK(taken.front() == first);
    last = host.position.json;
    CHECK(last == end);
  };
  run(1, "0|null", 10, R"({"files":0,"file":")" + (in / "a.parquet") + R"(","byte":1})");
  run(11, "10|n10", 15, R"({"files":1})");
  put_parquet(in / "b.parquet", 25, 1, 10);
  run(11, "25|n25", 1, R"({"files":2})");
  source_host narrow{options.with_columns({"name"}).open(described(options))};
  REQUIRE(narrow.start().ok());
  const auto names = narrow.take({.files = 1});
  CHECK(names.size() == 25);
  CHECK(names[1] == "n1");
  CHECK(narrow.batches.front().arrow()->num_columns() == 1);
}

TEST_CASE("parquet files: wider types, missing columns, and what does not fit") {
  temporary_directory in;
  put_parquet(in / "a.parquet", 0, 4, 2);
  source_host host{opened(parquet_files{.path = in.path(), .schema = {{"n", float64}, {"other", date_type}}})};
  REQUIRE(host.start().ok());
  CHECK(host.take() == strings{"0|null", "1|null", "2|null", "3|null"});
  source_host none{opened(parquet_files{.path = in.path(), .schema = {{"other", int64}}})};
  REQUIRE(none.start().ok());
  CHECK(none.take() == strings{"null", "null", "null", "null"});
  source_host wrong{opened(parquet_files{.path = in.path(), .schema = {{"n", utf8}}})};
  REQUIRE(wrong.start().ok());
  wrong.take();
  CHECK(wrong.error.code() == errc::type_mismatch);
  CHECK(wrong.error.message().find("a.parquet: column 'n': expected utf8, got int32") != std::string::npos);
  put(in / "b.parquet", "no parquet", 1);
  source_host broken{opened(parquet_files{.path = in.path(), .schema = {{"n", int32}}})};
  REQUIRE(broken.start().ok());
  broken.take();
  CHECK(broken.error.code() == errc::io_error);
  CHECK(broken.error.message().find("b.parquet") != std::string::npos);
}

TEST_CASE("columns of a path: inferred, typed by the schema, unescaped, null") {
  temporary_directory in;
  put(in / "day=2024-01-31/k=1/a", R"({"id":1})", 1);
  put(in / "day=2024-02-01/k=a%2Fb/b", R"({"id":2,"k":7})", 2);
  put(in / "day=__HIVE_DEFAULT_PARTITION__/k=2/c", R"({"id":3})", 3);
  put(in / "plain/d", R"({"id":4})", 4);
  const auto inferred = json_files{.path = in.path(), .infer_schema = true};
  CHECK(described(inferred) == schema{{"id", int64}, {"day", date_type}, {"k", utf8}});
  source_host host{opened(inferred)};
  REQUIRE(host.start().ok());
  CHECK(host.take() == strings{"1|2024-01-31|1", "2|2024-02-01|a/b", "3|null|2"});
  source_host typed{opened(json_files{.path = in / "day=*", .schema = {{"k", int32}, {"id", int64}}})};
  REQUIRE(typed.start().ok());
  typed.take();
  CHECK(typed.error.code() == errc::type_mismatch);
  CHECK(typed.error.message().find("k=a/b") != std::string::npos);
}

TEST_CASE("inference: schemas of json lines and csv, in the plan's settings only then (F05)") {
  temporary_directory in;
  put(in / "a", "{\"id\":1,\"tags\":[\"x\"]}\n", 1);
  put(in / "b", "{\"id\":1.5}\n", 2);
  const auto options = json_files{.path = in.path(), .infer_schema = true};
  const auto found = described(options);
  CHECK(found == schema{{"id", float64}, {"tags", list_of({"element", utf8})}});
  CHECK((*options.open(found))->fixed_settings().at("inferred schema") == found.to_string());
  const auto narrow = options.with_columns({"tags"});
  CHECK((*narrow.open(found))->schema() == schema{{"tags", list_of({"element", utf8})}});
  CHECK((*narrow.open(found))->fixed_settings().at("inferred schema") == found.to_string());
  auto given = options;
  given.schema = found;
  CHECK((*given.open(found))->fixed_settings().empty());
  temporary_directory table;
  put(table / "a.csv", "id,when\n1,2024-01-31\n2,2024-02-01\n", 1);
  CHECK(described(csv_files{.path = table.path(), .infer_schema = true, .header = true}) ==
        schema{{"id", int32}, {"when", date_type}});
}

TEST_CASE("files: names by glob, and listings that keep some files for later (C114c)") {
  temporary_directory in;
  for (int i = 0; i < 5; ++i)
    put(in / (std::to_string(i) + ".json"), R"({"id":)" + std::to_string(i) + "}", i);
  put(in / "5.csv", R"({"id":5})", 5);
  auto options = json_files{.path = in.path(), .schema = {{"id", int64}}, .max_files_per_trigger = 1};
  options.name_glob = "*.json";
  options.max_cached_files = GENERATE(2, 0, 100);
  source_host host{opened(options)};
  REQUIRE(host.start().ok());
  (void)host.object->latest_offset(host.position, {.rows = 0});  // the watch begins with the first listings
  const auto before = std::stoi(host.object->metrics().at("listings"));
  for (int i = 0; i < 5; ++i)
    CHECK(host.take() == strings{std::to_string(i)});
  const auto listings = std::stoi(host.object->metrics().at("listings")) - before;
  CHECK(listings == (options.max_cached_files == 2 ? 2 : options.max_cached_files == 0 ? 5 : 0));
  CHECK(host.take().empty());
}
