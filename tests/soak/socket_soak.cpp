// A stream from a socket for a long time, with all that goes wrong on the way: the server closes, resets and goes away,
// a step is slower than the input, so that credit runs out, and the sink pauses. No row may be lost, doubled or torn,
// and neither memory nor checkpoint may grow.
//   socket_soak SECONDS
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <numeric>
#include <random>
#include <vector>

#include <boost/describe.hpp>

#include <weir/sinks/callback.hpp>
#include <weir/sources/socket.hpp>
#include <weir/stream/engine.hpp>

#include "../stream/process_figures.hpp"
#include "../temporary_directory.hpp"
#include "../test_seed.hpp"
#include "line_server.hpp"

using namespace std::chrono_literals;

namespace {

struct numbered {
  std::int64_t connection;
  std::int64_t number;
};
BOOST_DESCRIBE_STRUCT(numbered, (), (connection, number))

struct lane_total {
  std::int64_t rows = 0;
};
BOOST_DESCRIBE_STRUCT(lane_total, (), (rows))

struct lane_count {
  std::int64_t lane;
  std::int64_t rows;
};
BOOST_DESCRIBE_STRUCT(lane_count, (), (lane, rows))

/// `<connection>,<number>,<filler>`
weir::result<numbered> parse(std::string_view line) {
  numbered row{};
  const auto* end = line.data() + line.size();
  auto read = std::from_chars(line.data(), end, row.connection);
  if (read.ec != std::errc{} || read.ptr == end || *read.ptr != ',')
    return weir::refuse("no connection");
  read = std::from_chars(read.ptr + 1, end, row.number);
  if (read.ec != std::errc{} || read.ptr == end || *read.ptr != ',' || line.back() != ';')
    return weir::refuse("torn");
  return row;
}

/// What the server sent, by connection; written by the server's thread, read after it.
class sender {
public:
  explicit sender(std::uint64_t seed) : random_{seed} {}

