// Whole queries from files to files, under every plan: the visible files are the result, whatever crashed in between.
#include "stream_test.hpp"

#include <fstream>

#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>

#include <weir/sinks/files.hpp>
#include <weir/sinks/parquet.hpp>
#include <weir/sources/csv_files.hpp>
#include <weir/sources/json_files.hpp>

#include "temporary_directory.hpp"

using namespace weir;
using namespace std::chrono_literals;
using weir_test::run_plans;
using weir_test::stream_test;
using weir_test::temporary_directory;

namespace {

/// Puts a file in place at once, as writers should.
void put(const std::string& path, const std::string& text) {
  const auto hidden = std::filesystem::path{path}.parent_path() / "_part";
  std::ofstream{hidden, std::ios::binary} << text;
  std::filesystem::rename(hidden, path);
}

/// The data files below out/, in order of their names.
std::vector<std::string> visible(weir_test::fault_storage& files, const std::string& ending) {
  std::vector<std::string> all;
  for (const auto& path : files.paths())
    if (path.starts_with("out/") && path.find("/_") == std::string::npos && path.ends_with(ending))
      all.push_back(path);
  return all;
}

/// The rows of the Parquet files: the directory's name, and the cells, joined by '|'.
std::vector<std::string> parquet_rows(weir_test::fault_storage& files) {
  std::vector<std::string> rows;
  for (const auto& path : visible(files, ".parquet")) {
    const auto input = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(*files.read_all(path)));
    auto reader = *parquet::arrow::OpenFile(input, arrow::default_memory_pool());
    const auto table = *(*reader->ReadTable())->CombineChunks();
    const auto directory = path.substr(4, path.rfind('/') < 4 ? 0 : path.rfind('/') - 4);
    for (std::int64_t row = 0; row < table->num_rows(); ++row) {
      auto text = directory;
      for (const auto& column : table->columns())
        text += "|" + (*column->GetScalar(row))->ToString();
      rows.push_back(text);
    }
  }
  std::ranges::sort(rows);
  return rows;
}

const schema events{{"id", int64}, {"kind", utf8}};

}  // namespace

TEST_CASE("json files to parquet: every row once, each epoch a file (C113, C117)", "[scenario][files]") {
  run_plans([](stream_test& t) {
    temporary_directory in;
    t.query([&](engine& on, query_options options) {
      return on
          .read_stream(sources::json_files{
              .path = in.path(), .schema = events, .order = sources::file_order::by_name, .max_files_per_trigger = 1})
          .write_stream()
          .options(options)
          .start(sinks::parquet{.path = "out", .partition_by = {"kind"}});
    });
    put(in / "1", "{\"id\":1,\"kind\":\"a\"}\n{\"id\":2,\"kind\":\"b\"}\n");
    put(in / "2", "{\"id\":3,\"kind\":\"a\"}\n");
    t.process();
    put(in / "3", "{\"id\":4}\nbroken\n");
    t.process();
    CHECK(parquet_rows(t.files()) == std::vector<std::string>{"kind=__HIVE_DEFAULT_PARTITION__|4",
                                                              "kind=__HIVE_DEFAULT_PARTITION__|null", "kind=a|1",
                                                              "kind=a|3", "kind=b|2"});
    CHECK(visible(t.files(), "").size() == 4);
  });
}

TEST_CASE("csv files to csv by directory: the files hold every epoch once", "[scenario][files]") {
  run_plans([](stream_test& t) {
    temporary_directory in;
    t.query([&](engine& on, query_options options) {
      return on
          .read_stream(sources::csv_files{
              .path = in.path(), .schema = events, .header = true, .order = sources::file_order::by_name})
          .write_stream()
          .options(options)
          .start(sinks::csv{.path = "out", .partition_by = {"kind"}});
    });
    put(in / "1", "id,kind\n1,a\n2,b\n3,a\n");
    t.process();
    put(in / "2", "id,kind\n4,b\n5,a\n");
    t.process();
    std::map<std::string, std::string> found;
    for (const auto& path : visible(t.files(), ".csv"))
      found[path.substr(4, 6)] += *t.files().read_all(path);
    CHECK(found == std::map<std::string, std::string>{{"kind=a", "1\n3\n5\n"}, {"kind=b", "2\n4\n"}});
  });
}

