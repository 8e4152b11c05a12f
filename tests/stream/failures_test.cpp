// What fails ends its own query, with code, operator, epoch and cause; the others of the engine go on.
#include "catch.hpp"

#include <stdexcept>

#include <weir/sinks/callback.hpp>
#include <weir/sinks/memory.hpp>
#include <weir/sources/push.hpp>
#include <weir/sources/typed_source.hpp>
#include <weir/stream/engine.hpp>

#include "recording_listener.hpp"

using namespace weir;
using weir_test::long_enough;

namespace {

enum class place : unsigned char { none, start, latest, rows, commit, thread };

/// One row an epoch, for ever; fails where it is told to.
class failing_source : public source {
public:
  explicit failing_source(place where) : where_{where} {}
  weir::schema schema() const override { return row_schema<int>(); }
  status start(const source_context& context) override {
    if (where_ == place::thread)
      std::thread{[fail = context.fail] { fail({errc::connection_lost, "the peer went away"}); }}.join();
    return here(place::start);
  }
  result<offset> latest_offset(const offset& start, const read_limit& /*limit*/) override {
    WEIR_TRY(here(place::latest));
    return where_ == place::none || epochs_ > 0 ? start : offset{"1"};
  }
  status get_batch(const offset& /*start*/, const offset& /*end*/, collector& out) override {
    WEIR_TRY(here(place::rows));
    ++epochs_;
    row_writer<int> one;
    one.append(7);
    out.emit(one.finish());
    return {};
  }
  status commit(const offset& /*end*/) override { return here(place::commit); }
  result<offset> initial_offset() override { return offset{"0"}; }
  std::string description() const override { return "failing"; }

private:
  status here(place at) const { return at == where_ ? status{errc::source_failed, "the source is broken"} : status{}; }
  place where_;
  int epochs_ = 0;
};

struct failing_source_description {
  using row_type = int;
  place where;
  result<std::unique_ptr<source>> open() const { return std::unique_ptr<source>{new failing_source{where}}; }
  std::string kind() const { return "failing"; }
  schema output_schema() const { return row_schema<int>(); }
};

class failing_sink : public sink {
public:
  explicit failing_sink(place where) : where_{where} {}
  status start(const sink_context& /*context*/) override { return here(place::start); }
  status stage(epoch_id /*epoch*/, const batch& /*rows*/) override { return here(place::rows); }
  result<token> prepare(epoch_id /*epoch*/) override {
    WEIR_TRY(here(place::latest));
    return token{};
  }
  status commit(epoch_id /*epoch*/, const token& /*staged*/) override { return here(place::commit); }
  std::string description() const override { return "failing"; }

private:
  status here(place at) const {
    if (at == place::commit && at == where_)
      throw std::runtime_error{"the sink threw"};
    return at == where_ ? status{errc::sink_failed, "the sink is broken"} : status{};
  }
  place where_;
};

struct failing_sink_description {
  place where;
  result<std::unique_ptr<sink>> open() const { return std::unique_ptr<sink>{new failing_sink{where}}; }
  std::string kind() const { return "failing"; }
};

/// A query beside the failing one; works() says that it still does.
class neighbour {
public:
  explicit neighbour(engine& on)
      : query_{on.read_stream(sources::push<int>{.handle = handle_}).write_stream().start(sinks::memory{output_})} {
    query_.process_all_available();
  }
  bool works() {
    if (!handle_.push(++pushed_))
      return false;
    query_.process_all_available();
    return query_.is_active() && output_.all_as<int>().size() == static_cast<std::size_t>(pushed_);
  }

private:
  sources::push_handle<int> handle_;
  memory_output output_;
  int pushed_ = 0;
  streaming_query query_;
};

struct expected_failure {
  errc code;
  std::string operator_name;
  std::optional<std::int64_t> epoch;
  std::string text;
};

void check_failure(engine& on, const streaming_query& query, const expected_failure& expected) {
  CHECK_THROWS_AS(query.process_all_available(), query_error);
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_WITH(query.await_termination(), Catch::Contains(expected.text));
    CHECK_THROWS_WITH(query.await_termination(long_enough), Catch::Contains(expected.text));
    CHECK_THROWS_AS(query.process_all_available(), query_error);
  }
  CHECK_FALSE(query.is_active());
  const auto failure = query.exception();
  REQUIRE(failure);
  CHECK(failure->code() == expected.code);
  CHECK(failure->id() == query.id());
  CHECK(failure->run_id() == query.run_id());
  const auto& info = failure->cause().info();
  CHECK(info.operator_name == expected.operator_name);
  CHECK(info.epoch == expected.epoch);
  CHECK_THAT(info.message, Catch::Contains(expected.text));
  CHECK_THAT(query.status().message, Catch::Contains(expected.text));
  query.stop();  // stays what it is
  CHECK(query.exception());
  CHECK_FALSE(on.streams().get(query.id()));
}

}  // namespace

