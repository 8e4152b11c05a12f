#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <weir/sources/buffered/line_cutter.hpp>
#include <weir/sources/buffered_source.hpp>

namespace weir::sources {

/// What follows when the peer cannot be reached or the connection ends.
enum class on_disconnect : unsigned char {
  fail,   ///< a refused or broken connection ends the query; an orderly close only ends the input, as in Spark
  retry,  ///< connects again with growing pauses, also after an orderly close
  end,    ///< any end of an established connection only ends the input; a refused one ends the query
};

/// Pauses between attempts to connect: `initial`, doubled each time up to `max`, `initial` again once
/// connected.
struct reconnect_backoff {
  std::chrono::milliseconds initial{100};
  std::chrono::milliseconds max{10'000};
};

/// Lines from a TCP server (semantics 15.5, spooled with a checkpoint). One row a line: value utf8 and, with
/// `include_timestamp`, when it arrived. A half line is a row at an orderly end of stream; after a
/// reset it is counted (`droppedHalfLines`) and dropped. Errors while it runs: connection_failed,
/// connection_lost, line_too_long, naming host and port.
///
///     engine.read_stream(weir::sources::socket{.host = "localhost", .port = 9999})
struct socket {
  using row_type = std::string;

  std::string host = "localhost";
  int port = 0;
  weir::sources::on_disconnect on_disconnect = on_disconnect::fail;
  reconnect_backoff backoff = {};
  std::int64_t max_line_bytes = std::int64_t{1} << 20;
  bool include_timestamp = false;
  weir::invalid_utf8 invalid_utf8 = invalid_utf8::replace;
  std::int64_t buffer_rows = buffer_options{}.rows;
  std::int64_t buffer_bytes = buffer_options{}.bytes;
  std::chrono::milliseconds connect_timeout{10'000};

  result<std::unique_ptr<source>> open() const;
  std::string kind() const { return "socket"; }
  schema output_schema() const { return line_schema(include_timestamp); }
};

}  // namespace weir::sources
