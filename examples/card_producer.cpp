// Card transactions as JSON lines for whoever connects: what the fraud detection reads.
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct options {
  std::uint16_t port = 5555;
  double rate = 10;
  std::uint64_t seed = 1;
  std::optional<std::int64_t> count;
  std::string file;
};

/// Gives the lines of one client in order; an empty one after the last.
using line_source = std::function<std::string()>;

/// Made-up transactions; the same for the same seed on every machine.
line_source made_up(std::uint64_t seed) {
  return [random = std::mt19937_64{seed}]() mutable {
    constexpr std::array names{"anna", "bert", "cleo", "dora"};
    constexpr std::array surnames{"north", "south"};
    // The standard's distributions differ from library to library.
    const auto below = [&random](std::uint64_t end) { return random() % end; };
    const std::string name = names.at(below(names.size()));
    const std::string surname = surnames.at(below(surnames.size()));
    const auto cents = below(100'000);
    const auto seconds = below(300);
    const auto suspicious = cents > 50'000 && seconds < 120;
    const auto fraction = std::to_string(cents % 100);
    return R"({"name":")" + name + R"(","surname":")" + surname + R"(","amount":)" + std::to_string(cents / 100) + '.' +
           std::string(2 - fraction.size(), '0') + fraction + R"(,"delta_t":)" + std::to_string(seconds) +
           R"(,"flag":)" + (suspicious ? "1" : "0") + "}\n";
  };
}

using lines = std::vector<std::string>;

/// Throws std::runtime_error when the file cannot be read.
std::shared_ptr<const lines> read_lines(const std::string& path) {
  std::ifstream file{path};
  lines read;
  for (std::string line; std::getline(file, line);)
    read.push_back(line + '\n');
  if (!file.eof())
    throw std::runtime_error{path + ": cannot be read"};
  return std::make_shared<lines>(std::move(read));
}

line_source replayed(std::shared_ptr<const lines> given) {
  return [given = std::move(given), next = std::size_t{0}]() mutable {
    return next < given->size() ? (*given)[next++] : std::string{};
  };
}

/// One client: every line at its time. A client that does not keep up gets what has become due in larger pieces.
class client : public std::enable_shared_from_this<client> {
public:
  client(tcp::socket socket, line_source source, double rate, std::int64_t count)
      : socket_{std::move(socket)}, timer_{socket_.get_executor()}, source_{std::move(source)}, rate_{rate},
        left_{count} {}

  void send_due() {
    piece_.clear();
    for (auto due = due_now(); due > 0 && !ended_; --due) {
      const auto line = left_ > 0 ? source_() : std::string{};
      ended_ = line.empty();
      if (ended_)
        break;
      piece_ += line;
      ++sent_;
      --left_;
    }
    asio::async_write(socket_, asio::buffer(piece_), [self = shared_from_this()](const auto& error, std::size_t) {
      if (!error)
        self->wait();
      // Otherwise the client has gone, and this object goes with the last handler.
    });
  }

private:
  static constexpr std::int64_t most_at_once = 1000;

  /// Lines whose time has come; the first one's has at once.
  std::int64_t due_now() const {
    if (rate_ == 0)
      return most_at_once;
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
    const auto due = std::min(passed.count() * rate_ + 1, 9e18);
    return std::clamp(static_cast<std::int64_t>(due) - sent_, std::int64_t{0}, most_at_once);
  }

  void wait() {
    if (ended_ || left_ == 0) {
      boost::system::error_code ignored;
      socket_.shutdown(tcp::socket::shutdown_both, ignored);
      return;
    }
    if (rate_ == 0)
      return send_due();
    const std::chrono::duration<double> next{std::min(static_cast<double>(sent_) / rate_, 1e9)};  // what a clock holds
    timer_.expires_at(begin_ + std::chrono::ceil<std::chrono::steady_clock::duration>(next));
    timer_.async_wait([self = shared_from_this()](const auto& error) {
      if (!error)
        self->send_due();
    });
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  line_source source_;
  double rate_;
  std::int64_t left_;
  std::int64_t sent_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::string piece_;
  bool ended_ = false;
};

class producer {
public:
  producer(asio::io_context& loop, const options& given)
      : given_{given}, replay_{given.file.empty() ? nullptr : read_lines(given.file)}, signals_{loop, SIGINT, SIGTERM},
        acceptor_{listen(loop, given.port)} {
    signals_.async_wait([&loop](const auto& error, int /*signal*/) {
      if (!error)
        loop.stop();
    });
    accept();
    std::cout << "listening on 127.0.0.1:" << acceptor_.local_endpoint().port() << std::endl;
  }

private:
  static tcp::acceptor listen(asio::io_context& loop, std::uint16_t port) {
    try {
      return {loop, tcp::endpoint{asio::ip::address_v4::loopback(), port}};
    } catch (const boost::system::system_error& error) {
      throw std::runtime_error{"127.0.0.1:" + std::to_string(port) + ": " + error.code().message()};
    }
  }

  void accept() {
    acceptor_.async_accept([this](const auto& error, tcp::socket socket) {
      if (!error)
        std::make_shared<client>(std::move(socket), replay_ ? replayed(replay_) : made_up(given_.seed), given_.rate,
                                 given_.count.value_or(std::numeric_limits<std::int64_t>::max()))
            ->send_due();
      accept();
    });
  }

  options given_;
  std::shared_ptr<const lines> replay_;
  asio::signal_set signals_;
  tcp::acceptor acceptor_;
};

}  // namespace

int main(int argc, char** argv) {
  options given;
  CLI::App app{"Sends card transactions as JSON lines to every client that connects, each from the first line on."};
  app.add_option("--port", given.port, "port on 127.0.0.1; 0 takes a free one")->capture_default_str();
  app.add_option("--rate", given.rate, "lines a second and client; 0 sends without pauses")
      ->check(CLI::Range(0.0, 1e9, "NONNEGATIVE"))
      ->capture_default_str();
  auto* seed = app.add_option("--seed", given.seed, "another seed gives other transactions")->capture_default_str();
  app.add_option("--count", given.count, "lines a client gets before its connection is closed (default: no end)")
      ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max(), "POSITIVE"));
  app.add_option("--file", given.file, "send the lines of this file, once, instead")
      ->check(CLI::ExistingFile)
      ->excludes(seed);
  app.footer("A line: {\"name\":\"anna\",\"surname\":\"north\",\"amount\":12.34,\"delta_t\":60,\"flag\":0}\n"
             "It goes on until SIGINT or SIGTERM.\n"
             "Exit codes: 0; 1 when the port is taken or the file cannot be read; 2 for bad options.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    asio::io_context loop;
    const producer running{loop, given};
    loop.run();
  } catch (const std::exception& error) {
    std::cerr << "card_producer: " << error.what() << '\n';
    return 1;
  }
}