TEST_CASE("a user's function that throws ends its query alone", "[failures][threads]") {
  engine on;
  neighbour other{on};
  const sources::push_handle<int> handle;
  const auto listener = std::make_shared<weir_test::recording_listener>();
  on.streams().add_listener(listener);
  const auto query = on.read_stream(sources::push<int>{.handle = handle})
                         .map([](int value) {
                           if (value == 13)
                             throw std::runtime_error{"thirteen"};
                           return value;
                         })
                         .named("picky")
                         .write_stream()
                         .query_name("bad")
                         .start(sinks::memory{});
  query.process_all_available();
  REQUIRE(handle.push(1));
  query.process_all_available();
  REQUIRE(handle.push(13));
  check_failure(on, query, {errc::user_function, "bad/picky/0", 1, "thirteen"});
  CHECK(other.works());
  on.streams().flush_listeners();
  const auto events = listener->events(query.run_id());
  CHECK(events.back().kind == "terminated");
  CHECK(events.back().cause.code() == errc::user_function);
  CHECK(events.back().cause.info().epoch == 1);
  CHECK_THROWS_WITH(on.streams().await_any_termination(), Catch::Contains("thirteen"));
}

TEST_CASE("a group function that throws ends its query and names the key", "[failures][threads]") {
  engine on;
  neighbour other{on};
  const sources::push_handle<int> handle;
  const auto query = on.read_stream(sources::push<int>{.handle = handle})
                         .group_by_key([](int value) { return value % 10; })
                         .map_groups_with_state<int>([](int key, std::span<const int>, group_state<int>&) {
                           if (key == 3)
                             throw std::logic_error{"not three"};
                           return key;
                         })
                         .write_stream()
                         .query_name("bad")
                         .output_mode(output_mode::update)
                         .partitions(1)
                         .start(sinks::memory{});
  query.process_all_available();
  REQUIRE(handle.push(3));
  check_failure(on, query, {errc::user_function, "bad/map_groups_with_state-0/0", 0, "not three"});
  CHECK_THAT(query.exception()->cause().info().key, Catch::Contains("3"));
  CHECK(other.works());
}

TEST_CASE("a source that fails ends its query alone", "[failures][threads]") {
  engine on;
  neighbour other{on};
  const auto start = [&](place where) {
    return on.read_stream(failing_source_description{where}).write_stream().query_name("bad").start(sinks::memory{});
  };
  const std::string name = "bad/failing-0/0";
  check_failure(on, start(place::start), {errc::source_failed, name, std::nullopt, "broken"});
  check_failure(on, start(place::latest), {errc::source_failed, name, std::nullopt, "broken"});
  check_failure(on, start(place::rows), {errc::source_failed, name, 0, "broken"});
  const auto commits = start(place::commit);  // what the source says to a commit is not waited for
  CHECK_THROWS_AS(commits.await_termination(), query_error);
  check_failure(on, commits, {errc::source_failed, name, std::nullopt, "broken"});
  check_failure(on, start(place::thread), {errc::connection_lost, name, std::nullopt, "went away"});
  const auto good = start(place::none);
  good.process_all_available();
  good.stop();
  CHECK(other.works());
}

TEST_CASE("a sink that fails ends its query alone", "[failures][threads]") {
  engine on;
  neighbour other{on};
  const auto run = [&](place where, const expected_failure& expected) {
    const sources::push_handle<int> handle;
    const auto query = on.read_stream(sources::push<int>{.handle = handle})
                           .write_stream()
                           .query_name("bad")
                           .start(failing_sink_description{where});
    if (where != place::start) {
      query.process_all_available();
      REQUIRE(handle.push(1));
    }
    check_failure(on, query, expected);
  };
  const std::string name = "bad/failing-0/0";
  run(place::start, {errc::sink_failed, name, std::nullopt, "broken"});
  run(place::rows, {errc::sink_failed, name, 0, "broken"});
  run(place::latest, {errc::sink_failed, name, 0, "broken"});
  run(place::commit, {errc::user_function, name, 0, "the sink threw"});
  CHECK(other.works());
}

TEST_CASE("of two failures the first is the query's", "[failures]") {
  engine on{{.deterministic = true}};
  const auto query = on.read_stream(failing_source_description{place::rows})
                         .write_stream()
                         .start(failing_sink_description{place::latest});
  CHECK_THROWS_WITH(query.process_all_available(), Catch::Contains("the source is broken"));
  CHECK(query.exception()->code() == errc::source_failed);
}
