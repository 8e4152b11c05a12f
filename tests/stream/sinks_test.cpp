// Sinks that hand rows to the host, as whole queries.
#include "stream_test.hpp"

#include <mutex>

#include <weir/sinks/callback.hpp>
#include <weir/sinks/foreach.hpp>
#include <weir/sinks/queue.hpp>
#include <weir/sources/push.hpp>

using namespace std::chrono_literals;
using namespace weir;
using weir_test::run_plans;
using weir_test::stream_test;

namespace {

struct parity_count {
  int parity;
  std::int64_t count;
  friend auto operator<=>(const parity_count&, const parity_count&) = default;
};
BOOST_DESCRIBE_STRUCT(parity_count, (), (parity, count))

std::ostream& operator<<(std::ostream& out, const parity_count& one) {
  return out << "(" << one.parity << "," << one.count << ")";
}

auto count_by_parity(const dataset<int>& numbers) {
  return numbers.group_by_key([](int value) { return value % 2; })
      .map_groups_with_state<std::int64_t>([](int parity, std::span<const int> rows, group_state<std::int64_t>& state) {
        const auto count = (state.exists() ? state.get() : 0) + static_cast<std::int64_t>(rows.size());
        state.update(count);
        return parity_count{parity, count};
      });
}

/// Writes to a table as the documentation of `foreach` advises: what (partition, epoch) it has, it does not take again.
struct table {
  std::mutex mutex;  // the writers of an epoch's partitions run at once
  std::map<std::pair<std::int64_t, int>, std::vector<int>> parts;
};
struct table_writer {
  std::shared_ptr<table> into;
  std::pair<std::int64_t, int> id = {};
  std::vector<int> rows = {};

  bool open(partition_id partition, epoch_id epoch) {
    id = {epoch.value, partition.value};
    const std::lock_guard lock{into->mutex};
    return !into->parts.contains(id);
  }
  void process(const int& row) { rows.push_back(row); }
  void close(const status& error) {
    const std::lock_guard lock{into->mutex};
    if (error.ok())
      into->parts.emplace(id, std::move(rows));
  }
};

}  // namespace

TEST_CASE("C118 foreach_batch in update mode", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<int> input;
    std::map<std::int64_t, std::vector<parity_count>> epochs;  // a repeated one is the same
    t.query([&](engine& on, query_options options) {
      options.mode = output_mode::update;
      return count_by_parity(on.read_stream(sources::memory<int>{input}))
          .write_stream()
          .options(options)
          .start(sinks::foreach_batch{[&](epoch_id epoch, std::span<const batch> batches) {
            auto rows = memory_output::rows_as<parity_count>({batches.begin(), batches.end()});
            std::ranges::sort(rows);
            const auto [known, fresh] = epochs.emplace(epoch.value, rows);
            if (!fresh)
              CHECK(known->second == rows);
          }});
    });
    const auto check_last = [&](const std::vector<parity_count>& expected) {
      t.process();
      REQUIRE_FALSE(epochs.empty());
      CHECK(epochs.rbegin()->second == expected);
    };
    t.add(input, {0});
    check_last({{0, 1}});
    t.add(input, {1});
    check_last({{1, 1}});
    t.add(input, {2, 3});
    check_last({{0, 2}, {1, 2}});
  });
}

TEST_CASE("foreach: a writer that remembers partition and epoch has every row once, whatever crashes", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<int> input;
    const auto into = std::make_shared<table>();
    t.query([&](engine& on, query_options options) {
      return on.read_stream(sources::memory<int>{input})
          .write_stream()
          .options(options)
          .start(sinks::foreach<int, table_writer>{.writer = {into}, .partitions = 2});
    });
    t.add(input, {1, 2, 3});
    t.process();
    t.add(input, {4});
    t.add(input, {5, 6, 7, 8});
    t.process();
    std::vector<int> rows;
    for (const auto& [id, part] : into->parts)
      rows.insert(rows.end(), part.begin(), part.end());
    CHECK(rows == std::vector{1, 2, 3, 4, 5, 6, 7, 8});
  });
}

TEST_CASE("C118 what a foreach writer or a batch function throws ends the query", "[scenario]") {
  struct failing_writer {
    bool open(partition_id, epoch_id) { return true; }
    void process(const int& row) {
      if (row == 3)
        throw std::domain_error{"no row 3"};
    }
    void close(const status&) {}
  };
  const auto by_row = GENERATE(true, false);
  stream_test t{{}};
  const sources::memory_input<int> input;
  t.query([&](engine& on, query_options options) {
    auto writer = on.read_stream(sources::memory<int>{input}).write_stream().options(options);
    if (by_row)
      return std::move(writer).start(sinks::foreach<int, failing_writer>{.writer = {}});
    return std::move(writer).start(sinks::callback<int>{[](epoch_id, std::span<const int> rows) {
      if (std::ranges::count(rows, 3) > 0)
        throw std::domain_error{"no row 3"};
    }});
  });
  t.add(input, {1, 2});
  t.process();
  input.add_data({3});
  const auto message = t.expect_failure(errc::user_function);
  CHECK(message.find("no row 3") != std::string::npos);
  CHECK(message.find("epoch 1") != std::string::npos);
}

TEST_CASE("queue: every row once through restarts and crashes of the query", "[scenario]") {
  run_plans([](stream_test& t) {
    const sources::memory_input<int> input;
    const queue_handle<int> handle;
    t.query([&](engine& on, query_options options) {
      return on.read_stream(sources::memory<int>{input})
          .write_stream()
          .options(options)
          .start(sinks::queue<int>{.handle = handle});
    });
    std::vector<int> taken;
    const auto take = [&] {
      t.process();
      while (const auto next = handle.try_pop())
        taken.push_back(next->row);
    };
    t.add(input, {1, 2, 3});
    take();
    t.add(input, {4});
    t.add(input, {5});
    take();
    CHECK(taken == std::vector{1, 2, 3, 4, 5});
  });
}

TEST_CASE("queue: stop() does not wait for a host that takes nothing; what ended a query can be read", "[threads]") {
  engine on;
  const sources::push_handle<int> input;
  const queue_handle<int> handle;
  const auto start = [&] {
    return on.read_stream(sources::push<int>{.handle = input}, {.rows = 1})
        .map([](int value) {
          if (value < 0)
            throw std::domain_error{"negative"};
          return value;
        })
        .write_stream()
        .query_name("queued")
        .start(sinks::queue<int>{.handle = handle, .capacity = 1});
  };
  const auto first = start();
  CHECK(first.explain().find("queue, not durable") != std::string::npos);
  first.process_all_available();
  for (int i = 0; i < 10; ++i)
    REQUIRE(input.push(i));
  CHECK(handle.pop()->row == 0);
  CHECK(first.stop(20s));
  while (handle.pop()) {
  }
  CHECK(handle.closed());
  CHECK(handle.error().ok());

  const auto second = start();
  second.process_all_available();
  REQUIRE(input.push(-1));
  CHECK_FALSE(handle.pop());
  CHECK(handle.error().message().find("negative") != std::string::npos);
  CHECK_THROWS_AS(second.await_termination(), query_error);
}

TEST_CASE("queue: at-least-once in explain()", "[scenario]") {
  engine on{engine::options{.deterministic = true}};
  const sources::memory_input<int> input;
  const auto text =
      on.read_stream(sources::memory<int>{input}).write_stream().checkpoint_location("cp").explain(sinks::queue<int>{});
  CHECK(text.find("queue-0 <- memory-0: sink queue, at-least-once") != std::string::npos);
}