TEST_CASE("parquet with a roll: rows are visible once, at the interval or at the stop", "[scenario][files]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<std::string> input;
    t.query([&](engine& on, query_options options) {
      return on.read_stream(sources::memory<std::string>{input})
          .write_stream()
          .options(options)
          .start(sinks::parquet{.path = "out", .roll = {.bytes = 2000, .interval = 10s}});
    });
    t.add<std::string>(input, {"a", "b"});
    t.process();
    t.add<std::string>(input, {"c"});
    t.process();
    t.advance(10s);
    CHECK(parquet_rows(t.files()) == std::vector<std::string>{"|a", "|b", "|c"});
    t.add<std::string>(input, {std::string(3000, 'd')});
    t.process();
    CHECK(parquet_rows(t.files()).size() == 4);
    t.add<std::string>(input, {"e"});
    t.process();
    t.stop();
    if (!t.crashed() && !t.files().crashed())
      CHECK(parquet_rows(t.files()).size() == 5);
    t.process();
    t.advance(10s);
    CHECK(parquet_rows(t.files()).size() == 5);
    CHECK(visible(t.files(), "").size() <= 5);
  });
}

TEST_CASE("an inferred schema is part of the plan; a given one is the way out (F05)", "[files]") {
  temporary_directory in;
  put(in / "1", "{\"id\":1}\n");
  const auto files = std::make_shared<weir_test::fault_storage>();
  const auto run = [&](const sources::json_files& from) {
    engine on{engine::options{.files = files, .deterministic = true}};
    query_options options;
    options.checkpoint_location = "cp";
    const auto rows = on.read_stream(from);
    const auto query = rows.write_stream().options(options).start(sinks::jsonl{.path = "out"});
    query.process_all_available();
    return rows.columns().to_string();
  };
  const sources::json_files inferred{.path = in.path(), .infer_schema = true};
  CHECK(run(inferred) == "id: int64");
  CHECK(run(inferred) == "id: int64");
  put(in / "2", "{\"id\":2,\"name\":\"x\"}\n");
  CHECK_THROWS_WITH(run(inferred), Catch::Contains("json_files-0 | inferred schema was (id: int64), is (id: int64, "
                                                   "name: utf8): give the source its schema"));
  auto given = inferred;
  given.schema = {{"id", int64}, {"name", utf8}};
  CHECK(run(given) == "id: int64, name: utf8");
  CHECK(run(inferred) == "id: int64, name: utf8");
  std::string text;
  for (const auto& path : visible(*files, ".jsonl"))
    text += *files->read_all(path);
  CHECK(text == "{\"id\":1}\n{\"id\":2,\"name\":\"x\"}\n");
  CHECK_THROWS_AS(run(sources::json_files{.path = in / "none", .infer_schema = true}), analysis_error);
}

TEST_CASE("complete mode is refused by file sinks (C117)", "[files]") {
  engine on{engine::options{.deterministic = true}};
  const sources::memory_input<std::string> input;
  query_options options;
  options.mode = output_mode::complete;
  const auto counts = on.read_stream(sources::memory<std::string>{input}).to_df().group_by("value").count();
  CHECK_THROWS_WITH(counts.write_stream().options(options).start(sinks::parquet{.path = "out"}),
                    Catch::Contains("parquet out does not support output mode complete"));
}

TEST_CASE("a source narrowed by the plan reads the columns that are wanted alone", "[files]") {
  temporary_directory in;
  put(in / "1", "{\"id\":1,\"name\":\"x\",\"more\":2}\n");
  const sources::json_files from{.path = in.path(), .infer_schema = true};
  const auto all = any_source::of(from);
  CHECK(all.output.size() == 3);
  const auto some = all.with_columns({"name", "id"});
  CHECK(some.output == schema{{"id", int64}, {"name", utf8}});
  CHECK((*some.open())->schema() == some.output);
  CHECK((*some.open())->fixed_settings() == (*all.open())->fixed_settings());
}
