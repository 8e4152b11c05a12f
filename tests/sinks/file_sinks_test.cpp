// The file sinks as plain objects: what they write where, and what they refuse.
#include "catch.hpp"
#include "fault_storage.hpp"
#include "virtual_clock.hpp"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>

#include <weir/columns/row_codec.hpp>
#include <weir/sinks/files.hpp>
#include <weir/sinks/files/partitioning.hpp>
#include <weir/sinks/parquet.hpp>

using namespace weir;
using namespace std::chrono_literals;

namespace {

struct event {
  int id;
  std::optional<std::string> kind;
  bool flag;
};
BOOST_DESCRIBE_STRUCT(event, (), (id, kind, flag))

batch rows_of(const std::vector<event>& events) {
  row_writer<event> writer;
  for (const auto& one : events)
    writer.append(one);
  return writer.finish();
}

/// One sink's life after the other, on the same files.
class sink_runs {
public:
  template <class Description>
  void start(const Description& description, std::vector<pending_commit> pending = {}) {
    auto opened = description.open();
    REQUIRE(opened.ok());
    object = std::move(*opened);
    sink_context context;
    context.name = "out-0";
    context.query_id = "0123456789abcdef";
    context.columns = row_schema<event>();
    context.files = files;
    context.time = time;
    context.durable = true;
    context.call_later = [this](std::function<status()> call) { calls.push_back(std::move(call)); };
    REQUIRE(object->start(context).ok());
    const auto recovered = object->recover(pending);
    INFO(recovered.to_string());
    REQUIRE(recovered.ok());
    for (const auto& one : pending)
      REQUIRE(object->commit(one.epoch, one.token).ok());
  }
  token prepare(std::int64_t epoch, const std::vector<event>& events) {
    REQUIRE(object->stage(epoch_id{epoch}, rows_of(events)).ok());
    auto staged = object->prepare(epoch_id{epoch});
    INFO(staged.error().to_string());
    REQUIRE(staged.ok());
    return *staged;
  }
  void commit(std::int64_t epoch, const token& staged) {
    const auto committed = object->commit(epoch_id{epoch}, staged);
    INFO(committed.to_string());
    REQUIRE(committed.ok());
  }
  void write(std::int64_t epoch, const std::vector<event>& events) { commit(epoch, prepare(epoch, events)); }
  void stop() { object->stop(); }

  /// What a reader sees: paths without the directory, names that begin with '_' left out.
  std::vector<std::string> visible() const {
    std::vector<std::string> names;
    for (const auto& path : files->paths())
      if (path.find("/_") == std::string::npos)
        names.push_back(path.substr(4));
    return names;
  }
  std::string text(const std::string& name) const { return *files->read_all("out/" + name); }
  /// The ids in a Parquet file.
  std::vector<int> ids(const std::string& name) const {
    const auto input = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(text(name)));
    auto reader = *parquet::arrow::OpenFile(input, arrow::default_memory_pool());
    const auto table = *reader->ReadTable();
    std::vector<int> all;
    for (std::int64_t i = 0; i < table->num_rows(); ++i)
      all.push_back(std::static_pointer_cast<arrow::Int32Scalar>(*table->column(0)->GetScalar(i))->value);
    return all;
  }

  std::shared_ptr<weir_test::fault_storage> files = std::make_shared<weir_test::fault_storage>();
  std::shared_ptr<weir_test::virtual_clock> time = std::make_shared<weir_test::virtual_clock>();
  std::vector<std::function<status()>> calls;
  std::unique_ptr<sink> object;
};

using names = std::vector<std::string>;
using numbers = std::vector<int>;

}  // namespace

