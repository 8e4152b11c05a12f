#include "session_options.hpp"

#include <cstdint>
#include <limits>

#include <CLI/CLI.hpp>

#include "trigger_option.hpp"

namespace {

// CLI11's own PositiveNumber prints its upper end with 309 digits.
constexpr auto most = std::numeric_limits<int>::max();

}  // namespace

void add_options(CLI::App& app, session_options& options) {
  auto* host = app.add_option("--host", options.host, "server to read lines from")->capture_default_str();
  auto* port = app.add_option("--port", options.port, "its port")->check(CLI::Range(1, 65535))->capture_default_str();
  app.add_option("--input", options.input, "read the files of this directory instead (.gz and .zst too)")
      ->excludes(port)
      ->excludes(host);
  app.add_flag("--feed", options.feed, "start a local feeder on the port, and end when it has sent its lines");
  app.add_option("--feed-lines", options.feed_lines, "lines that the feeder sends")
      ->check(CLI::Range(1, most, "POSITIVE"))
      ->capture_default_str();
  app.add_option("--feed-interval", options.feed_interval_ms, "milliseconds between them")
      ->check(CLI::Range(0, most, "NONNEGATIVE"))
      ->capture_default_str();
  app.add_option("--trigger", options.trigger,
                 "when epochs start: 0s (as soon as rows are there), an interval such as 2s, once, available-now")
      ->capture_default_str();
  app.add_option("--max-rows", options.max_rows, "rows an epoch takes at most")
      ->check(CLI::Range(1L, std::numeric_limits<std::int64_t>::max(), "POSITIVE"));
  app.add_option("--max-files", options.max_files, "files an epoch opens at most")
      ->check(CLI::Range(1L, std::numeric_limits<std::int64_t>::max(), "POSITIVE"));
  app.add_option("--checkpoint", options.checkpoint, "directory that makes the query durable");
  app.add_option("--partitions", options.partitions, "partitions of the keyed state")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--mode", options.mode,
                 "per-epoch (a row for each session that an epoch touched) or every-deposit (deposit rows only)")
      ->check(CLI::IsMember({"per-epoch", "every-deposit"}))
      ->capture_default_str();
  app.add_option("--sink", options.sink, "console, csv (to stdout), jsonl:DIR or null")->capture_default_str();
  app.add_option("--on-error", options.on_error,
                 "what happens to a line that cannot be read: fail, skip or dead-letter:FILE")
      ->capture_default_str();
  app.add_flag("--retry", options.retry, "connect again when the server is away");
  app.add_flag("--progress", options.progress, "a line of progress JSON for each epoch on stderr");
  app.add_flag("--explain", options.explain, "print the graph before it runs, on stderr");
}

void check_options(const session_options& options) {
  (void)parse_trigger(options.trigger);
  const auto names = [](const std::string& text, std::string_view prefix) {
    return text.starts_with(prefix) && text.size() > prefix.size();
  };
  if (options.sink != "console" && options.sink != "csv" && options.sink != "null" && !names(options.sink, "jsonl:"))
    throw CLI::ValidationError{"--sink", "'" + options.sink + "': expected console, csv, jsonl:DIR or null"};
  if (options.on_error != "fail" && options.on_error != "skip" && !names(options.on_error, "dead-letter:"))
    throw CLI::ValidationError{"--on-error", "'" + options.on_error + "': expected fail, skip or dead-letter:FILE"};
  if (options.feed && !options.input.empty())
    throw CLI::ValidationError{"--feed", "needs the socket, not --input"};
  if (options.max_files && options.input.empty())
    throw CLI::ValidationError{"--max-files", "needs --input"};
}
