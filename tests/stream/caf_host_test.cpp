// Queries inside a CAF application, and its own actors at both ends.
#include "catch.hpp"

#include <deque>

#include <weir/sinks/callback.hpp>
#include <weir/stream/caf_host.hpp>

#include "temporary_directory.hpp"

using namespace std::chrono_literals;
using namespace weir;

namespace {

/// With an argument, since CAF 0.17 dereferences a null pointer to the tuple of none.
template <class Behavior>
caf::actor spawn(caf::actor_system& system, Behavior behavior) {
  return system.spawn([behavior](caf::event_based_actor* self, int /*unused*/) { return behavior(self); }, 0);
}

/// A CAF application with weir in it.
struct application {
  caf::actor_system_config config;
  caf::actor_system system{config};
  std::unique_ptr<engine> weir = make_engine(system);
};

using texts = std::vector<std::string>;

texts numbered(int first, int last) {
  texts made;
  for (auto i = first; i <= last; ++i)
    made.push_back("line " + std::to_string(i));
  return made;
}

/// What a receiver was given; by epoch, since an epoch may come again.
struct received {
  std::mutex mutex;
  std::map<std::int64_t, texts> epochs;

  texts all() {
    const std::lock_guard lock{mutex};
    texts rows;
    for (const auto& [epoch, some] : epochs)
      rows.insert(rows.end(), some.begin(), some.end());
    return rows;
  }
};

caf::behavior keep(caf::event_based_actor* /*self*/, const std::shared_ptr<received>& into) {
  return {
      [into](const output_rows& rows) {
        auto texts_of = rows.as<std::string>();
        if (texts_of.ok()) {
          const std::lock_guard lock{into->mutex};
          into->epochs[rows.epoch.value] = std::move(*texts_of);
        }
        return output_taken{texts_of.error()};
      },
  };
}

/// Sends lines, `batch` at a time, the next once the last were taken; then quits normally.
struct feeder_state {
  actor_input<std::string> to;
  texts lines;
  std::size_t batch;
  std::size_t next = 0;
};

void feed(caf::event_based_actor* self, const std::shared_ptr<feeder_state>& state) {
  if (state->next == state->lines.size()) {
    self->quit();
    return;
  }
  const auto count = std::min(state->batch, state->lines.size() - state->next);
  const std::span<const std::string> rows{state->lines.data() + state->next, count};
  state->next += count;
  self->request(state->to.address(), caf::infinite, input_rows::of(rows))
      .then([self, state](const input_taken& answer) {
        if (answer.outcome.ok())
          feed(self, state);
        else
          self->quit(caf::make_error(caf::sec::runtime_error, answer.outcome.message()));
      });
}

caf::behavior feeder(caf::event_based_actor* self, const std::shared_ptr<feeder_state>& state) {
  feed(self, state);
  return {[](int) {}};
}

streaming_query start(application& app, const actor_input<std::string>& from, const caf::actor& to,
                      const std::string& checkpoint = {}, std::int64_t buffer_rows = 1000) {
  return app.weir->read_stream(sources::actor<std::string>{.input = from, .buffer_rows = buffer_rows})
      .write_stream()
      .checkpoint_location(checkpoint)
      .start(sinks::actor{.receiver = to});
}

/// Sends rows and waits for the answer.
input_taken send_rows(caf::scoped_actor& self, const actor_input<std::string>& to, const input_rows& rows) {
  input_taken answer;
  self->request(to.address(), caf::infinite, rows)
      .receive([&](const input_taken& taken) { answer = taken; },
               [&](const caf::error& reason) { FAIL(self->system().render(reason)); });
  return answer;
}

std::string failure_of(const streaming_query& query) {
  try {
    if (!query.await_termination(30s))
      return "still running";
  } catch (const query_error& error) {
    return error.what();
  }
  return "ended well";
}

}  // namespace

TEST_CASE("an actor's lines go through a query to another actor, in order, all of them", "[caf]") {
  application app;
  const actor_input<std::string> input{app.system};
  const auto output = std::make_shared<received>();
  const auto printer = app.system.spawn(keep, output);
  const auto query = start(app, input, printer, {}, 16);
  const auto lines = numbered(1, 1000);
  caf::scoped_actor self{app.system};
  const auto from = app.system.spawn(feeder, std::make_shared<feeder_state>(feeder_state{input, lines, 7}));
  self->wait_for(from);
  CHECK(query.is_active());  // a feeder that quits normally only ends its input
  CHECK(query.drain(60s));
  CHECK(output->all() == lines);
  CHECK_THAT(query.explain(), Catch::Contains("source actor"));
  self->send_exit(printer, caf::exit_reason::user_shutdown);
}