TEST_CASE("file sinks: modes and columns that they cannot write are refused (C117)") {
  const auto parquet = *sinks::parquet{.path = "out"}.open();
  CHECK(parquet->supports(output_mode::append));
  CHECK(parquet->supports(output_mode::update));
  CHECK_FALSE(parquet->supports(output_mode::complete));
  CHECK_FALSE((*sinks::jsonl{.path = "out"}.open())->supports(output_mode::complete));
  const schema nested{{"id", int64}, {"tags", list_of({"element", utf8})}};
  CHECK(parquet->accepts(nested).ok());
  CHECK((*sinks::jsonl{.path = "out"}.open())->accepts(nested).ok());
  const auto csv = (*sinks::csv{.path = "out"}.open())->accepts(nested);
  CHECK(csv.code() == errc::unsupported);
  CHECK(csv.message().find("'tags', which is list<utf8>") != std::string::npos);
  CHECK(parquet->accepts({{"id", int64}, {"id", utf8}}).message().find("'id'") != std::string::npos);
  const auto by = [](std::vector<std::string> columns, const schema& rows) {
    return (*sinks::parquet{.path = "out", .partition_by = std::move(columns)}.open())->accepts(rows);
  };
  CHECK(by({"kind"}, nested).code() == errc::unknown_column);
  CHECK(by({"tags"}, nested).code() == errc::unsupported);
  CHECK(by({"id"}, {{"id", int64}}).message().find("one must be left") != std::string::npos);
  CHECK(by({"id", "id"}, nested).message().find("twice") != std::string::npos);
  CHECK(sinks::parquet{.path = "out", .roll = {.bytes = 0}}.open().error().message().find("roll.bytes is 0") !=
        std::string::npos);
  CHECK(sinks::parquet{.path = "out", .compression = "brown"}.open().error().message().find("'brown'") !=
        std::string::npos);
  CHECK(sinks::parquet{}.open().error().code() == errc::invalid_argument);
}

TEST_CASE("file sinks: names of directories are escaped as Hive does it") {
  CHECK(escape_path_name("a/b=c d:ä") == "a%2Fb%3Dc d%3Aä");
  CHECK(escape_path_name("\n%") == "%0A%25");
}

TEST_CASE("csv: a directory for each value, each with its files and headers") {
  sink_runs t;
  const sinks::csv target{.path = "out", .partition_by = {"kind", "flag"}, .roll_rows = 2, .header = true};
  t.start(target);
  t.write(0, {{1, "a/b", true}, {2, std::nullopt, true}, {3, "a/b", true}});
  const auto staged = t.prepare(1, {{4, "", true}, {5, "a/b", true}});
  t.commit(1, staged);
  t.commit(1, staged);
  CHECK(t.visible() == names{"kind=__HIVE_DEFAULT_PARTITION__/flag=true/part-0000000000-01234567.csv",
                             "kind=a%2Fb/flag=true/part-0000000000-01234567.csv",
                             "kind=a%2Fb/flag=true/part-0000000001-01234567.csv"});
  CHECK(t.text("kind=a%2Fb/flag=true/part-0000000000-01234567.csv") == "id\n1\n3\n");
  CHECK(t.text("kind=a%2Fb/flag=true/part-0000000001-01234567.csv") == "id\n5\n");
  CHECK(t.text("kind=__HIVE_DEFAULT_PARTITION__/flag=true/part-0000000000-01234567.csv") == "id\n2\n4\n");
  t.stop();
  // The newest file of a directory goes on, also after a half write of a commit that is owed.
  t.start(target);
  const auto owed = t.prepare(2, {{6, "", true}});
  t.stop();
  t.files->overwrite("out/kind=__HIVE_DEFAULT_PARTITION__/flag=true/part-0000000002-01234567.csv", "id");
  t.start(target, {{epoch_id{2}, owed}});
  CHECK(t.text("kind=__HIVE_DEFAULT_PARTITION__/flag=true/part-0000000002-01234567.csv") == "id\n6\n");
  CHECK(*t.object->last_committed() == epoch_id{2});
}

TEST_CASE("csv: nulls, separators, and rows of one column that look blank") {
  sink_runs t;
  t.start(sinks::csv{.path = "out", .separator = ';', .null_value = "NULL"});
  t.write(0, {{1, std::nullopt, true}, {2, "x;\"y\"", false}, {3, "a,b", true}});
  CHECK(t.text("part-0000000000-01234567.csv") == "1;NULL;true\n2;\"x;\"\"y\"\"\";false\n3;a,b;true\n");
  sink_runs one;
  one.start(sinks::csv{.path = "out", .partition_by = {"id", "flag"}});
  one.write(0, {{1, std::nullopt, true}, {1, "  ", true}, {1, "a b", true}});
  CHECK(one.text("id=1/flag=true/part-0000000000-01234567.csv") == "\"\"\n\"  \"\na b\n");
}

