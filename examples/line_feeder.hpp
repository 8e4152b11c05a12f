#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

/// A small line server for demos: listens on 127.0.0.1, and sends every client made-up transactions at a
/// steady rate, then closes. Ends with the object.
class line_feeder {
public:
  struct options {
    std::uint16_t port = 9999;
    int lines = 40;
    std::chrono::milliseconds interval{100};
    unsigned seed = 1;
  };

  /// Throws std::system_error when the port cannot be bound.
  explicit line_feeder(options settings);
  ~line_feeder();
  line_feeder(const line_feeder&) = delete;
  line_feeder& operator=(const line_feeder&) = delete;

  std::uint16_t port() const noexcept;
  /// The first client has got all its lines.
  bool done() const noexcept;

private:
  struct core;
  std::shared_ptr<core> core_;
  std::thread thread_;
};
