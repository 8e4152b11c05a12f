// Random rows of random schemas, written by a sink and read by the source of its format: the same rows.
#include "catch.hpp"
#include "sources/source_test.hpp"
#include "test_seed.hpp"

#include <arrow/api.h>

#include <weir/columns/decimal.hpp>
#include <weir/sinks/files.hpp>
#include <weir/sinks/parquet.hpp>
#include <weir/sources/csv_files.hpp>
#include <weir/sources/json_files.hpp>
#include <weir/sources/parquet_files.hpp>

using namespace weir;
using namespace weir::testing;

namespace {

class random_rows {
public:
  explicit random_rows(std::uint64_t seed) : random_{seed} {}

  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound));
  }
  data_type type(int depth) {
    const std::vector<data_type> basic{boolean,
                                       int8,
                                       int16,
                                       int32,
                                       int64,
                                       float32,
                                       float64,
                                       utf8,
                                       binary,
                                       date_type,
                                       timestamp_type,
                                       duration_type,
                                       decimal_of(38, 10),
                                       decimal_of(5, 0)};
    const auto pick = below(static_cast<std::int64_t>(basic.size()) + (depth > 0 ? 4 : 0));
    if (pick < static_cast<std::int64_t>(basic.size()))
      return basic[static_cast<std::size_t>(pick)];
    switch (pick - static_cast<std::int64_t>(basic.size())) {
    case 0: return list_of({"element", type(depth - 1)});
    case 1: return map_of(utf8, {"value", type(depth - 1)});
    default: return struct_of({{"x", type(depth - 1)}, {"y z", type(depth - 1)}});
    }
  }
  schema columns(int depth) {
    std::vector<field> fields;
    for (std::int64_t i = 0, count = 1 + below(6); i < count; ++i)
      fields.push_back({"c" + std::to_string(i), type(depth)});
    return schema{std::move(fields)};
  }
  std::string text(bool bytes) {
    static const std::vector<std::string> pieces{"a", "\"", "\n", "\r\n", ",",  "\\", " ",
                                                 "é", "😀", "0",  "'",    "\t", "{"};
    std::string out;
    for (std::int64_t i = 0, count = below(8); i < count; ++i)
      out += bytes ? std::string(1, static_cast<char>(below(256)))
                   : pieces[static_cast<std::size_t>(below(static_cast<std::int64_t>(pieces.size())))];
    return out;
  }
  void append(arrow::ArrayBuilder& builder, const data_type& of, bool nullable = true) {
    if (nullable && below(5) == 0) {
      REQUIRE(builder.AppendNull().ok());
      return;
    }
    const auto add = [&]<class Builder>(Builder* to, const auto& value) { REQUIRE(to->Append(value).ok()); };
    const auto bits = static_cast<std::int64_t>(random_() >> static_cast<unsigned>(below(64)));
    switch (of.kind()) {
    case data_type::id::boolean: return add(static_cast<arrow::BooleanBuilder*>(&builder), bits % 2 == 0);
    case data_type::id::int8: return add(static_cast<arrow::Int8Builder*>(&builder), static_cast<std::int8_t>(bits));
    case data_type::id::int16: return add(static_cast<arrow::Int16Builder*>(&builder), static_cast<std::int16_t>(bits));
    case data_type::id::int32: return add(static_cast<arrow::Int32Builder*>(&builder), static_cast<std::int32_t>(bits));
    case data_type::id::int64: return add(static_cast<arrow::Int64Builder*>(&builder), bits);
    case data_type::id::float32:
      return add(static_cast<arrow::FloatBuilder*>(&builder), static_cast<float>(bits) / 1000.0F);
    case data_type::id::float64:
      return add(static_cast<arrow::DoubleBuilder*>(&builder), static_cast<double>(bits) / 1000.0);
    case data_type::id::decimal:
      return add(static_cast<arrow::Decimal128Builder*>(&builder), arrow::Decimal128{below(199'999) - 99'999});
    case data_type::id::utf8: return add(static_cast<arrow::StringBuilder*>(&builder), text(false));
    case data_type::id::binary: return add(static_cast<arrow::BinaryBuilder*>(&builder), text(true));
    case data_type::id::date:
      return add(static_cast<arrow::Date32Builder*>(&builder), static_cast<std::int32_t>(below(60'000) - 30'000));
    case data_type::id::timestamp_us:
      return add(static_cast<arrow::TimestampBuilder*>(&builder), below(8'000'000'000'000'000) - 4'000'000'000'000'000);
    case data_type::id::duration_us: return add(static_cast<arrow::DurationBuilder*>(&builder), bits);
    case data_type::id::structure: {
      auto& members = static_cast<arrow::StructBuilder&>(builder);
      REQUIRE(members.Append().ok());
      for (int i = 0; i < members.num_fields(); ++i)
        append(*members.field_builder(i), of.children()[static_cast<std::size_t>(i)].type);
      return;
    }
    case data_type::id::list: {
      auto& list = static_cast<arrow::ListBuilder&>(builder);
      REQUIRE(list.Append().ok());
      for (std::int64_t i = 0, count = below(4); i < count; ++i)
        append(*list.value_builder(), of.children().front().type);
      return;
    }
    case data_type::id::map: {
      auto& map = static_cast<arrow::MapBuilder&>(builder);
      REQUIRE(map.Append().ok());
      for (std::int64_t i = 0, count = below(3); i < count; ++i) {
        add(static_cast<arrow::StringBuilder*>(map.key_builder()), "k" + std::to_string(i) + text(false));
        append(*map.item_builder(), of.children()[1].type);
      }
      return;
    }
    }
  }
  batch rows(const schema& of, std::int64_t count) {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (const auto& one : of.fields()) {
      auto builder = *arrow::MakeBuilder(one.type.to_arrow());
      for (std::int64_t i = 0; i < count; ++i)
        append(*builder, one.type);
      columns.push_back(*builder->Finish());
    }
    return batch{arrow::RecordBatch::Make(of.to_arrow(), count, std::move(columns))};
  }

private:
  std::mt19937_64 random_;
};

template <class Sink>
void write(const Sink& target, const schema& columns, const std::vector<batch>& rows) {
  const auto object = std::move(*target.open());
  sink_context context;
  context.name = "out-0";
  context.query_id = "0123456789abcdef";
  context.columns = columns;
  context.files = make_local_storage();
  context.time = make_system_clock();
  REQUIRE(object->accepts(columns).ok());
  REQUIRE(object->start(context).ok());
  REQUIRE(object->recover({}).ok());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const epoch_id epoch{static_cast<std::int64_t>(i)};
    const auto staged = object->stage(epoch, rows[i]);
    INFO(staged.to_string());
    REQUIRE(staged.ok());
    const auto prepared = object->prepare(epoch);
    INFO(prepared.error().to_string());
    REQUIRE(prepared.ok());
    REQUIRE(object->commit(epoch, *prepared).ok());
  }
  object->stop();
}

template <class Source>
std::shared_ptr<arrow::Table> read(const Source& from, const schema& columns) {
  source_host host{from.open(columns)};
  REQUIRE(host.start().ok());
  arrow::RecordBatchVector batches;
  for (;;) {
    const auto rows = host.take({.rows = 7});
    INFO(host.error.to_string());
    REQUIRE(host.error.ok());
    if (rows.empty())
      break;
    for (const auto& one : host.batches)
      batches.push_back(one.arrow());
  }
  return *(*arrow::Table::FromRecordBatches(columns.to_arrow(), batches))->CombineChunks();
}

std::shared_ptr<arrow::Table> table_of(const schema& columns, const std::vector<batch>& rows) {
  arrow::RecordBatchVector batches;
  for (const auto& one : rows)
    batches.push_back(one.arrow());
  return *(*arrow::Table::FromRecordBatches(columns.to_arrow(), batches))->CombineChunks();
}

void check_same(const arrow::Table& actual, const arrow::Table& expected) {
  REQUIRE(actual.num_rows() == expected.num_rows());
  for (int i = 0; i < expected.num_columns(); ++i) {
    const auto& column = *expected.column(i);
    INFO("column " << expected.schema()->field(i)->ToString() << "\nactual " << actual.column(i)->ToString()
                   << "\nexpected " << column.ToString());
    if (column.num_chunks() > 0)
      CHECK(column.chunk(0)->Equals(actual.column(i)->chunk(0)));
  }
}

}  // namespace