TEST_CASE("parquet: one file an epoch and directory, visible whole at the commit") {
  sink_runs t;
  const sinks::parquet target{.path = "out", .partition_by = {"kind"}};
  t.start(target);
  const auto staged = t.prepare(0, {{1, "a", true}, {2, "b", true}, {3, "a", false}});
  CHECK(t.visible().empty());
  t.commit(0, staged);
  t.commit(0, staged);
  const names all{"kind=a/part-0000000000-01234567.parquet", "kind=b/part-0000000000-01234567.parquet"};
  CHECK(t.visible() == all);
  CHECK(t.ids(all[0]) == numbers{1, 3});
  CHECK(t.ids(all[1]) == numbers{2});
  CHECK(t.prepare(1, {}).bytes.empty());
  // Staged and not logged: gone with the next start. Logged and not committed: made visible by it.
  const auto owed = t.prepare(2, {{4, "a", true}});
  t.prepare(3, {{5, "a", true}});
  t.stop();
  t.start(target, {{epoch_id{2}, owed}});
  CHECK(t.ids("kind=a/part-0000000002-01234567.parquet") == numbers{4});
  for (const auto& path : t.files->paths())
    CHECK(path.find(".staged/") == std::string::npos);
  t.stop();
  REQUIRE(t.files->remove("out/kind=a/part-0000000002-01234567.parquet").ok());
  t.start(target);
  const auto missing = t.object->commit(epoch_id{2}, owed);
  CHECK(missing.code() == errc::checkpoint_mismatch);
  CHECK(missing.message().find("out/kind=a/part-0000000002-01234567.parquet") != std::string::npos);
}

TEST_CASE("parquet roll: a file of several epochs, by bytes, by time, and at the stop") {
  sink_runs t;
  const sinks::parquet by_time{.path = "out", .roll = {.interval = 10s}};
  t.start(by_time);
  CHECK(t.object->description() == "parquet out, rows visible after 10000 ms");
  t.write(0, {{1, "a", true}});
  t.write(1, {{2, "a", true}});
  CHECK(t.visible().empty());
  t.time->advance(9s);
  CHECK(t.calls.empty());
  t.time->advance(1s);
  REQUIRE(t.calls.size() == 1);
  SECTION("at its time") {
    REQUIRE(t.calls[0]().ok());
    CHECK(t.visible() == names{"part-0000000000-01234567.parquet"});
    CHECK(t.ids("part-0000000000-01234567.parquet") == numbers{1, 2});
    t.write(2, {{3, "b", true}});
    CHECK(t.visible().size() == 1);
    t.stop();
    CHECK(t.ids("part-0000000002-01234567.parquet") == numbers{3});
  }
  SECTION("not before a prepared epoch is committed") {
    const auto staged = t.prepare(2, {{3, "b", true}});
    REQUIRE(t.calls[0]().ok());
    CHECK(t.visible().empty());
    const auto next = t.prepare(3, {{4, "b", true}});
    t.commit(2, staged);
    CHECK(t.ids("part-0000000000-01234567.parquet") == numbers{1, 2, 3});
    t.stop();  // epoch 3 is owed
    CHECK(t.visible().size() == 1);
    t.start(by_time, {{epoch_id{2}, staged}, {epoch_id{3}, next}});
    CHECK(t.ids("part-0000000000-01234567.parquet") == numbers{1, 2, 3});
    CHECK(t.ids("part-0000000003-01234567.parquet") == numbers{4});
    for (const auto& path : t.files->paths())
      CHECK(path.find(".arrows") == std::string::npos);
  }
}

TEST_CASE("parquet roll: hidden files are converted at the next start; an epoch aborted stays out of what is visible") {
  sink_runs t;
  const sinks::parquet by_bytes{.path = "out", .partition_by = {"kind"}, .roll = {.bytes = 1000}};
  t.start(by_bytes);
  t.write(0, {{1, "a", true}, {2, "b", true}});
  const auto owed = t.prepare(1, {{3, "a", true}});
  // The process dies: nothing of this sink runs any more.
  t.files->restart(1);
  t.start(by_bytes, {{epoch_id{0}, t.prepare(0, {})}, {epoch_id{1}, owed}});
  CHECK(t.ids("kind=a/part-0000000000-01234567.parquet") == numbers{1, 3});
  CHECK(t.ids("kind=b/part-0000000000-01234567.parquet") == numbers{2});
  const auto staged = t.prepare(2, {{4, "b", true}});
  t.object->abort(epoch_id{2});
  t.write(3, {{5, "b", true}});
  t.stop();
  CHECK(t.ids("kind=b/part-0000000003-01234567.parquet") == numbers{5});
  CHECK(t.visible().size() == 3);
}
