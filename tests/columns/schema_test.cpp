#include "catch.hpp"

#include <arrow/api.h>

#include <weir/columns/batch.hpp>
#include <weir/columns/row_codec.hpp>

#include "sample_rows.hpp"

namespace {

std::string refused(const std::shared_ptr<arrow::DataType>& type) {
  const auto made = weir::schema::from_arrow(*arrow::schema({arrow::field("a", type)}));
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().code() == weir::errc::unsupported);
  return made.error().message();
}

/// A type of random shape.
weir::data_type random_type(sample::generator& random, int depth) {
  const std::vector<weir::data_type> basic{weir::boolean, weir::int32,  weir::int64,          weir::float64,
                                           weir::utf8,    weir::binary, weir::timestamp_type, weir::duration_type};
  const auto pick = random.below(depth > 0 ? basic.size() + 2 : basic.size());
  if (pick < basic.size())
    return basic[pick];
  if (pick == basic.size())
    return weir::list_of({"item", random_type(random, depth - 1), random.coin()});
  std::vector<weir::field> members;
  for (auto n = 1 + random.below(4); n > 0; --n)
    members.push_back({"m" + std::to_string(n), random_type(random, depth - 1), random.coin()});
  return weir::struct_of(std::move(members));
}

}  // namespace

TEST_CASE("random schemas convert to Arrow and back") {
  const auto seed = GENERATE(11U, 12U, 13U);
  INFO("seed " << seed);
  sample::generator random{seed};
  for (int round = 0; round < 100; ++round) {
    std::vector<weir::field> fields;
    for (auto n = random.below(8); n > 0; --n)
      fields.push_back({"c" + std::to_string(n), random_type(random, 3), random.coin()});
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
