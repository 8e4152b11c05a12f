// README's example: compiled as it stands there, run on a real socket, and what it prints is what README shows.
#include "catch.hpp"

#include <fstream>
#include <sstream>

#include <weir/sinks/console.hpp>
#include <weir/sources/socket.hpp>
#include <weir/stream/engine.hpp>

#include "../../examples/session_job.hpp"
#include "../soak/line_server.hpp"
#include "recording_listener.hpp"
#include "temporary_directory.hpp"

namespace readme {

// Cut out of README.md when the build is configured: the types, which are session_job.hpp's ...
namespace shown {
#include "readme_types.hpp"
}
// ... and the rest, with another port, output and checkpoint.
void run(int readme_port, const weir::sinks::console& readme_console, const std::string& readme_checkpoint) {
#include "readme_statements.hpp"
}

}  // namespace readme

namespace {

/// Text that another thread may be writing.
class shared_text : public std::stringbuf {
public:
  /// True once the text holds `what`.
  bool holds(const std::string& what) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, weir_test::long_enough, [&] { return text_.find(what) != std::string::npos; });
  }
  std::string text() {
    const std::lock_guard lock{mutex_};
    return text_;
  }

protected:
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    const std::lock_guard lock{mutex_};
    text_.append(bytes, static_cast<std::size_t>(count));
    changed_.notify_all();
    return count;
  }
  int_type overflow(int_type byte) override {
    const auto one = static_cast<char>(byte);
    (void)xsputn(&one, 1);
    return byte;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
};

}  // namespace

TEST_CASE("README's example prints what README shows", "[readme][threads]") {
  CHECK(weir::row_schema<readme::shown::transaction>() == weir::row_schema<transaction>());
  CHECK(weir::row_schema<readme::shown::session_total>() == weir::row_schema<session_total>());
  CHECK(weir::row_schema<readme::shown::session_update>() == weir::row_schema<session_update>());

  std::ostringstream document;
  document << std::ifstream{WEIR_SOURCE_DIR "/README.md"}.rdbuf();
  const weir_test::temporary_directory checkpoint;
  shared_text printed;
  std::ostream out{&printed};
  // The server goes after the row was printed, by a reset: the query fails, and the example ends.
  weir_test::line_server server{[&](auto& of, auto& client, int) {
    of.send(client, "anna,12.5\nanna,26.5,true\n");
    (void)printed.holds("anna");
    of.reset(client);
    return true;
  }};
  CHECK_THROWS_AS(readme::run(server.port(), {.out = &out}, checkpoint.path()), weir::query_error);
  CHECK_THAT(document.str(), Catch::Contains("```text\n" + printed.text().substr(0, printed.text().rfind('+') + 1)));
  CHECK_THAT(printed.text(), Catch::Contains("anna"));
}
