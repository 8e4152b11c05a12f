// The rows of an epoch as a bounded data frame, in a function of the user's.
#include "stream_test.hpp"

#include <weir/stream/foreach_batch.hpp>

using namespace weir;
using weir_test::stream_test;

namespace {

struct tally {
  std::int64_t value;
  std::int64_t count;
  friend auto operator<=>(const tally&, const tally&) = default;
};
BOOST_DESCRIBE_STRUCT(tally, (), (value, count))

std::ostream& operator<<(std::ostream& out, const tally& one) { return out << one.value << " x " << one.count; }

using epochs = std::vector<std::vector<tally>>;

}  // namespace

TEST_CASE("C118 foreach_batch: each epoch's counts as a data frame", "[scenario]") {
  const auto complete = GENERATE(false, true);
  stream_test t{{}};
  const sources::memory_input<std::int64_t> input;
  epochs seen;
  t.query([&](engine& on, query_options options) {
    options.mode = complete ? output_mode::complete : output_mode::update;
    return on.read_stream(sources::memory<std::int64_t>{input})
        .to_df()
        .select((col("value") % lit(std::int64_t{2})).as("value"))
        .group_by("value")
        .count()
        .write_stream()
        .options(options)
        .start(foreach_batch(on, [&](const dataframe& rows, epoch_id epoch) {
          CHECK(static_cast<std::size_t>(epoch.value) == seen.size());
          seen.push_back(rows.sort("value").select("value", "count").collect<tally>());
        }));
  });
  t.add<std::int64_t>(input, {0});
  t.process();
  t.add<std::int64_t>(input, {1});
  t.process();
  t.add<std::int64_t>(input, {2, 3});
  t.process();
  const auto second = complete ? std::vector<tally>{{0, 1}, {1, 1}} : std::vector<tally>{{1, 1}};
  REQUIRE(seen == epochs{{{0, 1}}, second, {{0, 2}, {1, 2}}});
}

TEST_CASE("C118 foreach_batch: what the function throws ends the query", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<std::int64_t> input;
  t.query([&](engine& on, query_options options) {
    return on.read_stream(sources::memory<std::int64_t>{input})
        .write_stream()
        .options(options)
        .start(foreach_batch(on, [](const dataframe&, epoch_id) { throw std::runtime_error{"no room"}; }));
  });
  t.add<std::int64_t>(input, {1});
  CHECK_THAT(t.expect_failure(errc::user_function), Catch::Contains("no room"));
}
