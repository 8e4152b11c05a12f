// From the socket to the committed row: a feeder sends lines at a steady rate, a query with a durable checkpoint sums
// them by session, or counts JSON documents by user and window, and each line's time from just before its send() to the
// commit of the epoch that took it is measured.
// Beside it runs a hiccup meter, a thread that only sleeps: where that is late, the machine was, not weir.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <sys/resource.h>
#include <sys/socket.h>

#include <weir/sinks/callback.hpp>
#include <weir/sources/socket.hpp>
#include <weir/stream/engine.hpp>

#include "session_job.hpp"

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct numbered {
  double number;
};
BOOST_DESCRIBE_STRUCT(numbered, (), (number))

/// The session job, but a row for each line, so that each line's time is known: winAmount is the line's number.
std::vector<numbered> each_line(std::string_view /*id*/, std::span<const transaction> events,
                                weir::group_state<session_total>& state) {
  auto total = state.exists() ? state.get() : session_total{};
  std::vector<numbered> rows;
  rows.reserve(events.size());
  for (const auto& e : events) {
    total.total_sum += e.win_amount;
    rows.push_back({e.win_amount});
  }
  state.update(total);
  return rows;
}

struct settings {
  int rate = 1000;
  int seconds = 60;
  int keys = 1000;
  int partitions = 2;
  std::size_t threads = 0;
  std::string checkpoint;
  std::string job = "sessions";
};

/// Line `i` as the job reads it.
std::string line_of(const settings& options, std::size_t i) {
  const auto key = i % static_cast<std::size_t>(options.keys);
  if (options.job == "sessions")
    return "sess-" + std::to_string(key) + ',' + std::to_string(i) + '\n';
  const auto second = 1'700'000'000 + i / static_cast<std::size_t>(options.rate);
  return R"({"user":"user-)" + std::to_string(key) + R"(","time":)" + std::to_string(second) + R"(,"number":)" +
         std::to_string(i) + "}\n";
}

/// Serves one client: line i at start + i / rate, in a write of its own.
class feeder {
public:
  explicit feeder(const settings& of)
      : settings_{of}, sent_(static_cast<std::size_t>(of.rate) * static_cast<std::size_t>(of.seconds)),
        acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}}, thread_{[this] { run(); }} {}
  ~feeder() {
    stopped_ = true;
    stopped_.notify_all();
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // where no client came
    thread_.join();
  }
  feeder(const feeder&) = delete;
  feeder& operator=(const feeder&) = delete;

  int port() const { return acceptor_.local_endpoint().port(); }
  std::size_t lines() const { return sent_.size(); }
  steady::time_point sent(std::size_t line) const { return steady::time_point{steady::duration{sent_[line].load()}}; }

private:
  void run() {
    boost::system::error_code none;
    auto peer = acceptor_.accept(none);
    if (none)
      return;
    peer.set_option(boost::asio::ip::tcp::no_delay{true});
    const auto start = steady::now();
    std::string line;
    for (std::size_t i = 0; i < sent_.size() && !stopped_; ++i) {
      std::this_thread::sleep_until(start + std::chrono::nanoseconds{1s} * i / settings_.rate);
      line = line_of(settings_, i);
      sent_[i] = steady::now().time_since_epoch().count();
      boost::asio::write(peer, boost::asio::buffer(line));
    }
    stopped_.wait(false);
  }

  settings settings_;
  std::vector<std::atomic<steady::rep>> sent_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

class hiccup_meter {
public:
  hiccup_meter() : thread_{[this] { run(); }} {}
  ~hiccup_meter() { stop(); }
  hiccup_meter(const hiccup_meter&) = delete;
  hiccup_meter& operator=(const hiccup_meter&) = delete;

  std::vector<double> stop() {
    stopped_ = true;
    if (thread_.joinable())
      thread_.join();
    return late_;
  }

private:
  void run() {
    while (!stopped_) {
      const auto due = steady::now() + 1ms;
      std::this_thread::sleep_until(due);
      late_.push_back(std::chrono::duration<double, std::milli>{steady::now() - due}.count());
    }
  }

