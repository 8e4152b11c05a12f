#include "event_job.hpp"

#include <filesystem>
#include <limits>
#include <system_error>

#include <CLI/CLI.hpp>

#include <weir/sinks/files.hpp>
#include <weir/sinks/parquet.hpp>
#include <weir/sources/json_files.hpp>

#include "running_query.hpp"
#include "trigger_option.hpp"

namespace {

void add_options(CLI::App& app, event_job_options& options) {
  app.add_option("--input", options.input, "directory of the events' files, as event_generator writes them")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--output", options.output, "directory for the result")->required();
  app.add_option("--format", options.format, "of the result: json (lines) or parquet")
      ->check(CLI::IsMember({"json", "parquet"}))
      ->capture_default_str();
  app.add_option("--checkpoint", options.checkpoint,
                 "directory that makes the query durable: the next start goes on where this one ended");
  app.add_option("--trigger", options.trigger,
                 "when epochs start: 0s (as soon as files are there), an interval such as 5s, once, available-now")
      ->capture_default_str();
  app.add_option("--max-files", options.max_files, "files an epoch takes at most (once takes all)")
      ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max(), "POSITIVE"))
      ->capture_default_str();
  app.add_flag("--progress", options.progress, "a line of progress JSON for each epoch on stderr");
  app.footer("It goes on until SIGINT or SIGTERM, or to the end with --trigger once and available-now.\n"
             "Exit codes: 0, also after SIGINT; 1 when the query is refused or fails; 2 for bad options.");
}

/// Throws CLI::ValidationError.
void check_options(const event_job_options& options) {
  (void)parse_trigger(options.trigger);
  std::error_code none_there_yet;
  if (std::filesystem::equivalent(options.input, options.output, none_there_yet))
    throw CLI::ValidationError{"--output", "'" + options.output + "': is the input, too"};
}

}  // namespace

weir::dataframe read_events(weir::engine& engine, const event_job_options& options) {
  return engine.read_stream(weir::sources::json_files{
      .path = options.input,
      .schema = {{"event_id", weir::utf8},
                 {"timestamp", weir::timestamp_type},
                 {"user_id", weir::utf8},
                 {"event_type", weir::utf8},
                 {"value", weir::float64}},
      .order = weir::sources::file_order::by_name,  // in the order of the files' times, whenever they were copied
      .max_files_per_trigger = options.max_files});
}

weir::streaming_query write_rows(const weir::dataframe& rows, weir::output_mode mode,
                                 const event_job_options& options) {
  const auto writer = rows.write_stream()
                          .query_name(options.program)
                          .output_mode(mode)
                          .trigger(parse_trigger(options.trigger))
                          .checkpoint_location(options.checkpoint);
  if (options.parquet())
    return writer.start(weir::sinks::parquet{.path = options.output});
  return writer.start(weir::sinks::jsonl{.path = options.output});
}

int run_event_job(const event_job& job, int argc, char** argv) {
  event_job_options options;
  options.program = job.program;
  options.max_files = job.max_files;
  CLI::App app{job.about};
  add_options(app, options);
  if (job.options)
    job.options(app);
  try {
    app.parse(argc, argv);
    check_options(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run_query(job.program, options.progress, [&](weir::engine& engine) { return job.start(engine, options); });
}
