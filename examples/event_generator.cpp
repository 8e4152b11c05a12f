// Events as files of JSON lines that appear in a directory one after the other, each whole: what the programs over
// files of events read.
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <limits>
#include <optional>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <weir/columns/time.hpp>

#include "interval_option.hpp"

namespace {

namespace asio = boost::asio;

struct options {
  std::string output;
  int events = 100;
  std::string interval = "5s";
  std::optional<std::int64_t> files;
  std::uint64_t seed = 1;
  std::string start;
  bool at_once = false;
};

/// Makes up events; the same seed and times give the same ones on every machine.
class event_maker {
public:
  explicit event_maker(std::uint64_t seed) : random_{seed} {}

  /// {"event_id":"...","timestamp":"...","user_id":"user-7","event_type":"click","value":12.34}, of a time up to 60 s
  /// before `now`.
  std::string next(weir::timestamp now) {
    constexpr std::array types{"view", "click", "purchase", "login", "logout"};
    const auto id = random_();
    const auto late = std::chrono::milliseconds{below(60'001)};
    const auto user = below(20);
    const auto* const type = types.at(below(types.size()));
    const auto cents = below(10'000);
    std::ostringstream line;
    line << R"({"event_id":")" << std::hex << std::setfill('0') << std::setw(16) << id << std::dec
         << R"(","timestamp":")" << weir::format_iso(now - late) << R"(","user_id":"user-)" << user
         << R"(","event_type":")" << type << R"(","value":)" << cents / 100 << '.' << std::setw(2) << cents % 100
         << "}\n";
    return line.str();
  }

private:
  // The standard's distributions differ from library to library.
  std::uint64_t below(std::uint64_t end) { return random_() % end; }

  std::mt19937_64 random_;
};

/// Writes `text` to a file that has its name only once it is whole; readers leave hidden names out.
void write_whole(const std::filesystem::path& directory, const std::string& name, const std::string& text) {
  const auto hidden = directory / ("." + name);
  std::ofstream file{hidden, std::ios::binary | std::ios::trunc};
  file << text;
  file.close();
  if (!file) {
    std::error_code ignored;
    std::filesystem::remove(hidden, ignored);
    throw std::runtime_error{hidden.string() + ": cannot be written"};
  }
  std::filesystem::rename(hidden, directory / name);
}

/// "events-20260101T000005000.jsonl": in the order of the files' times.
std::string file_name(weir::timestamp time) {
  std::string digits;
  for (const auto c : weir::format_iso(time))
    if ((c >= '0' && c <= '9') || c == 'T')
      digits += c;
  return "events-" + digits + ".jsonl";
}

/// Writes a file an interval until it has written all, or is told to end.
class generator {
public:
  generator(asio::io_context& loop, options given, std::chrono::microseconds interval,
            std::optional<weir::timestamp> start)
      : loop_{loop}, timer_{loop}, signals_{loop, SIGINT, SIGTERM}, given_{std::move(given)}, interval_{interval},
        time_{start}, events_{given_.seed} {
    std::filesystem::create_directories(given_.output);
    signals_.async_wait([this](const auto& error, int /*signal*/) {
      if (!error)
        end();
    });
    asio::post(loop_, [this] { work(); });
  }

private:
  void work() {
    if (ended_)
      return;
    write_file();
    if (++written_ == given_.files)
      return end();
    if (given_.at_once) {
      asio::post(loop_, [this] { work(); });
      return;
    }
    due_ += interval_;
    timer_.expires_at(due_);
    timer_.async_wait([this](const auto& error) {
      if (!error)
        work();
    });
  }

  void write_file() {
    const auto now = time_ ? *time_ : std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    std::string text;
    for (int i = 0; i < given_.events; ++i)
      text += events_.next(now);
    const auto name = file_name(now);
    write_whole(given_.output, name, text);
    std::cout << name << ": " << given_.events << " events" << std::endl;
    if (time_)
      *time_ += interval_;
  }

  void end() {
    ended_ = true;
    timer_.cancel();
    signals_.cancel();
    std::cout << written_ << " files, " << written_ * given_.events << " events" << std::endl;
  }

  asio::io_context& loop_;
  asio::steady_timer timer_;
  asio::signal_set signals_;
  options given_;
  std::chrono::microseconds interval_;
  std::optional<weir::timestamp> time_;  ///< of the next file; without it, the present
  event_maker events_;
  std::chrono::steady_clock::time_point due_ = std::chrono::steady_clock::now();
  std::int64_t written_ = 0;
  bool ended_ = false;
};

/// Throws CLI::ValidationError.
std::chrono::microseconds checked_interval(const std::string& text) {
  const auto interval = parse_interval_option(text);
  if (!interval || *interval < std::chrono::milliseconds{1})
    throw CLI::ValidationError{"--interval", "'" + text + "': expected at least 1ms, such as 5s or 250ms"};
  return *interval;
}

/// Throws CLI::ValidationError.
std::optional<weir::timestamp> checked_start(const std::string& text) {
  if (text.empty())
    return std::nullopt;
  const auto start = weir::parse_iso(text);
  if (!start.ok())
    throw CLI::ValidationError{"--start", "'" + text + "': expected a time such as 2026-01-01T00:00:00Z"};
  return *start;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  options given;
  std::chrono::microseconds interval{};
  std::optional<weir::timestamp> start;
  CLI::App app{"Writes made-up events into a directory, a file of JSON lines an interval. A file appears whole."};
  app.add_option("--output", given.output, "directory that the files appear in")->required();
  app.add_option("--events", given.events, "events a file")->check(CLI::Range(1, 10'000'000))->capture_default_str();
  app.add_option("--interval", given.interval, "time from file to file, such as 5s or 250ms")->capture_default_str();
  auto* files = app.add_option("--files", given.files, "files to write (default: until interrupted)")
                    ->check(CLI::Range(std::int64_t{1}, most, "POSITIVE"));
  app.add_option("--seed", given.seed, "another seed gives other events")->capture_default_str();
  auto* from =
      app.add_option("--start", given.start,
                     "time of the first file, such as 2026-01-01T00:00:00Z; each next one is an interval later. "
                     "With a seed the files are then always the same (default: the time of day)");
  app.add_flag("--at-once", given.at_once, "do not wait between files")->needs(files)->needs(from);
  app.footer("An event's timestamp lies up to 60 s before its file's time.\n"
             "Exit codes: 0, also after SIGINT; 1 when a file cannot be written; 2 for bad options.");
  try {
    app.parse(argc, argv);
    interval = checked_interval(given.interval);
    start = checked_start(given.start);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    asio::io_context loop;
    const generator running{loop, given, interval, start};
    loop.run();
  } catch (const std::exception& error) {
    std::cerr << "event_generator: " << error.what() << '\n';
    return 1;
  }
}
