#include "catch.hpp"

#include <functional>

#include <arrow/api.h>

#include <weir/columns/row_codec.hpp>
#include <weir/operators/group_function.hpp>
#include <weir/operators/map_batches.hpp>

using namespace weir;

namespace {

class batches_out : public collector {
public:
  void emit(batch rows, int /*port*/) override { taken.push_back(std::move(rows)); }
  bool full() const override { return false; }
  std::vector<batch> taken;
};

std::shared_ptr<arrow::RecordBatch> texts(const std::string& name, std::vector<std::string> values) {
  arrow::LargeStringBuilder builder;
  REQUIRE(builder.AppendValues(values).ok());
  return arrow::RecordBatch::Make(arrow::schema({arrow::field(name, arrow::large_utf8())}),
                                  static_cast<std::int64_t>(values.size()), {builder.Finish().ValueOrDie()});
}

/// What becomes of rows that a function of whole batches gives where texts called "value" were promised.
status given(const std::shared_ptr<arrow::RecordBatch>& rows, batches_out& out) {
  const batches_operator of{row_schema<std::string>(), [&](const batch&) -> result<batch> { return batch{rows}; },
                            false};
  return of.instantiate()->process({}, 0, {}, out);
}

}  // namespace

TEST_CASE("what a function of whole batches gives is taken in from another layout") {
  batches_out out;
  REQUIRE(given(texts("value", {"a", "b"}), out).ok());
  REQUIRE(out.taken.size() == 1);
  CHECK(out.taken[0].arrow()->schema()->Equals(*row_schema<std::string>().to_arrow()));
  CHECK(row_reader<std::string>{out.taken[0]}.read(1) == "b");
}

TEST_CASE("other rows than a function of whole batches promised are refused by column") {
  batches_out out;
  const auto named = given(texts("other", {"a"}), out);
  CHECK(named.code() == errc::type_mismatch);
  CHECK_THAT(named.message(), Catch::StartsWith("the function gave other rows than it promised: expected columns "
                                                "(value: utf8 not null), got (other: large_string"));
  row_writer<std::int64_t> numbers;
  numbers.append(1);
  CHECK(given(numbers.finish().arrow(), out).message() ==
        "the function gave other rows than it promised: column 'value': expected utf8, got int64");
  CHECK(out.taken.empty());
}

TEST_CASE("a group function whose key type is not its column's is refused before it runs") {
  using function = std::function<int(std::int64_t, std::span<const std::int64_t>, group_state<std::int64_t>&)>;
  using groups = group_function_operator<std::int64_t, std::int64_t, std::int64_t, int, false, function>;
  group_options options;
  options.input = row_schema<std::int32_t>();
  options.key_columns = {0};
  const std::vector<schema> inputs{options.input};
  const auto bound = groups{function{}, options}.bind(inputs);
  REQUIRE_FALSE(bound.ok());
  CHECK_THAT(bound.error().message(),
             Catch::Contains("key column 'value': expected value: int64 not null, got value: int32 not null"));
}
