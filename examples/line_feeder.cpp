#include "line_feeder.hpp"

#include <array>
#include <random>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// One client: a line, a pause, a line ...
class session : public std::enable_shared_from_this<session> {
public:
  session(tcp::socket socket, line_feeder::options settings, std::atomic<bool>& done)
      : socket_{std::move(socket)}, timer_{socket_.get_executor()}, settings_{settings}, random_{settings.seed},
        done_{done} {}

  void send_next() {
    if (sent_ == settings_.lines) {
      boost::system::error_code ignored;
      socket_.shutdown(tcp::socket::shutdown_both, ignored);
      done_ = true;
      return;
    }
    ++sent_;
    constexpr std::array ids{"anna", "bert", "cleo", "dora"};
    line_ = std::string{ids[random_() % ids.size()]} + "," + std::to_string(random_() % 100) +
            (random_() % 5 == 0 ? ",true\n" : "\n");
    asio::async_write(socket_, asio::buffer(line_), [self = shared_from_this()](const auto& error, std::size_t) {
      if (error) {
        self->done_ = true;
        return;
      }
      self->timer_.expires_after(self->settings_.interval);
      self->timer_.async_wait([self](const auto& cancelled) {
        if (!cancelled)
          self->send_next();
      });
    });
  }

private:
  tcp::socket socket_;
  asio::steady_timer timer_;
  line_feeder::options settings_;
  std::mt19937 random_;
  std::atomic<bool>& done_;
  std::string line_;
  int sent_ = 0;
};

}  // namespace

struct line_feeder::core {
  explicit core(options given)
      : settings{given}, acceptor{io, tcp::endpoint{asio::ip::address_v4::loopback(), given.port}} {}

  void accept() {
    acceptor.async_accept([this](const auto& error, tcp::socket client) {
      if (error)
        return;
      std::make_shared<session>(std::move(client), settings, done)->send_next();
      accept();
    });
  }

  options settings;
  asio::io_context io;
  tcp::acceptor acceptor;
  std::atomic<bool> done = false;
};

line_feeder::line_feeder(options settings) : core_{std::make_shared<core>(settings)} {
  core_->accept();
  thread_ = std::thread{[of = core_] { of->io.run(); }};
}

line_feeder::~line_feeder() {
  core_->io.stop();
  thread_.join();
}

std::uint16_t line_feeder::port() const noexcept { return core_->acceptor.local_endpoint().port(); }

bool line_feeder::done() const noexcept { return core_->done; }
