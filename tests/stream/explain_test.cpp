// explain() and to_dot(): exact texts, and the pictures in docs/ that are made of them.
#include "catch.hpp"

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include <weir/sinks/console.hpp>
#include <weir/sinks/files.hpp>
#include <weir/sinks/memory.hpp>
#include <weir/sources/memory.hpp>
#include <weir/sources/socket.hpp>
#include <weir/stream/engine.hpp>

#include "../../examples/session_job.hpp"
#include "fault_storage.hpp"

using namespace weir;

namespace {

stream_writer session_job(engine& on) {
  return on.read_stream(sources::socket{.host = "localhost", .port = 9999})
      .map(parse_transaction)
      .group_by_key(&transaction::session_id)
      .map_groups_with_state<session_total>(update_session)
      .write_stream()
      .query_name("sessions")
      .output_mode(output_mode::update)
      .checkpoint_location("checkpoints/sessions");
}

std::string content_of(const std::string& name) {
  std::ostringstream content;
  content << std::ifstream{std::string{WEIR_SOURCE_DIR "/"} + name}.rdbuf();
  return content.str();
}

/// The file holds the text; WEIR_UPDATE=1 writes it.
void check_document(const std::string& name, const std::string& text) {
  if (std::getenv("WEIR_UPDATE"))
    std::ofstream{std::string{WEIR_SOURCE_DIR "/"} + name} << text;
  INFO(name << " is out of date: WEIR_UPDATE=1 writes it");
  CHECK(content_of(name) == text);
}

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

/// The titles that Graphviz gives the nodes and edges of a graph that to_dot() wrote, as XML text.
std::vector<std::string> titles_of(const std::string& dot) {
  static const std::regex part{R"re(^  "([^"]+)"( -> "([^"]+)")?)re"};
  std::vector<std::string> titles;
  std::istringstream lines{dot};
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (!std::regex_search(line, found, part))
      continue;
    auto title = found[3].matched ? found[1].str() + "->" + found[3].str() : found[1].str();
    title = std::regex_replace(std::regex_replace(title, std::regex{"-"}, "&#45;"), std::regex{">"}, "&gt;");
    titles.push_back(title);
  }
  return titles;
}

}  // namespace

TEST_CASE("the graph of the session job, as text and for Graphviz", "[explain]") {
  engine on{{.deterministic = true}};
  const auto job = session_job(on);
  const auto text = job.explain(sinks::console{});
  const auto dot = job.to_dot(sinks::console{});
  check_document("docs/session_window.dot", dot);
  INFO("README.md shows another graph than explain() tells");
  CHECK_THAT(content_of("README.md"), Catch::Contains("```text\n" + text + "```"));

  INFO("docs/session_window.svg is not of docs/session_window.dot: dot -Tsvg makes it");
  const auto picture = content_of("docs/session_window.svg");
  std::size_t titles = 1;  // the graph's own
  for (const auto& title : titles_of(dot)) {
    CHECK_THAT(picture, Catch::Contains("<title>" + title + "</title>"));
    ++titles;
  }
  CHECK(count_of(picture, "<title>") == titles);
}

TEST_CASE("a running query explains itself as its plan does", "[explain]") {
  engine on{{.deterministic = true}};
  const sources::memory_input<int> input;
  const auto write = [&] { return on.read_stream(sources::memory<int>{input}).write_stream().query_name("plain"); };
  const std::string expected = "query plain\n"
                               "  trigger processing_time(0s), output mode append\n"
                               "  not durable: no checkpoint_location\n"
                               "  memory-0: source memory, replays -> value: int32 not null\n"
                               "  memory-1 <- memory-0: sink memory, not durable\n";
  CHECK(write().explain(sinks::memory{}) == expected);
  CHECK(write().start(sinks::memory{}).explain() == expected);
}

TEST_CASE("what branches, refuses rows or has a name is shown so", "[explain]") {
  engine on{{.files = std::make_shared<weir_test::fault_storage>(), .deterministic = true}};
  const sources::memory_input<std::string> input;
  const auto lines = on.read_stream(sources::memory<std::string>{input}).named("lines");
  const auto parsed =
      lines.map(parse_transaction).named("parse").on_error(dead_letter(sinks::jsonl{.path = "refused"}));
  const auto all = lines.union_with(lines.filter([](std::string_view line) { return !line.empty(); }));
  const auto query = on.start({.name = "many"}, {to(parsed, sinks::memory{}, "good"), to(all, sinks::memory{}, "all")});
  CHECK(query.explain() == "query many\n"
                           "  trigger processing_time(0s), output mode append\n"
                           "  not durable: no checkpoint_location\n"
                           "  lines: source memory, replays -> value: utf8 not null\n"
                           "  parse <- lines: map (refused rows to the dead-letter sink) -> session_id: utf8 not null, "
                           "win_amount: float64 not null, deposit: boolean not null\n"
                           "  good <- parse: sink memory, not durable\n"
                           "  filter-0 <- lines: filter -> value: utf8 not null\n"
                           "  union-0 <- lines filter-0: union -> value: utf8 not null\n"
                           "  all <- union-0: sink memory, not durable\n"
                           "  parse.dead_letter <- parse(refused rows): sink jsonl refused, not durable\n");
  CHECK(parsed.write_stream().query_name("a \"quoted\" \\ name").to_dot(sinks::memory{}) ==
        R"(digraph "a \"quoted\" \\ name" {
  rankdir=LR;
  node [shape=box];
  "lines" [shape=cds];
  "parse" [shape=box];
  "memory-0" [shape=note];
  "parse.dead_letter" [shape=note];
  "lines" -> "parse";
  "parse" -> "memory-0";
  "parse" -> "parse.dead_letter" [style=dashed, label="refused"];
  "trigger" [shape=ellipse];
  "coordinator" [shape=ellipse];
  "trigger" -> "coordinator" [style=dotted];
  "coordinator" -> "lines" [style=dotted];
}
)");
}
