#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <weir/stream/engine.hpp>

namespace CLI {
class App;
}

/// The command line of the programs over the files of event_generator.
struct event_job_options {
  std::string program;  ///< not an option: the query's name
  std::string input;
  std::string output;
  std::string format = "json";
  std::string checkpoint;
  std::string trigger = "0s";
  std::optional<std::int64_t> max_files;
  bool progress = false;

  bool parquet() const { return format == "parquet"; }
};

/// One of these programs.
struct event_job {
  std::string program;
  std::string about;                            ///< the first lines of `--help`
  std::optional<std::int64_t> max_files = {};   ///< default of `--max-files`
  std::function<void(CLI::App&)> options = {};  ///< adds options of its own
  /// Composes and starts the query. May throw analysis_error and query_error.
  std::function<weir::streaming_query(weir::engine&, const event_job_options&)> start = {};
};

/// The events of the input directory: event_id, timestamp, user_id, event_type, value.
weir::dataframe read_events(weir::engine& engine, const event_job_options& options);
/// Starts the query that writes `rows` to the output directory as JSON lines or Parquet.
weir::streaming_query write_rows(const weir::dataframe& rows, weir::output_mode mode, const event_job_options& options);
/// The program's main(): its exit code is 2 for bad options, 1 when the query was refused or failed.
int run_event_job(const event_job& job, int argc, char** argv);
