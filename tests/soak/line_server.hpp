#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

namespace weir_test {

/// A TCP server on 127.0.0.1 that serves one client after the other on a thread of its own. While a client is served
/// nobody else is accepted, as with `nc -lk`.
class line_server {
public:
  using tcp = boost::asio::ip::tcp;
  /// Serves one client to its end; `connection` counts from 0. False: the server is away for a moment after it.
  using serve_function = std::function<bool(line_server&, tcp::socket&, int connection)>;

  explicit line_server(serve_function serve) : serve_{std::move(serve)} {
    listen(0);
    port_ = acceptor_->local_endpoint().port();
    thread_ = std::thread{[this] { loop(); }};
  }
  ~line_server() { stop(); }
  line_server(const line_server&) = delete;
  line_server& operator=(const line_server&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  bool stopping() const noexcept { return stopping_; }
  /// Takes no more clients, and waits for the one being served.
  void stop() {
    stopping_ = true;
    if (thread_.joinable())
      thread_.join();
  }

  /// Connects as a client, and returns once it has been served: everybody before it has been, too.
  void wait_for_turn() const {
    boost::asio::io_context io;
    tcp::socket client{io};
    client.connect({boost::asio::ip::address_v4::loopback(), port_});
    boost::system::error_code error;
    for (char bytes[4096]; !error;)
      client.read_some(boost::asio::buffer(bytes), error);
  }

  /// Sends all of it; false when the client has gone.
  static bool send(tcp::socket& client, std::string_view text) {
    boost::system::error_code error;
    boost::asio::write(client, boost::asio::buffer(text.data(), text.size()), error);
    return !error;
  }
  /// Ends the stream orderly, and waits until the client has read all of it and closed. False when it died before.
  static bool close(tcp::socket& client) {
    boost::system::error_code error;
    client.shutdown(tcp::socket::shutdown_send, error);
    char byte = 0;
    while (!error)
      client.read_some(boost::asio::buffer(&byte, 1), error);
    return error == boost::asio::error::eof;
  }
  /// Ends the connection by a reset: what the client has not read is lost.
  static void reset(tcp::socket& client) {
    boost::system::error_code ignored;
    client.set_option(boost::asio::socket_base::linger{true, 0}, ignored);
    client.close(ignored);
  }

private:
  void listen(std::uint16_t port) {
    acceptor_.emplace(io_, tcp::endpoint{boost::asio::ip::address_v4::loopback(), port}, true);
    acceptor_->non_blocking(true);
  }

  void loop() {
    int connection = 0;
    while (!stopping_) {
      boost::system::error_code error;
      auto client = acceptor_->accept(error);
      if (error) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
        continue;
      }
      client.non_blocking(false);
      if (!serve_(*this, client, connection++)) {
        acceptor_.reset();
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        listen(port_);
      }
    }
    acceptor_.reset();
  }

  serve_function serve_;
  boost::asio::io_context io_;
  std::optional<tcp::acceptor> acceptor_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace weir_test
