// Tokens in files of the checkpoint: complete mode, and rows over 1 MiB in other modes.
#include "stream_test.hpp"

#include <map>
#include <set>

#include <arrow/api.h>

#include <weir/columns/key_codec.hpp>
#include <weir/sinks/callback.hpp>
#include <weir/state/checkpoint.hpp>
#include <weir/stream/graph.hpp>

using namespace weir;
using weir_test::run_faults;
using weir_test::run_plans;
using weir_test::stream_test;

namespace {

struct value_count {
  std::int32_t value;
  std::int64_t count;
  friend auto operator<=>(const value_count&, const value_count&) = default;
};
BOOST_DESCRIBE_STRUCT(value_count, (), (value, count))

std::ostream& operator<<(std::ostream& out, const value_count& one) {
  return out << "(" << one.value << "," << one.count << ")";
}

/// Counts equal values, and gives all counts in every epoch.
class counts_instance : public operator_instance {
public:
  status open(const operator_context& context) override {
    context_ = context;
    return {};
  }
  status process_keyed(const epoch_context& /*epoch*/, int /*port*/, keyed_rows rows, collector& /*out*/) override {
    const row_reader<std::int32_t> reader{rows.rows};
    for (std::size_t i = 0; i < rows.selection.size(); ++i) {
      const auto value = reader.read(rows.selection[i]);
      ++counts_[value];
      changed_.insert(value);
    }
    return {};
  }
  result<bool> finish(const epoch_context& /*epoch*/, collector& out) override {
    row_writer<value_count> rows;
    for (const auto& [value, count] : counts_)
      rows.append({value, count});
    if (rows.size() > 0)
      out.emit(rows.finish());
    return true;
  }
  result<batch> take_changes() override {
    column_writer<std::int32_t> groups;
    column_writer<bool> present;
    key_columns_writer<std::int32_t> keys{{{"value", int32, false}}};
    column_writer<std::int64_t> counts;
    for (const auto value : changed_) {
      groups.append(key_group(hash_bytes({reinterpret_cast<const char*>(&value), sizeof value})));
      present.append(true);
      keys.append_value(value);
      counts.append(counts_[value]);
    }
    const auto rows = static_cast<std::int64_t>(changed_.size());
    changed_.clear();
    return batch{
        arrow::RecordBatch::Make(state_columns().to_arrow(), rows,
                                 {groups.finish_data(), present.finish_data(), keys.finish(), counts.finish_data()})};
  }
  status restore(const batch& changes) override {
    const column_reader<std::int32_t> groups{*changes.arrow()->column(0)};
    const auto& keys = static_cast<const arrow::StructArray&>(*changes.arrow()->column(2));
    const column_reader<std::int32_t> values{*keys.field(0)};
    const column_reader<std::int64_t> counts{*changes.arrow()->column(3)};
    for (std::int64_t row = 0; row < changes.num_rows(); ++row)
      if (partition_of_group(groups.read(row), context_.partitions) == context_.partition.value)
        counts_[values.read(row)] = counts.read(row);
    return {};
  }
  static schema state_columns() { return make_state_schema({{"value", int32, false}}, {{"count", int64, false}}); }

private:
  operator_context context_;
  std::map<std::int32_t, std::int64_t> counts_;
  std::set<std::int32_t> changed_;
};

class counts_operator : public operator_description {
public:
  std::string kind() const override { return "aggregate"; }
  result<schema> bind(std::span<const schema> /*inputs*/) const override { return row_schema<value_count>(); }
  std::unique_ptr<operator_instance> instantiate() const override { return std::make_unique<counts_instance>(); }
  std::vector<int> key_columns(int /*port*/) const override { return {0}; }
  std::optional<schema> state_schema() const override { return counts_instance::state_columns(); }
};

template <sink_description Sink>
streaming_query start_counts(engine& on, query_options options, const sources::memory_input<std::int32_t>& input,
                             Sink target) {
  graph made;
  options.mode = output_mode::update;
  const auto rows = made.add_source("rows", sources::memory<std::int32_t>{input});
  const auto counts = made.add_operator("counts", std::make_shared<counts_operator>(), {rows});
  made.add_sink("out", std::move(target), counts);
  auto built = made.build(options);
  built.mode = output_mode::complete;
  return on.start(std::move(built));
}

int token_files(const weir_test::fault_storage& files) {
  const auto paths = files.paths();
  return static_cast<int>(std::ranges::count_if(paths, [](const auto& path) { return path.starts_with("cp/sinks/"); }));
}

using counted = std::vector<value_count>;

}  // namespace

