#include "catch.hpp"
#include "sources/source_test.hpp"

#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <weir/sources/socket.hpp>

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

using boost::asio::ip::tcp;

/// A line server on a free port of 127.0.0.1.
class server {
public:
  sources::socket options() const { return {.host = "127.0.0.1", .port = acceptor_.local_endpoint().port()}; }
  std::string place() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
  void accept() { peer_ = acceptor_.accept(); }
  void send(std::string_view text) { boost::asio::write(peer_, boost::asio::buffer(text)); }
  void close() { peer_.close(); }
  void reset() {
    peer_.set_option(boost::asio::socket_base::linger{true, 0});
    peer_.close();
  }
  void stop_listening() { acceptor_.close(); }
  tcp::socket& peer() { return peer_; }

private:
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  tcp::socket peer_{io_};
};

}  // namespace

TEST_CASE("socket: options that cannot be are refused") {
  using sources::socket;
  CHECK(socket{}.open().error().message().find("port is 0") != std::string::npos);
  CHECK(socket{.host = "", .port = 1}.open().error().message().find("host") != std::string::npos);
  CHECK(socket{.port = 70000}.open().error().code() == errc::invalid_argument);
  CHECK(socket{.port = 1, .max_line_bytes = 0}.open().error().message().find("max_line_bytes") != std::string::npos);
  CHECK(socket{.port = 1, .backoff = {2s, 1s}}.open().error().message().find("backoff.max") != std::string::npos);
  CHECK(socket{.port = 1, .include_timestamp = true}.output_schema().to_string().find("timestamp") !=
        std::string::npos);
}

TEST_CASE("socket: lines come as they are sent, split anywhere; a half line at an orderly end is a row") {
  server peer;
  source_host host{peer.options().open()};
  REQUIRE(host.start().ok());
  peer.accept();
  peer.send("hello\nwor");
  CHECK(host.take_rows(1) == strings{"hello"});
  peer.send("ld\r\n\nend");
  CHECK(host.take_rows(2) == strings{"world", ""});
  CHECK(host.position.json == "2");
  peer.close();
  CHECK(host.take_rows(1) == strings{"end"});
}

TEST_CASE("socket: a name is resolved, and every row gets its arrival time when asked") {
  server peer;
  auto options = peer.options();
  options.host = "localhost";
  options.include_timestamp = true;
  source_host host{options.open()};
  host.time->advance(5s);
  REQUIRE(host.start().ok());
  peer.accept();
  peer.send("x\n");
  const auto rows = host.take_rows(1);
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().starts_with("x|1970-01-01 00:00:05"));
}

TEST_CASE("socket: a closed port fails by name") {
  server peer;
  const auto options = peer.options();
  const auto place = peer.place();
  peer.stop_listening();
  source_host host{options.open()};
  REQUIRE(host.start().ok());
  const auto failed = host.await_failure();
  CHECK(failed.code() == errc::connection_failed);
  CHECK(failed.message() == place + ": Connection refused");
}

TEST_CASE("socket: a reset drops the half line, counts it and fails, or connects again by policy") {
  server peer;
  auto options = peer.options();
  const auto retry = GENERATE(false, true);
  options.on_disconnect = retry ? sources::on_disconnect::retry : sources::on_disconnect::fail;
  source_host host{options.open()};
  REQUIRE(host.start().ok());
  peer.accept();
  peer.send("whole\nhalf");
  CHECK(host.take_rows(1) == strings{"whole"});
  peer.reset();
  if (!retry) {
    CHECK(host.await_failure().code() == errc::connection_lost);
  } else {
    CHECK(host.time->await_alarm() == 100ms);
    host.time->advance(100ms);
    peer.accept();
    peer.send("again\n");
    CHECK(host.take_rows(1) == strings{"again"});
    CHECK(host.object->metrics().at("connections") == "2");
  }
  CHECK(host.object->metrics().at("droppedHalfLines") == "1");
}

TEST_CASE("socket: pauses between attempts grow to their limit; stop ends a pause") {
  server peer;
  auto options = peer.options();
  options.on_disconnect = sources::on_disconnect::retry;
  options.backoff = {100ms, 350ms};
  peer.stop_listening();
  source_host host{options.open()};
  REQUIRE(host.start().ok());
  for (const auto pause : {100ms, 200ms, 350ms, 350ms}) {
    REQUIRE(host.time->await_alarm() == pause);
    host.time->advance(pause);
  }
  host.stop();
  CHECK(host.failure().ok());
}

TEST_CASE("socket: a line without end fails at the limit, with what was read before it kept") {
  server peer;
  auto options = peer.options();
  options.max_line_bytes = 64 * 1024;
  source_host host{options.open()};
  REQUIRE(host.start().ok());
  peer.accept();
  auto feeder = std::jthread{[&] {
    const auto block = std::string(1 << 20, 'x');
    auto error = boost::system::error_code{};
    boost::asio::write(peer.peer(), boost::asio::buffer("first\nsecond\n", 13), error);
    for (int i = 0; i < 1024 && !error; ++i)
      boost::asio::write(peer.peer(), boost::asio::buffer(block), error);
  }};
  const auto failed = host.await_failure();
  CHECK(failed.code() == errc::line_too_long);
  CHECK(failed.message().find(peer.place()) != std::string::npos);
  CHECK(failed.message().find("65536") != std::string::npos);
  CHECK(failed.info().offset == "2");
  host.stop();
}

TEST_CASE("socket: a full buffer stops reading, drain keeps what was read, stop ends a blocked read") {
  server peer;
  auto options = peer.options();
  options.buffer_rows = 10;
  source_host host{options.open()};
  REQUIRE(host.start().ok());
  peer.accept();
  SECTION("back-pressure") {
    auto expected = strings{};
    auto text = std::string{};
    for (int i = 0; i < 200'000; ++i) {
      expected.push_back(std::to_string(i));
      text += expected.back() + "\n";
    }
    auto feeder = std::jthread{[&] { peer.send(text); }};
    CHECK(host.take_rows(expected.size()) == expected);
  }
  SECTION("drain") {
    peer.send("a\nb\n");
    REQUIRE(host.await_signal(0));
    auto rows = host.take_rows(2);
    host.object->drain();
    CHECK(rows == strings{"a", "b"});
    CHECK(host.take().empty());
  }
  SECTION("stop while nothing comes") { host.stop(); }
}

TEST_CASE("socket: with a checkpoint, lines that were read survive the query") {
  server peer;
  temporary_directory checkpoint;
  {
    source_host host{peer.options().open(), checkpoint.path()};
    REQUIRE(host.start().ok());
    peer.accept();
    peer.send("one\ntwo\n");
    REQUIRE(host.await_signal(0));
    REQUIRE(host.take({.rows = 1}).size() == 1);
  }
  source_host host{peer.options().open(), checkpoint.path(), "0"};
  REQUIRE(host.start().ok());
  peer.accept();
  peer.send("three\n");
  CHECK(host.take_rows(2) == strings{"two", "three"});
  CHECK(host.position.json == "2");
}
