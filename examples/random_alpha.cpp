// Random characters as a stream: each epoch's rows on the console, then how often each character has come so far.
#include <condition_variable>
#include <cstdint>
#include <iostream>
#include <limits>
#include <map>
#include <mutex>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/describe.hpp>

#include <weir/sinks/callback.hpp>
#include <weir/sinks/console.hpp>
#include <weir/sources/random_alpha.hpp>
#include <weir/stream/engine.hpp>

namespace {

struct options {
  int rows = 10;
  int epochs = 3;
  int interval_ms = 2;
  std::string checkpoint;
};

struct character_count {
  std::string character;
  std::int64_t count;
};
BOOST_DESCRIBE_STRUCT(character_count, (), (character, count))

using weir::sources::random_alpha_row;

/// Counts the epochs that had rows; wait() ends with the last, or with the query.
class epoch_counter : public weir::query_listener {
public:
  explicit epoch_counter(int wanted) : left_{wanted} {}

  void on_progress(const weir::query_progress& progress) override {
    if (progress.num_input_rows > 0)
      count_down(1);
  }
  void on_terminated(const weir::query_terminated& /*event*/) override { count_down(left_); }
  void wait() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return left_ <= 0; });
  }

private:
  void count_down(int by) {
    const std::lock_guard lock{mutex_};
    left_ -= by;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int left_;
};

/// "epoch 2: A 3, f 1, 7 2"
void print_counts(weir::epoch_id epoch, std::span<const character_count> counts) {
  std::map<std::string, std::int64_t> sorted;
  for (const auto& one : counts)
    sorted[one.character] = one.count;
  std::string line = "epoch " + std::to_string(epoch.value) + ":";
  for (const auto& [character, count] : sorted)
    line += (line.back() == ':' ? " " : ", ") + character + " " + std::to_string(count);
  std::cout << line + "\n" << std::flush;  // one write: the console sink prints from another thread
}

void run(const options& given) {
  const std::chrono::milliseconds between{given.interval_ms};
  weir::engine engine;
  const auto rows = engine.read_stream(weir::sources::random_alpha{.interval = between}, {.rows = given.rows});
  const auto counts =
      rows.group_by_key(&random_alpha_row::value)
          .map_groups_with_state<std::int64_t>([](std::string_view character, std::span<const random_alpha_row> events,
                                                  weir::group_state<std::int64_t>& state) {
            const auto count = (state.exists() ? state.get() : 0) + static_cast<std::int64_t>(events.size());
            state.update(count);
            return character_count{std::string{character}, count};
          });
  const auto counter = std::make_shared<epoch_counter>(given.epochs);
  engine.streams().add_listener(counter);

  weir::query_options how;
  how.name = "random_alpha";
  how.mode = weir::output_mode::update;
  how.checkpoint_location = given.checkpoint;
  how.trigger = weir::trigger::processing_time(between * given.rows);  // about `rows` rows have come by then
  // One query, two sinks: the source is read once, and an epoch's rows and counts belong together.
  const auto query = engine.start(
      how, {to(rows, weir::sinks::console{}), to(counts, weir::sinks::callback<character_count>{print_counts})});
  counter->wait();
  (void)query.drain(std::chrono::seconds{5});  // the epoch that has begun reaches both sinks
}

}  // namespace

int main(int argc, char** argv) {
  options given;
  CLI::App app{"Streams random characters to the console and counts them."};
  app.add_option("--rows", given.rows, "rows an epoch takes at most")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--epochs", given.epochs, "epochs to show")
      ->check(CLI::Range(1, std::numeric_limits<int>::max(), "POSITIVE"))
      ->capture_default_str();
  app.add_option("--interval", given.interval_ms, "milliseconds between rows")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_option("--checkpoint", given.checkpoint, "directory that keeps the counts for the next start");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    run(given);
  } catch (const std::exception& error) {
    std::cerr << "random_alpha: " << error.what() << '\n';
    return 1;
  }
}
