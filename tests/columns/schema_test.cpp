#include "catch.hpp"

#include <arrow/api.h>

#include <weir/columns/batch.hpp>
#include <weir/columns/row_codec.hpp>

#include "sample_rows.hpp"
#include "sample_types.hpp"

namespace {

std::string refused(const std::shared_ptr<arrow::DataType>& type) {
  const auto made = weir::schema::from_arrow(*arrow::schema({arrow::field("a", type)}));
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().code() == weir::errc::unsupported);
  return made.error().message();
}

}  // namespace

TEST_CASE("random schemas convert to Arrow and back") {
  const auto seed = GENERATE(11U, 12U, 13U);
  INFO("seed " << seed);
  sample::generator random{seed};
  for (int round = 0; round < 100; ++round) {
    std::vector<weir::field> fields;
    for (auto n = random.below(8); n > 0; --n)
      fields.push_back({"c" + std::to_string(n), sample::random_type(random, 3), random.coin()});
    const weir::schema made{fields};
    const auto back = weir::schema::from_arrow(*made.to_arrow());
    REQUIRE(back.ok());
    REQUIRE(*back == made);
    REQUIRE(back->to_string() == made.to_string());
  }
}

TEST_CASE("schema: names, text and equality") {
  const weir::schema columns{{"name", weir::utf8}, {"amount", weir::float64, false}};
  CHECK(columns.to_string() == "name: utf8, amount: float64 not null");
  CHECK(columns.index_of("amount") == 1);
  CHECK(columns.index_of("Amount") == -1);
  CHECK_FALSE(columns == weir::schema{{"name", weir::utf8}, {"amount", weir::float64}});
  CHECK(weir::list_of({"element", weir::int64}) == weir::list_of({"item", weir::int64}));
  CHECK(weir::schema{{"a b", weir::utf8}, {"c`d", weir::int8}}.to_string() == "`a b`: utf8, `c``d`: int8");
}

TEST_CASE("decimals and maps: text, equality and Arrow's form") {
  CHECK(weir::decimal_of(10, 2).to_string() == "decimal(10, 2)");
  CHECK_FALSE(weir::decimal_of(10, 2) == weir::decimal_of(10, 3));
  CHECK_FALSE(weir::decimal_of(10, 2) == weir::decimal_of(11, 2));
  CHECK(weir::decimal_of(38, 38).to_arrow()->Equals(*arrow::decimal128(38, 38)));
  for (const auto& [precision, scale] : {std::pair{0, 0}, {39, 0}, {10, 11}, {10, -1}})
    CHECK_THROWS_AS(weir::decimal_of(precision, scale), std::invalid_argument);
  CHECK_THAT(refused(arrow::decimal128(10, -2)), Catch::Contains("decimal128(10, -2)"));

  const auto counters = weir::map_of(weir::utf8, {"value", weir::int64, false});
  CHECK(counters.to_string() == "map<utf8, int64 not null>");
  CHECK(counters == weir::map_of(weir::utf8, {"anything", weir::int64, false}));
  CHECK_FALSE(counters == weir::map_of(weir::utf8, {"value", weir::int64, true}));
  CHECK(counters.to_arrow()->Equals(*arrow::map(arrow::utf8(), arrow::field("value", arrow::int64(), false))));
  // Parquet names a map's parts otherwise.
  const arrow::MapType named{arrow::field("k", arrow::utf8(), false), arrow::field("v", arrow::int64(), false)};
  CHECK(*weir::data_type::from_arrow(named) == counters);
}

TEST_CASE("Arrow types that weir does not have are refused with column, type and a way out") {
  CHECK(refused(arrow::large_utf8()) == "column 'a': Arrow type large_string is not supported; cast it to utf8");
  CHECK(refused(arrow::timestamp(arrow::TimeUnit::NANO, "UTC")) ==
        "column 'a': Arrow type timestamp[ns, tz=UTC] is not supported; cast it to timestamp[us, tz=UTC]");
  CHECK_THAT(refused(arrow::timestamp(arrow::TimeUnit::MICRO)), Catch::Contains("timestamp[us, tz=UTC]"));
  CHECK_THAT(refused(arrow::timestamp(arrow::TimeUnit::MICRO, "Europe/Berlin")), Catch::Contains("Europe/Berlin"));
  CHECK_THAT(refused(arrow::duration(arrow::TimeUnit::SECOND)), Catch::Contains("cast it to duration[us]"));
  CHECK_THAT(refused(arrow::struct_({arrow::field("b", arrow::uint64())})),
             Catch::Contains("column 'a': column 'b': Arrow type uint64 is not supported"));
}

TEST_CASE("num_bytes is of the slice, not of what it is cut from") {
  weir::row_writer<std::string> writer;
  for (int i = 0; i < 1000; ++i)
    writer.append(std::string(100, 'x'));
  const auto rows = writer.finish();
  CHECK(rows.num_bytes() == 1000 * 100 + 1001 * 4);
  CHECK(rows.slice(500, 10).num_bytes() == 10 * 100 + 11 * 4);
  CHECK(rows.slice(990, 100).num_rows() == 10);
  CHECK(rows.slice(2000, 1).num_rows() == 0);
  CHECK(weir::batch{}.num_bytes() == 0);
}

TEST_CASE("a slice's origin goes with it") {
  weir::row_writer<std::string> writer;
  for (const auto* text : {"a", "b", "c"})
    writer.append(text);
  auto rows = writer.finish();
  auto origin = std::make_shared<weir::batch_origin>();
  origin->source = "lines";
  origin->rows = rows.arrow();
  origin->offset_of = [](std::int64_t row) { return std::to_string(100 + row); };
  const auto cut = weir::batch{rows.arrow(), origin}.slice(1, 2).slice(1, 1);
  REQUIRE(cut.origin() != nullptr);
  CHECK(cut.origin()->source == "lines");
  CHECK(cut.origin()->offset_of(0) == "102");
  CHECK(cut.origin()->rows->num_rows() == 1);
}

TEST_CASE("IPC: what is cut or damaged is an io_error, other columns are refused") {
  sample::generator random{9};
  weir::row_writer<sample::everything> writer;
  for (int i = 0; i < 50; ++i)
    writer.append(random.make_row());
  const auto rows = writer.finish();
  const auto columns = weir::row_schema<sample::everything>();
  const auto bytes = weir::to_ipc(columns, {rows, rows.slice(3, 4)});
  REQUIRE(bytes.ok());
  CHECK(weir::from_ipc(*bytes)->size() == 2);
  for (std::size_t size = 0; size < bytes->size(); size += 1 + size / 9) {
    const auto cut = weir::from_ipc(std::string_view{*bytes}.substr(0, size));
    REQUIRE_FALSE(cut.ok());
    REQUIRE(cut.error().code() == weir::errc::io_error);
  }
  CHECK(weir::from_ipc("no Arrow at all").error().code() == weir::errc::io_error);
  CHECK(weir::to_ipc({{"other", weir::utf8}}, {rows}).error().code() == weir::errc::type_mismatch);
  const auto none = weir::to_ipc(columns, {});
  REQUIRE(none.ok());
  CHECK(weir::from_ipc(*none)->empty());
}

TEST_CASE("Arrow's errors keep their meaning") {
  CHECK(weir::from_arrow(arrow::Status::OK(), "x").ok());
  CHECK(weir::from_arrow(arrow::Status::IOError("gone"), "read f").to_string() == "io_error: read f: gone");
  CHECK(weir::from_arrow(arrow::Status::OutOfMemory("no"), "x").code() == weir::errc::out_of_memory);
}
