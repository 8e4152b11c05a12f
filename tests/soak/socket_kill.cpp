// Lines from a socket into the real program, which is killed with -9 at random moments and started again on the same
// checkpoint. Every line that an epoch has acknowledged is in the output exactly once, and so is every line that the
// program has spooled: what came of a connection is a beginning of what was sent on it.
//   socket_kill PROGRAM SECONDS
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <regex>
#include <set>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "../test_seed.hpp"
#include "line_server.hpp"

using namespace std::chrono_literals;

namespace {

/// The program under test: its stderr is read to the end by a thread.
class child {
public:
  child(const std::vector<std::string>& command, std::function<void(const std::string&)> on_line) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
      throw std::system_error{errno, std::generic_category(), "pipe"};
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDERR_FILENO);
      std::vector<char*> arguments;
      for (const auto& one : command)
        arguments.push_back(const_cast<char*>(one.c_str()));
      arguments.push_back(nullptr);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    close(ends[1]);
    reader_ = std::thread{[from = ends[0], on_line = std::move(on_line)] {
      std::string text;
      char bytes[65536];
      for (;;) {
        const auto count = read(from, bytes, sizeof bytes);
        if (count <= 0)
          break;
        text.append(bytes, static_cast<std::size_t>(count));
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
          on_line(text.substr(0, end));
          text.erase(0, end + 1);
        }
      }
      close(from);
    }};
  }
  ~child() {
    if (pid_ > 0)
      (void)end(SIGKILL);
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  /// Sends the signal and waits for the end; gives what waitpid tells.
  int end(int signal) {
    kill(pid_, signal);
    int outcome = 0;
    waitpid(pid_, &outcome, 0);
    pid_ = -1;
    reader_.join();
    return outcome;
  }

private:
  pid_t pid_ = -1;
  std::thread reader_;
};

/// Sends, on connection c, the pairs `a<c>,1` and `m<c>-<i>,<i>,true` for i = 0, 1, ...: the first adds to a session
/// that lives through kills, the second is a session of one line.
class sender {
public:
  bool serve(weir_test::line_server& server, weir_test::line_server::tcp::socket& client, int connection) {
    current_ = connection;
    std::int64_t number = 0;
    std::string text;
    while (!server.stopping() && now_ == phase::streaming) {
      text.clear();
      for (int i = 0; i < 50; ++i, ++number) {
        const auto name = std::to_string(connection);
        const auto index = std::to_string(number);
        text += "a" + name + ",1\nm" + name + "-" + index + "," + index + ",true\n";
      }
      if (!weir_test::line_server::send(client, text))
        break;
      sent_pairs_[connection] = number;
      std::this_thread::sleep_for(1ms);  // a steady stream, not a flood: the output stays small
    }
    if (now_ == phase::closing && !finished_) {
      // Closes every session that lives on, and waits until the program has read that.
      text.clear();
      for (int c = 0; c <= connection; ++c)
        text += "a" + std::to_string(c) + ",0,true\n";
      finished_ = weir_test::line_server::send(client, text) && weir_test::line_server::close(client);
    }
    return true;
  }
  /// Serves nobody any more; then, after whoever waits has been turned away, the last start.
  void pause() { now_ = phase::paused; }
  void finish() { now_ = phase::closing; }
  bool finished() const { return finished_; }
  int current() const { return current_; }
  /// After the server has stopped: pairs offered on each connection. The last batch may have been offered in vain.
  std::int64_t offered(int connection) const {
    const auto found = sent_pairs_.find(connection);
    return (found == sent_pairs_.end() ? 0 : found->second) + 50;
  }

private:
  enum class phase : unsigned char { streaming, paused, closing };
  std::atomic<int> current_ = -1;
  std::atomic<phase> now_ = phase::streaming;
  std::atomic<bool> finished_ = false;
  std::map<int, std::int64_t> sent_pairs_;
};

/// What the program has told: its newest end offset, and which connection was there then.
class acknowledgements {
public:
  void line(const std::string& text, int connection) {
    static const std::regex end{R"re("endOffset":"?(-?[0-9]+))re"};
    std::smatch found;
    const std::lock_guard lock{mutex_};
    if (std::regex_search(text, found, end))
      newest_[connection] = std::max(newest_[connection], std::stoll(found[1]) + 1);
    else if (!text.empty())
      strays_.push_back(text);
  }
  /// Rows acknowledged while a connection was the newest.
  std::map<int, long long> rows() const {
    const std::lock_guard lock{mutex_};
    return newest_;
  }
  std::vector<std::string> strays() const {
    const std::lock_guard lock{mutex_};
    return strays_;
  }

private:
  mutable std::mutex mutex_;
  std::map<int, long long> newest_;
  std::vector<std::string> strays_;
};

/// The output, by connection.
struct taken {
  std::int64_t markers = 0;
  std::int64_t added = 0;
  bool closed = false;
};

