#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class App;
}

/// The command line of session_window.
struct session_options {
  std::string host = "localhost";
  int port = 9999;
  std::string input;  ///< a directory of line files, instead of the socket
  bool feed = false;
  int feed_lines = 40;
  int feed_interval_ms = 100;
  std::string trigger = "0s";
  std::optional<std::int64_t> max_rows;
  std::optional<std::int64_t> max_files;
  std::string checkpoint;
  int partitions = 2;
  std::string mode = "per-epoch";
  std::string sink = "console";
  std::string on_error = "fail";
  bool retry = false;
  bool progress = false;
  bool explain = false;
};

void add_options(CLI::App& app, session_options& options);
/// Throws CLI::ValidationError naming the option, its value and what is allowed.
void check_options(const session_options& options);