  bool serve(weir_test::line_server::tcp::socket& client, int connection) {
    const auto orderly = random_() % 3 != 0;
    auto& sent = sent_.emplace_back(orderly);
    const auto lines = random_() % 5 == 0 ? 200'000 : random_() % 20'000;
    std::string text;
    for (std::uint64_t i = 0; i < lines; ++i) {
      const auto filler = random_() % 5000 == 0 ? 20'000 : random_() % 40;
      text += std::to_string(connection) + "," + std::to_string(i) + "," + std::string(filler, '.') + ";\n";
      if (text.size() < 32'000 && i + 1 < lines)
        continue;
      if (!weir_test::line_server::send(client, text))
        return true;  // cannot be: the query does not close
      sent.lines = static_cast<std::int64_t>(i + 1);
      text.clear();
    }
    if (orderly)
      sent.complete = weir_test::line_server::close(client);
    else
      weir_test::line_server::reset(client);
    return random_() % 10 != 0;
  }

  struct stream {
    explicit stream(bool ends_orderly) : orderly{ends_orderly} {}
    bool orderly;
    bool complete = false;
    std::int64_t lines = 0;
  };
  const std::vector<stream>& sent() const { return sent_; }

private:
  std::mt19937_64 random_;
  std::vector<stream> sent_;
};

/// What came out: the rows of each connection, which must be a beginning of what was sent on it, in order.
class receiver {
public:
  void take(std::span<const numbered> rows) {
    const std::lock_guard lock{mutex_};
    for (const auto& row : rows) {
      auto& next = next_[row.connection];
      if (row.number != next)
        complain("connection " + std::to_string(row.connection) + ": row " + std::to_string(row.number) + " after " +
                 std::to_string(next - 1));
      next = row.number + 1;
      ++rows_;
    }
  }
  void take(std::span<const lane_count> lanes) {
    const std::lock_guard lock{mutex_};
    for (const auto& one : lanes)
      lanes_[one.lane] = one.rows;
  }
  void check(const std::vector<sender::stream>& sent) {
    const std::lock_guard lock{mutex_};
    for (std::size_t i = 0; i < sent.size(); ++i) {
      const auto came = next_[static_cast<std::int64_t>(i)];
      const auto whole = sent[i].orderly;
      if (came > sent[i].lines || (whole && (came != sent[i].lines || !sent[i].complete)))
        complain("connection " + std::to_string(i) + (whole ? " (closed orderly)" : " (reset)") + ": sent " +
                 std::to_string(sent[i].lines) + ", came " + std::to_string(came));
    }
    const auto counted = std::accumulate(lanes_.begin(), lanes_.end(), std::int64_t{0},
                                         [](std::int64_t sum, const auto& one) { return sum + one.second; });
    if (counted != rows_)
      complain(std::to_string(rows_) + " rows came, the groups counted " + std::to_string(counted));
  }
  void complain(const std::string& what) {
    if (++complaints_ <= 20)
      std::cerr << "socket_soak: " << what << '\n';
  }
  std::int64_t rows() {
    const std::lock_guard lock{mutex_};
    return rows_;
  }
  bool good() const { return complaints_ == 0; }

private:
  std::mutex mutex_;
  std::map<std::int64_t, std::int64_t> next_;
  std::map<std::int64_t, std::int64_t> lanes_;
  std::int64_t rows_ = 0;
  int complaints_ = 0;
};

/// Waits a random while now and then, so that what is before it runs ahead.
class pauses {
public:
  explicit pauses(std::uint64_t seed) : random_{seed} {}
  void maybe(std::uint64_t one_in, std::uint64_t most_ms) {
    if (random_() % one_in == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds{random_() % most_ms});
  }

private:
  std::mt19937_64 random_;
};

std::int64_t bytes_below(const std::filesystem::path& directory) {
  std::int64_t bytes = 0;
  std::error_code gone;  // files come and go
  for (const auto& entry : std::filesystem::recursive_directory_iterator{directory, gone})
    if (entry.is_regular_file(gone))
      bytes += static_cast<std::int64_t>(entry.file_size(gone));
  return bytes;
}

constexpr std::int64_t mebibyte = 1 << 20;

int soak(std::chrono::seconds time) {
  const auto seed = weir_test::test_seed();
  const weir_test::temporary_directory directory;
  sender sends{seed};
  receiver receives;
  weir_test::line_server server{[&](auto&, auto& client, int connection) { return sends.serve(client, connection); }};

  weir::engine engine;
  // Copies of a step's function share the pauses; a stateless step is one instance.
  const auto slow_step = std::make_shared<pauses>(seed + 1);
  const auto slow_sink = std::make_shared<pauses>(seed + 2);
  const auto rows = engine
                        .read_stream(weir::sources::socket{.host = "127.0.0.1",
                                                           .port = server.port(),
                                                           .on_disconnect = weir::sources::on_disconnect::retry,
                                                           .backoff = {1ms, 10ms},
                                                           .buffer_rows = 150'000},
                                     {.rows = 140'000})
                        .map(parse)
                        .map([slow_step](const numbered& row) {
                          slow_step->maybe(20'000, 30);
                          return row;
                        })
                        .named("slow")
                        .blocking();
  const auto lanes = rows.group_by_key([](const numbered& row) { return row.connection % 16; })
                         .flat_map_groups_with_state<lane_total>(
                             weir::output_mode::append, [](std::int64_t lane, std::span<const numbered> events,
                                                           weir::group_state<lane_total>& state) {
                               auto total = state.exists() ? state.get() : lane_total{};
                               total.rows += static_cast<std::int64_t>(events.size());
                               state.update(total);
                               return std::vector{lane_count{lane, total.rows}};
                             });
  weir::query_options options;
  options.name = "soak";
  options.checkpoint_location = directory / "checkpoint";
  options.durability = weir::durability::os_cache;
  options.snapshot_log_bytes = 256 << 10;
  const auto query = engine.start(
      options, {to(rows, weir::sinks::callback<numbered>{[&, slow_sink](weir::epoch_id, std::span<const numbered> all) {
                     slow_sink->maybe(4, 50);
                     receives.take(all);
                   }}),
                to(lanes, weir::sinks::callback<lane_count>{
                              [&](weir::epoch_id, std::span<const lane_count> all) { receives.take(all); }})});

  const auto begin = std::chrono::steady_clock::now();
  std::int64_t early_peak = 0;
  std::int64_t late_peak = 0;
  std::int64_t largest_checkpoint = 0;
  std::chrono::nanoseconds without_credit{};
  std::int64_t seen = -1;
  while (std::chrono::steady_clock::now() - begin < time && query.is_active()) {
    std::this_thread::sleep_for(100ms);
    const auto elapsed = std::chrono::steady_clock::now() - begin;
    auto& peak = elapsed * 2 < time ? early_peak : late_peak;
    peak = std::max(peak, weir_test::process_figures::now().resident_bytes);
    largest_checkpoint = std::max(largest_checkpoint, bytes_below(directory.path()));
    for (const auto& progress : query.recent_progress()) {
      if (progress.epoch.value <= seen)
        continue;
      seen = progress.epoch.value;
      for (const auto& one : progress.operators)
        without_credit += one.name == "map-0" ? one.blocked : std::chrono::nanoseconds{0};
    }
  }
  server.stop();
  if (!query.drain(60s))
    receives.complain("the drain did not finish");
  receives.check(sends.sent());

  const auto resets = std::ranges::count(sends.sent(), false, &sender::stream::orderly);
  std::cout << receives.rows() << " rows of " << sends.sent().size() << " connections (" << resets << " reset) in "
            << query.last_progress()->epoch.value + 1 << " epochs; memory " << early_peak / mebibyte << " then "
            << late_peak / mebibyte << " MiB, checkpoint at most " << largest_checkpoint / mebibyte << " MiB, "
            << without_credit.count() / 1'000'000 << " ms without credit\n";
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // with their own memory, and their own speed
  if (late_peak > 1024 * mebibyte)
    receives.complain("too much memory");
  // On a machine that is busy with other things a short run has neither a steady load nor a full queue for certain.
  if (time >= 60s && late_peak > early_peak + 64 * mebibyte)
    receives.complain("memory grows");
  if (time >= 60s && without_credit.count() == 0)
    receives.complain("credit never ran out: the run proves less than it should");
#endif
  if (largest_checkpoint > 256 * mebibyte)
    receives.complain("the checkpoint grows");
  return receives.good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return soak(std::chrono::seconds{argc > 1 ? std::stoi(argv[1]) : 10});
  } catch (const std::exception& error) {
    std::cerr << "socket_soak: " << error.what() << '\n';
    return 1;
  }
}