TEST_CASE("C117 complete mode: each epoch's whole result, repeated as it was after a crash", "[scenario]") {
  auto repeated = 0;
  run_plans([&](stream_test& t) {
    const sources::memory_input<std::int32_t> input;
    std::map<std::int64_t, counted> epochs;
    t.query([&](engine& on, query_options options) {
      return start_counts(on, std::move(options), input,
                          sinks::foreach_batch{[&](epoch_id epoch, std::span<const batch> batches) {
                            auto rows = memory_output::rows_as<value_count>({batches.begin(), batches.end()});
                            std::ranges::sort(rows);
                            const auto [known, fresh] = epochs.emplace(epoch.value, rows);
                            if (fresh)
                              return;
                            CHECK(known->second == rows);
                            ++repeated;
                          }});
    });
    const auto check_last = [&](const counted& expected) {
      t.process();
      REQUIRE_FALSE(epochs.empty());
      CHECK(epochs.rbegin()->second == expected);
    };
    t.add(input, {1, 2});
    check_last({{1, 1}, {2, 1}});
    t.add(input, {2, 3});
    check_last({{1, 1}, {2, 2}, {3, 1}});
    t.add(input, {3});
    check_last({{1, 1}, {2, 2}, {3, 2}});
    t.stop();
    if (!t.files().crashed())  // as the query ended
      CHECK(token_files(t.files()) == 0);
  });
  CHECK(repeated > 0);
}

TEST_CASE("C117 complete mode into memory, through faults of every file", "[scenario]") {
  run_faults([](stream_test& t) {
    const sources::memory_input<std::int32_t> input;
    const memory_output output;
    t.query([&](engine& on, query_options options) {
      return start_counts(on, std::move(options), input, sinks::memory{.output = output, .remembers = false});
    });
    const auto check_all = [&](const counted& expected) {
      t.process();
      auto rows = output.all_as<value_count>();
      std::ranges::sort(rows);
      CHECK(rows == expected);
    };
    t.add(input, {1, 2, 1});
    check_all({{1, 2}, {2, 1}});
    t.add(input, {2});
    check_all({{1, 2}, {2, 2}});
  });
}

TEST_CASE("rows over 1 MiB in append mode go through files, whatever crashes", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<std::string> input;
    const memory_output output;
    std::int64_t largest_segment = 0;
    t.query([&](engine& on, query_options options) {
      return on.read_stream(sources::memory<std::string>{input})
          .write_stream()
          .options(options)
          .start(sinks::memory{.output = output});
    });
    const auto check_lengths = [&](std::vector<std::size_t> expected) {
      t.process();
      std::vector<std::size_t> lengths;
      for (const auto& row : output.since_last_as<std::string>())
        lengths.push_back(row.size());
      CHECK(lengths == expected);
      for (const auto& path : t.files().paths())
        if (path.starts_with("cp/log/"))
          largest_segment = std::max(largest_segment, static_cast<std::int64_t>(t.files().read_all(path)->size()));
    };
    const auto large = std::size_t{1} << 20U;
    t.add(input, {std::string(large, 'a')});
    check_lengths({large});
    t.add(input, {std::string("small")});
    check_lengths({5});
    t.add(input, {std::string(large + 1, 'b'), std::string("c")});
    check_lengths({large + 1, 1});
    CHECK(largest_segment < static_cast<std::int64_t>(large));
  });
}

TEST_CASE("a damaged token file keeps a query from starting, by the file's name", "[scenario]") {
  stream_test t{{}};
  const sources::memory_input<std::int32_t> input;
  auto broken = true;
  t.query([&](engine& on, query_options options) {
    return start_counts(on, std::move(options), input, sinks::foreach_batch{[&](epoch_id, std::span<const batch>) {
                          if (broken)
                            throw std::runtime_error{"no room"};
                        }});
  });
  input.add_data({1});
  (void)t.expect_failure(errc::user_function);
  broken = false;
  REQUIRE(token_files(t.files()) == 1);
  t.files().overwrite("cp/sinks/out/0.arrow", "damaged");
  engine::options settings;
  settings.files = std::shared_ptr<storage>{t.files().shared_from_this()};
  settings.deterministic = true;
  engine on{settings};
  query_options options;
  options.checkpoint_location = "cp";
  try {
    (void)start_counts(on, options, input, sinks::memory{});
    FAIL("it started");
  } catch (const query_error& error) {
    CHECK(error.code() == errc::corrupt_checkpoint);
    CHECK_THAT(error.what(), Catch::Contains("cp/sinks/out/0.arrow has 7 bytes instead of"));
  }
}
