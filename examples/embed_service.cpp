// weir inside a service that has an event loop of its own (here Boost.Asio's). The recipe, in the order of the code:
//
//   1. Ownership. The loop outlives the engine, the engine outlives nothing it needs: declare the loop first, then the
//      engine. The engine's destructor stops its queries and waits for them, so no callback comes after it.
//   2. In. The loop pushes events with try_push(), which never waits. `full` is back-pressure: keep the event, stop
//      reading from your clients, try again later. push() would block the loop.
//   3. Out. Callbacks run on a thread of weir's. They only post to the loop; the service's state stays single-threaded.
//   4. Errors. What cannot start throws (analysis_error, query_error). What fails later reaches a listener, which posts
//      it to the loop; the service decides whether to start the query again on its checkpoint, or to end.
//   5. The end. On SIGTERM the service takes no more events, and drains: what was pushed is worked through, then the
//      query ends. drain() waits, so it has a thread of its own. Signals are the service's: weir installs no handler.
#include <csignal>
#include <functional>
#include <iomanip>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <weir/sinks/callback.hpp>
#include <weir/sources/push.hpp>
#include <weir/stream/engine.hpp>

#include "session_job.hpp"

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A client's event. It owns its text, as rows that wait outside of a query must; a transaction only views a line.
struct bet {
  std::string session_id;
  double win_amount;
  bool deposit;
};
BOOST_DESCRIBE_STRUCT(bet, (), (session_id, win_amount, deposit))

transaction as_transaction(const bet& event) { return {event.session_id, event.win_amount, event.deposit}; }

/// Tells the loop how a query ended.
class end_listener : public weir::query_listener {
public:
  end_listener(asio::io_context& loop, std::function<void(weir::status)> ended)
      : loop_{loop}, ended_{std::move(ended)} {}
  void on_terminated(const weir::query_terminated& event) override {
    asio::post(loop_, [ended = ended_, cause = event.cause] { ended(cause); });
  }

private:
  asio::io_context& loop_;
  std::function<void(weir::status)> ended_;
};

/// A betting service: wins come in, a deposit closes a session, the balance of a closed session goes out. All members
/// are touched by the loop's thread only.
class service {
public:
  service(asio::io_context& loop, int events, const std::string& checkpoint)
      : loop_{loop}, open_{asio::make_work_guard(loop)}, tick_{loop}, signals_{loop, SIGINT, SIGTERM}, events_{events} {
    engine_.streams().add_listener(
        std::make_shared<end_listener>(loop, [this](const weir::status& cause) { query_ended(cause); }));
    query_ =
        engine_.read_stream(weir::sources::push<bet>{.handle = input_})
            .map(as_transaction)
            .group_by_key(&transaction::session_id)
            .flat_map_groups_with_state<session_total>(weir::output_mode::append, close_at_every_deposit)
            .write_stream()
            .query_name("sessions")
            .checkpoint_location(checkpoint)
            .start(weir::sinks::callback<session_update>{[this](weir::epoch_id, std::span<const session_update> rows) {
              // The rows live as long as the call: what is posted owns its copy.
              asio::post(loop_, [this, closed = std::vector<session_update>{rows.begin(), rows.end()}] {
                for (const auto& one : closed)
                  session_closed(one);
              });
            }});
    signals_.async_wait([this](const auto& error, int signal) {
      if (error)
        return;
      std::cout << "signal " << signal << ": taking no more events\n";
      shut_down();
    });
    work();
  }

  /// 0, or 1 when the query failed or a balance is missing.
  int outcome() const { return failure_.ok() && paid_in_ == paid_out_ ? 0 : 1; }

private:
  /// A client's event; here made up.
  bet next_event() {
    return {"s" + std::to_string(random_() % 50), static_cast<double>(random_() % 100), random_() % 10 == 0};
  }

  void work() {
    for (int i = 0; i < 50 && events_ > 0 && !ending_; ++i) {
      if (!waiting_)
        waiting_ = next_event();
      const auto taken = input_.try_push(*waiting_);
      if (taken == weir::sources::push_result::there) {
        paid_in_ += waiting_->win_amount;
        waiting_.reset();
        --events_;
      } else {
        break;  // full: later again. closed: the query opens its source, or ends, which the listener tells
      }
    }
    if (events_ == 0)
      shut_down();
    if (ending_)
      return;
    tick_.expires_after(1ms);
    tick_.async_wait([this](const auto& error) {
      if (!error)
        work();
    });
  }

  void session_closed(const session_update& closed) {
    paid_out_ += closed.current_balance;
    ++sessions_;
  }

  void shut_down() {
    if (std::exchange(ending_, true))
      return;
    tick_.cancel();
    drainer_ = std::jthread{[this, query = *query_] {
      for (int i = 0; i < 50; ++i)  // the day is over: every session is closed
        input_.push({"s" + std::to_string(i), 0, true});
      try {
        if (!query.drain(30s))
          std::cerr << "embed_service: not all events were worked through in time\n";
      } catch (const weir::query_error&) {  // the listener tells
      }
    }};
  }

  void query_ended(const weir::status& cause) {
    failure_ = cause;
    if (!cause.ok())
      std::cerr << "embed_service: " << cause.to_string() << '\n';
    ending_ = true;
    // The callbacks of the last epoch were posted before this, so they have run.
    std::cout << std::fixed << std::setprecision(0) << sessions_ << " sessions closed; paid in " << paid_in_
              << ", paid out " << paid_out_ << std::endl;
    signals_.cancel();
    tick_.cancel();
    open_.reset();  // run() returns
  }

  asio::io_context& loop_;
  asio::executor_work_guard<asio::io_context::executor_type> open_;
  asio::steady_timer tick_;
  asio::signal_set signals_;
  std::mt19937 random_{1};
  int events_;
  std::optional<bet> waiting_;
  bool ending_ = false;
  weir::status failure_;
  double paid_in_ = 0;
  double paid_out_ = 0;
  int sessions_ = 0;

  // The engine goes before everything that its callbacks use, the drainer before the engine.
  weir::engine engine_;
  weir::sources::push_handle<bet> input_;
  std::optional<weir::streaming_query> query_;
  std::jthread drainer_;
};

}  // namespace

int main(int argc, char** argv) {
  int events = 20'000;
  std::string checkpoint;
  CLI::App app{"A service with an event loop of its own that keeps its sessions in weir."};
  app.add_option("--events", events, "events until the service ends by itself")
      ->check(CLI::Range(1, std::numeric_limits<int>::max(), "POSITIVE"))
      ->capture_default_str();
  app.add_option("--checkpoint", checkpoint, "directory that makes the query durable");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    asio::io_context loop;
    service embedded{loop, events, checkpoint};
    loop.run();
    return embedded.outcome();
  } catch (const std::exception& error) {
    std::cerr << "embed_service: " << error.what() << '\n';
    return 1;
  }
}