TEST_CASE("rows are answered when there is room for them, which the receiver makes", "[caf]") {
  application app;
  const actor_input<std::string> input{app.system};
  caf::scoped_actor sends{app.system};
  caf::scoped_actor receives{app.system};
  const auto query = start(app, input, caf::actor_cast<caf::actor>(receives), {}, 4);
  sends->send(input.address(), input_rows::of(numbered(1, 100)));
  texts seen;
  while (seen.size() < 100)
    receives->receive([&](const output_rows& rows) {
      // A few epochs of 4 rows run ahead of the receiver (ten at the very most), and 4 rows wait.
      if (seen.size() < 50)
        CHECK_FALSE(sends->has_next_message());
      const auto some = *rows.as<std::string>();
      seen.insert(seen.end(), some.begin(), some.end());
      return output_taken{};
    });
  sends->receive([](const input_taken& answer) {
    CHECK(answer.rows == 100);
    CHECK(answer.outcome.ok());
  });
  CHECK(seen == numbered(1, 100));
  query.stop();
}

TEST_CASE("rows of other columns are refused; the query goes on", "[caf]") {
  application app;
  const actor_input<std::string> input{app.system};
  const auto output = std::make_shared<received>();
  const auto query = start(app, input, app.system.spawn(keep, output));
  caf::scoped_actor self{app.system};
  const auto refused = send_rows(self, input, input_rows::of(std::vector<int>{1, 2}));
  CHECK(refused.rows == 0);
  CHECK(refused.outcome.code() == errc::type_mismatch);
  CHECK(send_rows(self, input, {}).outcome.code() == errc::invalid_argument);
  CHECK(send_rows(self, input, input_rows::of(texts{})).outcome.ok());
  CHECK(send_rows(self, input, input_rows::of(texts{"good"})).rows == 1);
  self->request(input.address(), caf::infinite, 42)
      .receive([](int) { FAIL("an answer to what is no message of the input"); },
               [](const caf::error& reason) { CHECK(reason == caf::sec::unexpected_message); });
  CHECK(query.drain(60s));
  CHECK(output->all() == texts{"good"});
}

TEST_CASE("rows wait for the query to start, are refused after its end, and taken by the next", "[caf]") {
  application app;
  const actor_input<std::string> input{app.system};
  const auto output = std::make_shared<received>();
  const auto printer = app.system.spawn(keep, output);
  caf::scoped_actor self{app.system};
  self->send(input.address(), input_rows::of(texts{"early"}));
  const auto first = start(app, input, printer);
  self->receive([](const input_taken& answer) { CHECK(answer.rows == 1); });
  CHECK(first.drain(60s));
  CHECK(output->all() == texts{"early"});
  const auto late = send_rows(self, input, input_rows::of(texts{"late"}));
  CHECK(late.rows == 0);
  CHECK(late.outcome.code() == errc::stopped);

  const auto second = start(app, input, printer);
  second.process_all_available();
  const auto third = start(app, input, printer);
  CHECK_THAT(failure_of(third), Catch::Contains("used by another query"));
  CHECK(send_rows(self, input, input_rows::of(texts{"again"})).rows == 1);
  CHECK(second.drain(60s));
  CHECK(output->all() == texts{"again"});  // epoch 0 of another query
}

TEST_CASE("an actor that fed the query and ends with an error ends it", "[caf]") {
  application app;
  const actor_input<std::string> input{app.system};
  const auto output = std::make_shared<received>();
  const auto query = start(app, input, app.system.spawn(keep, output));
  caf::scoped_actor self{app.system};
  const auto fed = [&](bool says_end) {
    const auto here = caf::actor_cast<caf::actor>(self);
    const auto actor = spawn(app.system, [&input, says_end, here](caf::event_based_actor* me) {
      me->send(input.address(), input_rows::of(texts{"a"}));
      if (says_end)
        me->send(input.address(), input_end{});
      return caf::behavior{[me, here](const input_taken& answer) { me->send(here, answer); }};
    });
    for (auto answers = says_end ? 2 : 1; answers > 0; --answers)
      self->receive([](const input_taken& answer) { CHECK(answer.outcome.ok()); });
    self->send_exit(actor, caf::exit_reason::kill);
    self->wait_for(actor);
  };
  SECTION("an end without a word") {
    fed(false);
    const auto failure = failure_of(query);
    CHECK_THAT(failure, Catch::Contains("source_failed"));
    CHECK_THAT(failure, Catch::Contains("an actor that feeds actor-0 ended: "));
    CHECK_THAT(failure, Catch::Contains("kill"));
  }
  SECTION("after input_end it is free") {
    fed(true);
    CHECK(query.drain(60s));
    CHECK(output->all() == texts{"a"});
  }
}

