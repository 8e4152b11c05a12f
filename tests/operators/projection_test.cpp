#include <weir/operators/projection.hpp>

#include <boost/describe.hpp>

#include <arrow/api.h>

#include <weir/columns/row_codec.hpp>
#include <weir/expressions/functions.hpp>

#include "catch.hpp"

namespace {

using weir::col;

struct bid {
  std::int64_t auction = 0;
  std::int64_t price = 0;
  std::string channel;
};
BOOST_DESCRIBE_STRUCT(bid, (), (auction, price, channel))

struct outlet : weir::collector {
  std::vector<weir::batch> rows;
  std::vector<weir::batch> letters;
  void emit(weir::batch made, int port) override { (port == 0 ? rows : letters).push_back(std::move(made)); }
  bool full() const override { return false; }
};

weir::batch bids(std::int64_t count) {
  weir::row_writer<bid> writer;
  for (std::int64_t i = 0; i < count; ++i)
    writer.append({i % 10, i, "c" + std::to_string(i % 3)});
  return writer.finish();
}

std::unique_ptr<weir::operator_instance> made(const weir::projection_operator& chain) {
  const weir::schema input[]{weir::row_schema<bid>()};
  const auto bound = chain.bind(input);
  INFO(bound.error().to_string());
  REQUIRE(bound.ok());
  auto instance = chain.instantiate();
  weir::operator_context context;
  context.name = "chain";
  REQUIRE(instance->open(context).ok());
  return instance;
}

}  // namespace

TEST_CASE("a projection passes what nothing changes, without a copy") {
  const weir::projection_operator chain{weir::row_schema<bid>(), {{col("price") >= 0, {col("channel"), col("price")}}}};
  outlet out;
  const auto rows = bids(100);
  REQUIRE(made(chain)->process({}, 0, rows, out).ok());
  REQUIRE(out.rows.size() == 1);
  CHECK(out.rows[0].arrow()->column_data(0)->buffers[2] == rows.arrow()->column_data(2)->buffers[2]);
  CHECK(out.rows[0].arrow()->column_data(1)->buffers[1] == rows.arrow()->column_data(1)->buffers[1]);
}

TEST_CASE("a filter keeps the rows that it should, few, many and none") {
  const auto rows = bids(5'000);
  const auto check = [&](const weir::expression& condition, const auto& passes) {
    const weir::projection_operator chain{weir::row_schema<bid>(), {{condition, {}}}};
    outlet out;
    REQUIRE(made(chain)->process({}, 0, rows, out).ok());
    std::vector<std::int64_t> prices;
    for (const auto& part : out.rows) {
      CHECK(part.arrow()->ValidateFull().ok());
      const weir::row_reader<bid> reader{part};
      for (std::int64_t i = 0; i < reader.size(); ++i) {
        const auto one = reader.read(i);
        CHECK(one.channel == "c" + std::to_string(one.price % 3));
        prices.push_back(one.price);
      }
    }
    std::vector<std::int64_t> wanted;
    for (std::int64_t i = 0; i < 5'000; ++i)
      if (passes(i))
        wanted.push_back(i);
    CHECK(prices == wanted);
  };
  check(col("price") < 0, [](std::int64_t) { return false; });
  check(col("price") % 2 == 0, [](std::int64_t i) { return i % 2 == 0; });
  check(col("auction") == 3 && col("price") > 4'900, [](std::int64_t i) { return i % 10 == 3 && i > 4'900; });
  check(col("price") > 4'000, [](std::int64_t i) { return i > 4'000; });
}

TEST_CASE("a row that an expression refuses goes to the dead letters, the others go on") {
  const weir::projection_operator chain{weir::row_schema<bid>(),
                                        {{col("price") > 3, {(100 / col("auction")).as("share"), col("price")}}},
                                        {weir::error_policy::dead_letter}};
  for (const auto count : {12, 200}) {
    outlet out;
    REQUIRE(made(chain)->process({}, 0, bids(count), out).ok());
    REQUIRE(out.rows.size() == 1);
    REQUIRE(out.letters.size() == 1);
    const weir::row_reader<weir::dead_letter_row> letters{out.letters[0]};
    CHECK(letters.size() == count / 10 - (count % 10 == 0 ? 1 : 0));
    CHECK(letters.read(0).row == R"({"auction":0,"price":10,"channel":"c1"})");
    CHECK_THAT(letters.read(0).error, Catch::Contains("(100 / auction): division by zero"));
    CHECK(out.rows[0].num_rows() == count - 4 - letters.size());
  }
}

TEST_CASE("a refused row ends the query under fail") {
  const weir::projection_operator chain{weir::row_schema<bid>(), {{100 % col("auction") == 1, {}}}};
  outlet out;
  const auto done = made(chain)->process({}, 0, bids(50), out);
  CHECK(done.code() == weir::errc::invalid_row);
  CHECK_THAT(done.message(), Catch::Contains("division by zero") && Catch::Contains(R"("price":0)"));
}
