#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include <unistd.h>

#include <weir/columns/row_codec.hpp>
#include <weir/sinks/sink.hpp>
#include <weir/sources/memory.hpp>
#include <weir/stream/engine.hpp>

/// Adds numbers up in a file that holds "<query> <epoch> <total>": the epoch stands beside what it did, in one atomic
/// write, so an epoch that is committed again is recognised.
class ledger_sink : public weir::sink {
public:
  ledger_sink(std::string path, std::function<void()> booked) : path_{std::move(path)}, booked_{std::move(booked)} {}

  weir::status start(const weir::sink_context& context) override {
    context_ = context;
    WEIR_ASSIGN(const auto there, context_.files->exists(path_));
    if (!there)
      return {};
    WEIR_ASSIGN(const auto text, context_.files->read_all(path_));
    std::string query;
    if (!(std::istringstream{text} >> query >> last_.value >> total_) || query != context_.query_id)
      return {weir::errc::checkpoint_mismatch, path_ + " is no ledger of this query's"};
    return {};
  }
  weir::status stage(weir::epoch_id epoch, const weir::batch& rows) override {
    const weir::row_reader<std::int64_t> numbers{rows};
    for (std::int64_t i = 0; i < numbers.size(); ++i)
      staged_[epoch] += numbers.read(i);
    return {};
  }
  /// What commit needs; it goes into the epoch's record, so that another process can commit the epoch.
  weir::result<weir::token> prepare(weir::epoch_id epoch) override {
    return weir::token{std::to_string(staged_.extract(epoch).mapped())};
  }
  weir::status commit(weir::epoch_id epoch, const weir::token& staged) override {
    if (epoch <= last_) {
      std::cout << "epoch " << epoch.value << " is booked already\n";
      return {};
    }
    total_ += std::stoll(staged.bytes);
    last_ = epoch;
    WEIR_TRY(weir::write_file_atomically(*context_.files, path_,
                                         context_.query_id + " " + std::to_string(epoch.value) + " " +
                                             std::to_string(total_) + "\n"));
    std::cout << "epoch " << epoch.value << ": total " << total_ << "\n";
    booked_();
    return {};
  }
  weir::result<std::optional<weir::epoch_id>> last_committed() override {
    return last_.value < 0 ? std::nullopt : std::optional{last_};
  }
  weir::delivery guarantee() const override { return weir::delivery::exactly_once; }
  bool blocking() const override { return true; }  // it writes files: a thread of its own
  std::string description() const override { return "ledger " + path_; }

private:
  std::string path_;
  std::function<void()> booked_;
  weir::sink_context context_;
  std::map<weir::epoch_id, std::int64_t> staged_;  // the next epoch may be staged before this one is committed
  weir::epoch_id last_{-1};
  std::int64_t total_ = 0;
};

/// What start() takes.
struct ledger {
  std::string path;
  std::function<void()> booked = [] {};

  weir::result<std::unique_ptr<weir::sink>> open() const {
    if (path.empty())
      return weir::status{weir::errc::invalid_argument, "ledger: option path is empty"};
    return std::unique_ptr<weir::sink>{std::make_unique<ledger_sink>(path, booked)};
  }
  std::string kind() const { return "ledger"; }
};

int main() {
  const auto directory = std::filesystem::temp_directory_path() / ("weir-ledger-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const weir::sources::memory_input<std::int64_t> numbers;
  weir::engine engine;
  const auto run = [&](std::function<void()> booked) {
    const auto query = engine.read_stream(weir::sources::memory<std::int64_t>{numbers})
                           .write_stream()
                           .trigger(weir::trigger::available_now())
                           .checkpoint_location(directory / "checkpoint")
                           .start(ledger{.path = directory / "total", .booked = std::move(booked)});
    query.await_termination();
  };
  numbers.add_data({1, 2, 3, 4, 5});
  try {
    run([] { throw std::runtime_error{"died between the commit and its note in the log"}; });
  } catch (const weir::query_error& error) {
    std::cout << error.cause().message() << "\n";
  }
  numbers.add_data({6, 7, 8, 9, 10});
  run([] {});
  std::filesystem::remove_all(directory);
}
