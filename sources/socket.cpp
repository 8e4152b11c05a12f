#include <weir/sources/socket.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

#include <arrow/api.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <spdlog/logger.h>

namespace weir::sources {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr std::size_t read_bytes = 256 * 1024;

class socket_source : public buffered_source {
public:
  explicit socket_source(socket options)
      : buffered_source{line_schema(options.include_timestamp), {options.buffer_rows, options.buffer_bytes}},
        options_{std::move(options)}, place_{options_.host + ":" + std::to_string(options_.port)},
        lines_{{options_.max_line_bytes, options_.invalid_utf8, options_.include_timestamp}} {}

  std::string description() const override { return "socket " + place_; }

  std::map<std::string, std::string> metrics() const override {
    auto values = buffered_source::metrics();
    values["connected"] = connected_ ? "true" : "false";
    values["connections"] = std::to_string(connections_);
    values["droppedHalfLines"] = std::to_string(dropped_);
    values["replacedLines"] = std::to_string(replaced_);
    return values;
  }

protected:
  status run(std::stop_token stop) override {
    const std::stop_callback interrupt{stop, [this] { io_.stop(); }};
    auto pause = options_.backoff.initial;
    while (!stop.stop_requested()) {
      auto peer = tcp::socket{io_};
      auto ended = connect(peer, stop);
      if (ended.ok()) {
        pause = options_.backoff.initial;
        connected_ = true;
        ++connections_;
        context().log->info("{}: connected to {}", context().name, place_);
        ended = read(peer, stop);
        auto ignored = boost::system::error_code{};
        peer.close(ignored);  // the server learns it now, not after the pause
        connected_ = false;
        if (stop.stop_requested() || closed())
          return {};
        const auto final = ended.code() == errc::line_too_long || ended.code() == errc::invalid_row;
        if (final || (!ended.ok() && options_.on_disconnect == on_disconnect::fail))
          return ended;
        context().log->warn("{}: {}", context().name,
                            ended.ok() ? place_ + " closed the connection" : ended.to_string());
        if (options_.on_disconnect != on_disconnect::retry)
          return {};
      } else if (stop.stop_requested()) {
        return {};
      } else if (options_.on_disconnect != on_disconnect::retry) {
        return ended;
      } else {
        context().log->warn("{}: {}; next attempt in {} ms", context().name, ended.to_string(), pause.count());
      }
      wait(pause, stop);
      pause = std::min(2 * pause, options_.backoff.max);
    }
    return {};
  }

private:
  /// Runs the operation just begun to its end; false when a stop came first or `limit` passed.
  template <class Done>
  bool finish(const Done& done, std::stop_token stop,
              std::chrono::milliseconds limit = std::chrono::milliseconds::max()) {
    const auto endless = limit == std::chrono::milliseconds::max();
    const auto until = std::chrono::steady_clock::now() + (endless ? std::chrono::milliseconds{0} : limit);
    io_.restart();
    // A stop requested before restart() is seen here, one after it stops the run below.
    while (!done() && !stop.stop_requested() && !io_.stopped()) {
      if (endless)
        io_.run_one();
      else if (io_.run_one_until(until) == 0)
        break;
    }
    return done();
  }

  status failed(const boost::system::error_code& error) const {
    return {errc::connection_failed, place_ + ": " + error.message()};
  }

  status connect(tcp::socket& peer, const std::stop_token& stop) {
    auto resolver = tcp::resolver{io_};
    auto error = boost::system::error_code{};
    auto done = false;
    auto targets = tcp::resolver::results_type{};
    // An address needs no resolver, whose thread cannot be interrupted.
    if (const auto address = asio::ip::make_address(options_.host, error); !error) {
      targets = tcp::resolver::results_type::create(tcp::endpoint{address, static_cast<std::uint16_t>(options_.port)},
                                                    options_.host, std::to_string(options_.port));
    } else {
      resolver.async_resolve(options_.host, std::to_string(options_.port), [&](const auto& e, auto found) {
        error = e;
        targets = std::move(found);
        done = true;
      });
      if (!finish([&] { return done; }, stop, options_.connect_timeout))
        return abandon(
            peer, done, [&] { resolver.cancel(); }, stop);
      if (error)
        return failed(error);
    }
    done = false;
    asio::async_connect(peer, targets, [&](const auto& e, const auto&) {
      error = e;
      done = true;
    });
    if (!finish([&] { return done; }, stop, options_.connect_timeout))
      return abandon(
          peer, done, [] {}, stop);
    if (error)
      return failed(error);
    // Where nobody listens the kernel may pick this very port for the client's end, and TCP then connects it to
    // itself: it would never hear anything, and keep the server from its port.
    if (const auto here = peer.local_endpoint(error); !error && here == peer.remote_endpoint(error)) {
      peer.close(error);
      return failed(asio::error::connection_refused);
    }
    peer.set_option(asio::socket_base::keep_alive{true}, error);
    return {};
  }