class output {
public:
  explicit output(const std::filesystem::path& directory) {
    static const std::regex row{R"re(\{"session_id":"([am])([0-9]+)(-([0-9]+))?","current_balance":([0-9]+).*\})re"};
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{directory})
      if (entry.path().filename().string()[0] != '_')
        files.push_back(entry.path());
    for (const auto& file : files) {
      std::ifstream in{file};
      for (std::string line; std::getline(in, line);) {
        std::smatch found;
        if (!std::regex_match(line, found, row)) {
          complain("an odd row: " + line);
          continue;
        }
        ++rows_;
        auto& of = connections_[std::stoi(found[2])];
        if (found[1] == "a") {
          if (std::exchange(of.closed, true))
            complain("twice: " + line);
          of.added = std::stoll(found[5]);
        } else if (!seen_.insert(line).second || found[4] != found[5]) {
          complain("twice or wrong: " + line);
        } else {
          ++of.markers;
          of_last_[std::stoi(found[2])] = std::max(of_last_[std::stoi(found[2])], std::stoll(found[4]));
        }
      }
    }
  }

  void check(const sender& sends, const acknowledgements& told) {
    long long before = 0;
    const auto acknowledged = told.rows();
    for (int c = 0; c <= sends.current(); ++c) {
      const auto& of = connections_[c];
      const auto name = "connection " + std::to_string(c);
      if (of.markers > 0 && of_last_[c] + 1 != of.markers)
        complain(name + ": " + std::to_string(of.markers) + " markers, the last is " + std::to_string(of_last_[c]));
      if (of.added != of.markers && of.added != of.markers + 1)
        complain(name + ": " + std::to_string(of.markers) + " markers but a sum of " + std::to_string(of.added));
      if (of.markers > sends.offered(c))
        complain(name + ": more than was sent");
      if (!of.closed)
        complain(name + ": its session was not closed");
      before += of.markers + of.added;
      const auto promised = acknowledged.find(c);
      if (promised != acknowledged.end() && c < sends.current() && before < promised->second)
        complain(name + ": " + std::to_string(promised->second) + " rows were acknowledged, " + std::to_string(before) +
                 " are there");
    }
    // Each connection's closing line is a row, too.
    const auto all = before + sends.current() + 1;
    const auto last = acknowledged.empty() ? 0 : acknowledged.rbegin()->second;
    if (all != last)
      complain(std::to_string(last) + " rows were acknowledged in all, " + std::to_string(all) + " are there");
    lines_ = all;
  }
  void complain(const std::string& what) {
    if (++complaints_ <= 20)
      std::cerr << "socket_kill: " << what << '\n';
  }
  bool good() const { return complaints_ == 0; }
  long long lines() const { return lines_; }

private:
  std::map<int, taken> connections_;
  std::map<int, long long> of_last_;
  std::set<std::string> seen_;
  long long rows_ = 0;
  long long lines_ = 0;
  int complaints_ = 0;
};

int run(const std::string& program, std::chrono::seconds time) {
  std::mt19937_64 random{weir_test::test_seed()};
  const auto directory = std::filesystem::temp_directory_path() / ("weir-socket-kill-" + std::to_string(getpid()));
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  sender sends;
  weir_test::line_server server{
      [&](auto& of, auto& client, int connection) { return sends.serve(of, client, connection); }};
  acknowledgements told;
  const std::vector<std::string> command{program,
                                         "--host",
                                         "127.0.0.1",
                                         "--port",
                                         std::to_string(server.port()),
                                         "--mode",
                                         "every-deposit",
                                         "--retry",
                                         "--progress",
                                         "--sink",
                                         "jsonl:" + (directory / "out").string(),
                                         "--checkpoint",
                                         (directory / "checkpoint").string()};
  const auto start = [&] {
    return std::make_unique<child>(command, [&](const std::string& line) { told.line(line, sends.current()); });
  };

  int kills = 0;
  for (const auto begin = std::chrono::steady_clock::now(); std::chrono::steady_clock::now() - begin < time; ++kills) {
    const auto program_under_test = start();
    std::this_thread::sleep_for(std::chrono::milliseconds{20 + random() % 400});
    const auto outcome = program_under_test->end(SIGKILL);
    if (!WIFSIGNALED(outcome)) {
      std::cerr << "socket_kill: the program ended by itself\n";
      for (const auto& line : told.strays())
        std::cerr << "  " << line << '\n';
      return 1;
    }
  }
  // Connections of killed starts still wait at the server: this one comes after them.
  sends.pause();
  server.wait_for_turn();
  // The last start reads to an orderly end, and drains.
  sends.finish();
  const auto last = start();
  for (const auto begin = std::chrono::steady_clock::now(); !sends.finished();) {
    if (std::chrono::steady_clock::now() - begin > 60s) {
      std::cerr << "socket_kill: the last start does not read its input\n";
      return 1;
    }
    std::this_thread::sleep_for(1ms);
  }
  server.stop();
  const auto outcome = last->end(SIGTERM);
  output came{directory / "out"};
  if (!WIFEXITED(outcome) || WEXITSTATUS(outcome) != 0)
    came.complain("the last start did not end with 0");
  for (const auto& line : told.strays())
    came.complain("on stderr: " + line);
  came.check(sends, told);
  std::cout << came.lines() << " lines of " << sends.current() + 1 << " connections after " << kills << " kills\n";
  if (came.good())
    std::filesystem::remove_all(directory);
  return came.good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: socket_kill PROGRAM SECONDS\n";
    return 2;
  }
  try {
    return run(argv[1], std::chrono::seconds{std::stoi(argv[2])});
  } catch (const std::exception& error) {
    std::cerr << "socket_kill: " << error.what() << '\n';
    return 1;
  }
}
