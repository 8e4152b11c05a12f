// The session-window job inside a CAF application, composed by hand: an actor of the application feeds lines through
// sources::actor, the graph runs on the application's actor system, and another of its actors prints what comes out.
//
//     actor_graph            prints session,balance for each deposit of the lines below
#include <iostream>

#include <caf/all.hpp>

#include <weir/operators/group_function.hpp>
#include <weir/operators/map.hpp>
#include <weir/stream/caf_host.hpp>
#include <weir/stream/graph.hpp>

#include "session_job.hpp"

namespace {

const std::vector<std::string> all_lines{"anna,12.5",    "bert,3",      "anna,6.5", "bert,4,true",
                                         "anna,20,true", "cleo,1,true", "bert,8",   "bert,0.25,true"};

/// Sends lines two at a time; the answer, which comes when the query has room, asks for the next.
caf::behavior feeder(caf::event_based_actor* self, const weir::actor_input<std::string>& query) {
  self->send(self, std::size_t{0});
  return {
      [=](std::size_t next) {
        if (next == all_lines.size()) {
          self->quit();
          return;
        }
        const auto count = std::min<std::size_t>(2, all_lines.size() - next);
        const std::span lines{all_lines.data() + next, count};
        self->request(query.address(), caf::infinite, weir::input_rows::of(lines))
            .then([=](const weir::input_taken& answer) {
              if (answer.outcome.ok())
                self->send(self, next + count);
              else
                self->quit(caf::make_error(caf::sec::runtime_error, answer.outcome.to_string()));
            });
      },
  };
}

/// Prints the rows of an epoch; the answer commits it.
caf::behavior printer(caf::event_based_actor* /*self*/, std::ostream* out) {
  return {
      [out](const weir::output_rows& epoch) {
        const auto rows = epoch.as<session_update>();
        if (!rows.ok())
          return weir::output_taken{rows.error()};
        for (const auto& row : *rows)
          *out << row.session_id << ',' << row.current_balance << '\n';
        return weir::output_taken{};
      },
  };
}

/// Sources, operators and sinks as nodes, and the edges between them.
weir::execution_graph session_graph(const weir::actor_input<std::string>& from, caf::actor to) {
  using parse = weir::map_operator<std::string, transaction, decltype(&parse_transaction)>;
  using sessions = weir::group_function_operator<std::string, transaction, session_total, session_update, true,
                                                 decltype(&close_at_every_deposit)>;
  weir::group_options grouping;
  grouping.mode = weir::output_mode::append;
  grouping.input = weir::row_schema<transaction>();
  grouping.key_columns = {grouping.input.index_of("session_id")};

  weir::graph graph;
  const auto lines = graph.add_source("lines", weir::sources::actor<std::string>{.input = from});
  const auto parsed =
      graph.add_operator("parse", std::make_shared<parse>(&parse_transaction, weir::row_step_options{}), {lines});
  const auto closed =
      graph.add_operator("sessions", std::make_shared<sessions>(&close_at_every_deposit, grouping), {parsed});
  graph.add_sink("printer", weir::sinks::actor{.receiver = std::move(to)}, closed);
  return graph.build({.name = "sessions"});
}

/// Feeds all lines through the query and waits until what they make was printed.
void run(caf::actor_system& system) {
  const auto engine = weir::make_engine(system);
  const weir::actor_input<std::string> input{system};
  const auto query = engine->start(session_graph(input, system.spawn(printer, &std::cout)));
  caf::scoped_actor self{system};
  self->wait_for(system.spawn(feeder, input));
  query.drain(std::chrono::seconds{30});
}

}  // namespace

int main() {
  caf::actor_system_config config;
  caf::actor_system system{config};
  try {
    run(system);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "actor_graph: " << error.what() << '\n';
    return 1;
  }
}