  /// Ends an operation that timed out or was stopped: its handler refers to locals, so it must have run.
  template <class Cancel>
  status abandon(tcp::socket& peer, const bool& done, const Cancel& cancel, const std::stop_token& stop) {
    auto ignored = boost::system::error_code{};
    cancel();
    peer.close(ignored);
    while (!done) {
      io_.restart();
      io_.run_one();
    }
    if (stop.stop_requested())
      return {errc::stopped, "stopped"};
    return {errc::connection_failed,
            place_ + ": no connection within " + std::to_string(options_.connect_timeout.count()) + " ms"};
  }

  void wait(std::chrono::milliseconds pause, const std::stop_token& stop) {
    struct alarm_state {
      std::mutex mutex;
      std::condition_variable_any changed;
      bool over = false;
    };
    auto state = std::make_shared<alarm_state>();
    const auto alarm = context().time->set_alarm(context().time->now() + pause, [state] {
      const std::lock_guard lock{state->mutex};
      state->over = true;
      state->changed.notify_all();
    });
    {
      std::unique_lock lock{state->mutex};
      state->changed.wait(lock, stop, [&] { return state->over; });
    }
    context().time->cancel_alarm(alarm);
  }

  /// Reads until the connection ends: ok after an orderly close.
  status read(tcp::socket& peer, const std::stop_token& stop) {
    auto text = std::string{};  // bytes [begin, end) are read but not cut yet
    auto begin = std::size_t{0};
    auto end = std::size_t{0};
    for (;;) {
      if (begin > 0) {
        std::memmove(text.data(), text.data() + begin, end - begin);
        end -= begin;
        begin = 0;
      }
      if (text.size() < end + read_bytes)
        text.resize(end + read_bytes);
      auto error = boost::system::error_code{};
      auto count = std::size_t{0};
      auto done = false;
      peer.async_read_some(asio::buffer(text.data() + end, read_bytes), [&](const auto& e, std::size_t n) {
        error = e;
        count = n;
        done = true;
      });
      if (!finish([&] { return done; }, stop)) {
        abandon(
            peer, done, [] {}, stop)
            .code();
        end += count;
        return cut({text.data(), end}, end - count).error();
      }
      const auto scanned = end;
      end += count;
      auto taken = cut({text.data(), end}, scanned);
      if (!taken.ok())
        return taken.error();
      begin = *taken;
      if (error == asio::error::eof)
        return last_line({text.data() + begin, end - begin});
      if (error) {
        dropped_ += begin < end ? 1 : 0;
        return {errc::connection_lost, place_ + ": " + error.message()};
      }
    }
  }

  /// Hands over the whole lines of `text`; gives the bytes taken.
  result<std::size_t> cut(std::string_view text, std::size_t scanned) {
    const auto arrived = context().time->now();
    auto taken = std::size_t{0};
    for (;;) {
      auto cut = lines_.cut(text.substr(taken), std::numeric_limits<std::int64_t>::max(), scanned);
      scanned = 0;
      WEIR_TRY(hand_over(arrived));
      if (!cut.ok())
        return at_row(cut.error());
      taken += *cut;
      if (*cut == 0 || taken == text.size())
        return taken;
    }
  }

  status hand_over(timestamp arrived) {
    if (lines_.rows() == 0)
      return {};
    auto rows = lines_.finish(arrived);
    replaced_ = lines_.replaced();
    if (!rows.ok())
      return at_row(rows.error());
    append(std::move(*rows));
    return {};
  }

  status last_line(std::string_view text) {
    if (text.empty())
      return {};
    auto added = lines_.add_line(text);
    if (!added.ok())
      return at_row(added);
    return hand_over(context().time->now());
  }

  status at_row(const status& cause) const {
    return status{cause.code(), place_ + ": " + cause.message()}.at_offset(std::to_string(next_row()));
  }

  const socket options_;
  const std::string place_;
  line_cutter lines_;
  asio::io_context io_{1};
  std::atomic<bool> connected_ = false;
  std::atomic<std::int64_t> connections_ = 0;
  std::atomic<std::int64_t> dropped_ = 0;
  std::atomic<std::int64_t> replaced_ = 0;
};

}  // namespace

result<std::unique_ptr<source>> socket::open() const {
  if (host.empty())
    return status{errc::invalid_argument, "socket: option host is empty; it must be a name or an address"};
  if (port < 1 || port > 65535)
    return status{errc::invalid_argument,
                  "socket: option port is " + std::to_string(port) + "; it must be from 1 to 65535"};
  WEIR_TRY(check_positive("socket", "max_line_bytes", max_line_bytes));
  if (max_line_bytes > std::int64_t{1} << 30)
    return status{errc::invalid_argument, "socket: option max_line_bytes is " + std::to_string(max_line_bytes) +
                                              "; at most 1073741824 is possible"};
  WEIR_TRY(check_positive("socket", "backoff.initial (ms)", backoff.initial.count()));
  if (backoff.max < backoff.initial)
    return status{errc::invalid_argument, "socket: option backoff.max is " + std::to_string(backoff.max.count()) +
                                              " ms; it must be at least backoff.initial, " +
                                              std::to_string(backoff.initial.count()) + " ms"};
  WEIR_TRY(check_positive("socket", "connect_timeout (ms)", connect_timeout.count()));
  WEIR_TRY(check_buffer("socket", {buffer_rows, buffer_bytes}));
  return std::unique_ptr<source>{std::make_unique<socket_source>(*this)};
}

}  // namespace weir::sources