TEST_CASE("a receiver that ends, or does not take an epoch, ends the query", "[caf]") {
  application app;
  const actor_input<std::string> input{app.system};
  caf::scoped_actor self{app.system};
  const auto fails_with = [&](const caf::actor& receiver) {
    const auto query = start(app, input, receiver);
    (void)send_rows(self, input, input_rows::of(texts{"a"}));
    return failure_of(query);
  };
  SECTION("it ends while the query idles") {
    const auto receiver = app.system.spawn(keep, std::make_shared<received>());
    const auto query = start(app, input, receiver);
    query.process_all_available();
    self->send_exit(receiver, caf::exit_reason::user_shutdown);
    const auto failure = failure_of(query);
    CHECK_THAT(failure, Catch::Contains("sink_failed: the receiving actor ended: "));
    CHECK_THAT(failure, Catch::Contains("query/actor-1"));
  }
  SECTION("it is gone at the start") {
    const auto receiver = app.system.spawn(keep, std::make_shared<received>());
    self->send_exit(receiver, caf::exit_reason::user_shutdown);
    self->wait_for(receiver);
    const auto query = start(app, input, receiver);
    CHECK_THAT(failure_of(query), Catch::Contains("the receiving actor ended"));
  }
  SECTION("it does not know the message") {
    const auto receiver = spawn(app.system, [](caf::event_based_actor* me) {
      me->set_default_handler(caf::drop);
      return caf::behavior{[](int) {}};
    });
    CHECK_THAT(fails_with(receiver), Catch::Contains("the receiving actor did not take the epoch: "));
  }
  SECTION("it answers with something else") {
    const auto receiver = spawn(app.system, [](caf::event_based_actor*) {
      return caf::behavior{[](const output_rows&) { return std::string{"thanks"}; }};
    });
    CHECK_THAT(fails_with(receiver), Catch::Contains("the receiving actor did not take the epoch: "));
  }
  SECTION("it refuses") {
    const auto receiver = spawn(app.system, [](caf::event_based_actor*) {
      return caf::behavior{[](const output_rows&) { return output_taken{{errc::disk_full, "no room"}}; }};
    });
    const auto failure = fails_with(receiver);
    CHECK_THAT(failure, Catch::Contains("disk_full: no room"));
    CHECK_THAT(failure, Catch::Contains("epoch 0"));
  }
  CHECK(sinks::actor{}.open().error().code() == errc::invalid_argument);
}

TEST_CASE("a stop does not wait for a receiver that never answers, nor for rows that found no room", "[caf]") {
  application app;
  const actor_input<std::string> input{app.system};
  caf::scoped_actor silent{app.system};
  const auto query = start(app, input, caf::actor_cast<caf::actor>(silent), {}, 4);
  caf::scoped_actor self{app.system};
  self->send(input.address(), input_rows::of(numbered(1, 100)));
  silent->receive([&](const output_rows&) {
    CHECK(query.stop(30s));
    return output_taken{};
  });
  self->receive([](const input_taken& answer) {
    CHECK(answer.rows > 0);
    CHECK(answer.rows < 100);
    CHECK(answer.outcome.code() == errc::stopped);
  });
}

TEST_CASE("with a checkpoint no answered row is lost, and none is doubled, through stops", "[caf][threads]") {
  const weir_test::temporary_directory directory;
  const auto output = std::make_shared<received>();
  texts sent;
  for (int round = 0; round < 5; ++round) {
    application app;
    {
      const actor_input<std::string> input{app.system};
      const auto query = start(app, input, app.system.spawn(keep, output), directory.path());
      caf::scoped_actor self{app.system};
      for (int i = 0; i < 20; ++i) {
        const auto lines = numbered(round * 1000 + i * 10, round * 1000 + i * 10 + 9);
        CHECK(send_rows(self, input, input_rows::of(lines)).rows == 10);
        sent.insert(sent.end(), lines.begin(), lines.end());
      }
      if (round < 4)
        query.stop();
      else
        CHECK(query.drain(60s));
    }
  }
  CHECK(output->all() == sent);
}
