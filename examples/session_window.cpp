// Custom session windows: lines `sessionId,winAmount[,deposit]` from a socket or from files, a running sum a
// session, closed by a deposit.
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "line_feeder.hpp"
#include "running_query.hpp"
#include "session_options.hpp"
#include "session_query.hpp"

namespace {

int run(const session_options& options, const stop_signals& signals) {
  std::unique_ptr<line_feeder> feeder;
  if (options.feed)
    feeder =
        std::make_unique<line_feeder>(line_feeder::options{static_cast<std::uint16_t>(options.port), options.feed_lines,
                                                           std::chrono::milliseconds{options.feed_interval_ms}, 1});
  weir::engine engine;
  if (options.progress)
    engine.streams().add_listener(std::make_shared<progress_printer>());
  const auto query = start_session_query(engine, options);
  while (query.is_active()) {
    // The last line has left the feeder: what the socket still holds is read before the drain.
    const auto fed = feeder && feeder->done();
    if (signals.wait(std::chrono::milliseconds{fed ? 200 : 20}) || fed) {
      if (!query.drain(std::chrono::seconds{5}))
        std::cerr << "session_window: stopped before all input was finished\n";
      break;
    }
  }
  if (const auto error = query.exception())
    throw weir::query_error{*error};
  engine.streams().flush_listeners();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  session_options options;
  CLI::App app{"Custom session windows: sums lines `sessionId,winAmount[,deposit]` by session; a deposit closes it."};
  add_options(app, options);
  try {
    app.parse(argc, argv);
    check_options(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const stop_signals signals;
  try {
    return run(options, signals);
  } catch (const std::exception& error) {
    std::cerr << "session_window: " << error.what() << '\n';
    return 1;
  }
}
