#include <cerrno>
#include <functional>
#include <iostream>
#include <latch>
#include <string>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include <weir/sinks/lines.hpp>
#include <weir/sources/typed_source.hpp>
#include <weir/stream/engine.hpp>

/// Lines of an open file descriptor, read by a thread of the source's own.
class descriptor_source : public weir::typed_source<std::string> {
public:
  descriptor_source(int descriptor, std::function<void()> at_end)
      : descriptor_{descriptor}, at_end_{std::move(at_end)} {}

  std::string description() const override { return "descriptor " + std::to_string(descriptor_); }

protected:
  weir::status run(std::stop_token stop) override {
    std::string text;
    char bytes[4096];
    while (!stop.stop_requested()) {
      pollfd ready{descriptor_, POLLIN, 0};
      if (poll(&ready, 1, 100) == 0)
        continue;  // nothing came: look at `stop`, ten times a second
      const auto count = read(descriptor_, bytes, sizeof bytes);
      if (count < 0)
        return weir::errno_status(errno, "read " + description());
      text.append(bytes, static_cast<std::size_t>(count));
      if (count == 0 && !text.empty())
        text += '\n';  // the last line may lack it
      std::size_t begin = 0;
      for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
        if (!emit(text.substr(begin, end - begin)))  // waits while the buffer is full
          return {};
        begin = end + 1;
      }
      text.erase(0, begin);
      if (count == 0) {
        at_end_();
        return {};
      }
    }
    return {};
  }

private:
  int descriptor_;
  std::function<void()> at_end_;
};

/// What read_stream takes: options with defaults, and how to open a source from them.
struct descriptor {
  using row_type = std::string;

  int number = 0;
  std::function<void()> at_end = [] {};

  weir::result<std::unique_ptr<weir::source>> open() const {
    if (number < 0)
      return weir::status{weir::errc::invalid_argument,
                          "descriptor: option number is " + std::to_string(number) + "; it must not be negative"};
    return std::unique_ptr<weir::source>{std::make_unique<descriptor_source>(number, at_end)};
  }
  std::string kind() const { return "descriptor"; }
  weir::schema output_schema() const { return weir::row_schema<std::string>(); }
};

int main() {
  std::latch ended{1};
  weir::engine engine;
  const auto query =
      engine.read_stream(descriptor{.number = 0, .at_end = [&] { ended.count_down(); }})
          .map([](std::string_view line) { return std::to_string(line.size()) + " " + std::string{line}; })
          .write_stream()
          .start(weir::sinks::lines{.out = &std::cout});
  ended.wait();
  return query.drain(std::chrono::seconds{10}) ? 0 : 1;
}