TEST_CASE("round trips of random rows through files of every format", "[files]") {
  const auto seed = weir_test::test_seed();
  random_rows random{seed};
  for (int round = 0; round < 60; ++round) {
    const auto format = round % 4;
    const auto columns = random.columns(format == 1 ? 0 : 2);
    INFO("seed " << seed << ", round " << round << ", columns " << columns.to_string());
    std::vector<batch> rows;
    for (int epoch = 0; epoch < 3; ++epoch)
      rows.push_back(random.rows(columns, 1 + random.below(30)));
    temporary_directory directory;
    const auto path = directory / "out";
    const auto by_name = sources::file_order::by_name;
    if (format == 0) {
      write(sinks::jsonl{.path = path, .roll_rows = 20}, columns, rows);
      const sources::json_files from{.path = path, .mode = malformed_mode::failfast, .order = by_name};
      check_same(*read(from, columns), *table_of(columns, rows));
    } else if (format == 1) {
      write(sinks::csv{.path = path, .roll_rows = 20, .header = true, .null_value = "NULL"}, columns, rows);
      const sources::csv_files from{.path = path,
                                    .header = true,
                                    .escape = '"',
                                    .null_value = "NULL",
                                    .mode = malformed_mode::failfast,
                                    .order = by_name};
      check_same(*read(from, columns), *table_of(columns, rows));
    } else {
      sinks::parquet target{.path = path, .row_group_rows = 10};
      if (format == 3)
        target.roll.bytes = 5000;
      write(target, columns, rows);
      check_same(*read(sources::parquet_files{.path = path, .order = by_name}, columns), *table_of(columns, rows));
    }
  }
}

TEST_CASE("values of columns that name directories come back", "[files]") {
  const schema columns{{"id", int64},  {"b", boolean}, {"t", timestamp_type}, {"d", decimal_of(10, 2)},
                       {"f", float64}, {"s", utf8},    {"day", date_type}};
  const std::vector<std::string> by{"b", "t", "d", "f", "s", "day"};
  random_rows random{weir_test::test_seed()};
  std::vector<batch> rows;
  for (int i = 0; i < 20; ++i)
    rows.push_back(random.rows(columns, 1));
  temporary_directory directory;
  const auto path = directory / "out";
  write(sinks::parquet{.path = path, .partition_by = by}, columns, rows);
  const auto read_back = read(sources::parquet_files{.path = path}, columns);
  REQUIRE(read_back->num_rows() == 20);
  // Rows by what they say, as files come in any order; an empty text is null.
  const auto lines = [&](const arrow::Table& of) {
    std::vector<std::string> all;
    for (std::int64_t row = 0; row < of.num_rows(); ++row) {
      std::string line;
      for (const auto& column : of.columns()) {
        const auto text = (*column->GetScalar(row))->ToString();
        line += (text.empty() ? "null" : text) + "|";
      }
      all.push_back(line);
    }
    std::ranges::sort(all);
    return all;
  };
  CHECK(lines(*read_back) == lines(*table_of(columns, rows)));
}
