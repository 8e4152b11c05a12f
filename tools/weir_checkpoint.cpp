// weir-checkpoint: shows what a checkpoint holds, and drops what a sink that is gone still has to commit.
#include <iostream>
#include <limits>
#include <string>

#include <CLI/CLI.hpp>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <weir/state/checkpoint.hpp>
#include <weir/state/checkpoint_view.hpp>
#include <weir/state/discard.hpp>

#include "checkpoint_json.hpp"
#include "checkpoint_text.hpp"
#include "state_table.hpp"

namespace {

struct checkpoint_command {
  std::string directory;
  std::string state_of;
  bool json = false;
  std::int64_t rows = std::numeric_limits<std::int64_t>::max();
  std::string sink;
  std::int64_t epoch = 0;
};

weir::logger_ptr stderr_logger() {
  auto log = spdlog::stderr_logger_st("weir-checkpoint");
  log->set_pattern("weir-checkpoint: %v");
  return log;
}

weir::status show(const checkpoint_command& command) {
  const auto files = weir::make_local_storage();
  if (!command.state_of.empty()) {
    WEIR_ASSIGN(const auto rows, weir::view_state(files, command.directory, command.state_of, stderr_logger()));
    return print_state(rows, command.json, command.rows, std::cout);
  }
  WEIR_ASSIGN(const auto view, weir::view_checkpoint(files, command.directory));
  std::cout << (command.json ? checkpoint_json(view) : checkpoint_text(command.directory, view));
  return {};
}

weir::status discard(const checkpoint_command& command) {
  WEIR_ASSIGN(const auto token, weir::discard_token(weir::make_local_storage(), command.directory, command.sink,
                                                    weir::epoch_id{command.epoch},
                                                    weir::lock_owner("weir-checkpoint discard"), stderr_logger()));
  std::cout << "discarded epoch " << command.epoch << " of sink " << command.sink << ": " << token_text(token) << '\n';
  return {};
}

/// Without a trailing slash, so that messages name files as one would type them.
std::string plain_directory(std::string path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.pop_back();
  return path;
}

}  // namespace

int main(int argc, char** argv) {
  checkpoint_command command;
  CLI::App app{"Shows what the checkpoint of a weir query holds, and settles what a sink left in it.",
               "weir-checkpoint"};
  app.require_subcommand(1);
  app.footer("Examples:\n"
             "  weir-checkpoint show checkpoints/sessions\n"
             "  weir-checkpoint show checkpoints/sessions --json | jq 'select(.record == \"epoch\")'\n"
             "  weir-checkpoint show checkpoints/sessions --state map_groups_with_state-0\n"
             "  weir-checkpoint discard checkpoints/sessions --sink jsonl-0 --epoch 41\n"
             "\n"
             "Exit codes: 0; 1 when the checkpoint cannot be read or the call is refused; 2 for bad options.");
  auto* shows = app.add_subcommand("show", "Print identity, plan, log, snapshots and spools. Only reads: the query may "
                                           "run meanwhile.");
  shows->add_option("directory", command.directory, "the checkpoint")->required();
  auto* state = shows->add_option("--state", command.state_of,
                                  "print this operator's state instead, as a restart "
                                  "would find it");
  shows->add_flag("--json", command.json, "print JSON lines");
  shows->add_option("--rows", command.rows, "rows of state at most")
      ->check(CLI::Range(1L, std::numeric_limits<std::int64_t>::max(), "POSITIVE"))
      ->needs(state);
  auto* discards = app.add_subcommand(
      "discard", "Note that a sink has committed an epoch, without calling it: its rows of that epoch are dropped. For "
                 "a sink that is gone; the query must not run.");
  discards->add_option("directory", command.directory, "the checkpoint")->required();
  discards->add_option("--sink", command.sink, "the sink's name, as show prints it")->required();
  discards->add_option("--epoch", command.epoch, "the epoch, the oldest that the sink has not committed")
      ->required()
      ->check(CLI::Range(0L, std::numeric_limits<std::int64_t>::max(), "NONNEGATIVE"));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  command.directory = plain_directory(command.directory);
  try {
    auto outcome = shows->parsed() ? show(command) : discard(command);
    if (outcome.ok() && !std::cout.flush())
      outcome = {weir::errc::io_error, "standard output cannot be written"};
    if (outcome.ok())
      return 0;
    std::cerr << "weir-checkpoint: " << outcome.to_string() << '\n';
  } catch (const std::exception& error) {
    std::cerr << "weir-checkpoint: " << error.what() << '\n';
  }
  return 1;
}