  std::vector<double> late_;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

double percentile(std::vector<double>& sorted, double part) {
  if (sorted.empty())
    return std::nan("");
  std::ranges::sort(sorted);
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double resident_megabytes() {
  std::ifstream status{"/proc/self/statm"};
  double pages = 0;
  status >> pages >> pages;
  return pages * 4096 / 1e6;
}

/// What has been committed, and how long after it was sent.
struct outcome {
  std::vector<double> latencies;
  std::atomic<std::size_t> committed = 0;
  std::atomic<std::int64_t> epochs = 0;
  std::size_t warm_up = 0;

  void add(const feeder& lines, std::size_t line, steady::time_point now) {
    if (line >= warm_up)
      latencies.push_back(std::chrono::duration<double, std::milli>{now - lines.sent(line)}.count());
  }
};

weir::streaming_query start_sessions(weir::engine& engine, weir::query_options query, const feeder& lines,
                                     outcome& seen) {
  query.mode = weir::output_mode::append;
  return engine.read_stream(weir::sources::socket{.host = "127.0.0.1", .port = lines.port()})
      .map(parse_transaction)
      .group_by_key(&transaction::session_id)
      .flat_map_groups_with_state<session_total>(weir::output_mode::append, each_line)
      .write_stream()
      .options(query)
      .start(weir::sinks::callback<numbered>{[&](weir::epoch_id, std::span<const numbered> rows) {
        const auto now = steady::now();
        for (const auto& row : rows)
          seen.add(lines, static_cast<std::size_t>(row.number), now);
        ++seen.epochs;
        seen.committed += rows.size();
      }});
}

/// A row is a group's, with the number of its newest line; an epoch takes lines in order, so it took all up to the
/// newest of its groups.
struct newest {
  std::optional<std::int64_t> number;
};
BOOST_DESCRIBE_STRUCT(newest, (), (number))

weir::streaming_query start_windows(weir::engine& engine, weir::query_options query, const feeder& lines,
                                    outcome& seen) {
  using weir::col;
  query.mode = weir::output_mode::update;
  return engine.read_stream(weir::sources::socket{.host = "127.0.0.1", .port = lines.port()})
      .to_df()
      .select(weir::from_json(col("value"), "user STRING, time TIMESTAMP, number BIGINT").as("data"))
      .select("data.*")
      .with_watermark("time", "10 seconds")
      .group_by(weir::window(col("time"), "10 seconds"), "user")
      .agg(weir::count(), weir::max(col("number")).as("number"))
      .select("number")
      .as<newest>()
      .write_stream()
      .options(query)
      .start(weir::sinks::callback<newest>{[&](weir::epoch_id, std::span<const newest> rows) {
        const auto now = steady::now();
        auto end = seen.committed.load();
        for (const auto& row : rows)
          end = std::max(end, static_cast<std::size_t>(row.number.value_or(-1) + 1));
        for (auto line = seen.committed.load(); line < end; ++line)
          seen.add(lines, line, now);
        ++seen.epochs;
        seen.committed = end;
      }});
}

void run(const settings& options) {
  feeder lines{options};
  outcome seen;
  seen.latencies.reserve(lines.lines());
  // The first second's lines do not count, or the first half of a shorter run.
  seen.warm_up = std::min(static_cast<std::size_t>(options.rate), lines.lines() / 2);

  weir::engine engine{{.threads = options.threads}};
  weir::query_options query;
  query.name = "latency";
  query.checkpoint_location = options.checkpoint;
  query.partitions = options.partitions;
  const auto running = options.job == "sessions" ? start_sessions(engine, query, lines, seen)
                                                 : start_windows(engine, query, lines, seen);

  std::optional<hiccup_meter> meter;
  if (options.rate > 0)
    meter.emplace();  // it wakes up 1,000 times a second, which an idle query must not be charged with
  const auto cpu_before = cpu_seconds();
  const auto begin = steady::now();
  if (options.rate == 0)
    std::this_thread::sleep_for(std::chrono::seconds{options.seconds});
  while (seen.committed < lines.lines())
    if (running.await_termination(10ms))  // throws what the query failed with
      throw std::runtime_error{"the query has ended"};
  const std::chrono::duration<double> wall = steady::now() - begin;
  const auto cpu = (cpu_seconds() - cpu_before) / wall.count() * 100;
  auto late = meter ? meter->stop() : std::vector<double>{};
  running.stop();

  if (options.rate == 0)
    std::printf("idle %d s: %.2f %% of a core, RSS %.0f MB\n", options.seconds, cpu, resident_megabytes());
  else
    std::printf(
        "%d lines/s, %d s: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, max %.2f ms; %.1f rows an epoch; %.0f %% of "
        "a core with the feeder; RSS %.0f MB; hiccups p99.9 %.2f ms, max %.2f ms\n",
        options.rate, options.seconds, percentile(seen.latencies, 0.5), percentile(seen.latencies, 0.99),
        percentile(seen.latencies, 0.999), percentile(seen.latencies, 1),
        static_cast<double>(seen.committed.load()) / static_cast<double>(seen.epochs.load()), cpu, resident_megabytes(),
        percentile(late, 0.999), percentile(late, 1));
}

}  // namespace

int main(int argc, char** argv) {
  settings options;
  CLI::App app{"Times lines from a socket to their committed rows; --rate 0 measures an idle query."};
  app.add_option("--rate", options.rate, "Lines a second")->check(CLI::NonNegativeNumber)->capture_default_str();
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--keys", options.keys)->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--partitions", options.partitions)->check(CLI::Range(1, 256))->capture_default_str();
  app.add_option("--job", options.job, "What the query does")
      ->check(CLI::IsMember({"sessions", "windows"}))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Workers of the engine; 0: as many as cores")->capture_default_str();
  app.add_option("--checkpoint", options.checkpoint, "Directory of the checkpoint; without it nothing is durable");
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const std::exception& error) {
    std::cerr << "latency: " << error.what() << '\n';
    return 1;
  }
}
