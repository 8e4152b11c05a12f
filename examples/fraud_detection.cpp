// Card transactions of card_producer, from raw lines to counts of suspicious ones by user, a step at a time.
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include <weir/sinks/console.hpp>
#include <weir/sinks/files.hpp>
#include <weir/sources/socket.hpp>
#include <weir/stream/engine.hpp>

#include "running_query.hpp"
#include "trigger_option.hpp"

namespace {

constexpr std::string_view jsonl_prefix = "jsonl:";

struct options {
  std::string host = "localhost";
  int port = 5555;
  std::string trigger = "2s";
  std::string step = "counts-update";
  bool no_truncate = false;
  std::string sink = "console";
  std::string checkpoint;
  bool progress = false;
};

void add_options(CLI::App& app, options& given) {
  app.add_option("--host", given.host, "where card_producer listens")->capture_default_str();
  app.add_option("--port", given.port, "its port")->check(CLI::Range(1, 65535))->capture_default_str();
  app.add_option("--trigger", given.trigger,
                 "when epochs start: an interval such as 2s, or 0s (as soon as lines are there)")
      ->capture_default_str();
  app.add_option("--step", given.step,
                 "raw (the lines), parsed (their columns), fraud (users with suspicious transactions in an epoch, and "
                 "whether they had more than one), counts-update or counts-complete (how many each user had so far)")
      ->check(CLI::IsMember({"raw", "parsed", "fraud", "counts-update", "counts-complete"}))
      ->capture_default_str();
  app.add_flag("--no-truncate", given.no_truncate, "print cells whole, not cut to 20 characters");
  app.add_option("--sink", given.sink, "console or jsonl:DIR")->capture_default_str();
  app.add_option("--checkpoint", given.checkpoint, "directory that makes the query durable; one for each step");
  app.add_flag("--progress", given.progress, "a line of progress JSON for each epoch on stderr");
  app.footer("It goes on until SIGINT or SIGTERM.\n"
             "Exit codes: 0, also after SIGINT; 1 when the query is refused or fails; 2 for bad options.");
}

/// Throws CLI::ValidationError.
void check_options(const options& given) {
  if (parse_trigger(given.trigger).type() != weir::trigger::kind::processing_time)
    throw CLI::ValidationError{"--trigger", "'" + given.trigger + "': expected 0s or an interval such as 2s"};
  const auto jsonl = given.sink.starts_with(jsonl_prefix) && given.sink.size() > jsonl_prefix.size();
  if (given.sink != "console" && !jsonl)
    throw CLI::ValidationError{"--sink", "'" + given.sink + "': expected console or jsonl:DIR"};
  if (jsonl && given.step == "counts-complete")
    throw CLI::ValidationError{"--sink",
                               "'" + given.sink + "': files cannot take back rows, so counts-complete needs console"};
}

/// What the step's query gives.
weir::dataframe compose(weir::engine& engine, const options& given) {
  using weir::col;
  auto raw = engine.read_stream(weir::sources::socket{.host = given.host, .port = given.port}).to_df();
  if (given.step == "raw")
    return raw;
  auto parsed =
      raw.select(weir::from_json(col("value"), "name STRING, surname STRING, amount DOUBLE, delta_t INT, flag INT")
                     .as("data"))
          .select("data.*");
  if (given.step == "parsed")
    return parsed;
  const auto by_user = parsed.filter(col("flag") == 1)
                           .with_column("user_id", weir::concat(col("name"), " ", col("surname")))
                           .group_by("user_id");
  if (given.step == "fraud")
    return by_user.per_epoch().count().select("user_id", (col("count") > 1).as("is_fraud"));
  return by_user.count();
}

weir::output_mode mode_of(const std::string& step) {
  if (step == "counts-update")
    return weir::output_mode::update;
  return step == "counts-complete" ? weir::output_mode::complete : weir::output_mode::append;
}

weir::streaming_query start_step(weir::engine& engine, const options& given) {
  const auto writer = compose(engine, given)
                          .write_stream()
                          .query_name("fraud_detection")
                          .output_mode(mode_of(given.step))
                          .trigger(parse_trigger(given.trigger))
                          .checkpoint_location(given.checkpoint);
  if (given.sink.starts_with(jsonl_prefix))
    return writer.start(weir::sinks::jsonl{.path = given.sink.substr(jsonl_prefix.size())});
  return writer.start(given.no_truncate ? weir::sinks::console{.truncate = 0} : weir::sinks::console{});
}

}  // namespace

int main(int argc, char** argv) {
  options given;
  CLI::App app{"Finds users with suspicious card transactions among those that card_producer sends."};
  add_options(app, given);
  try {
    app.parse(argc, argv);
    check_options(given);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run_query("fraud_detection", given.progress,
                   [&given](weir::engine& engine) { return start_step(engine, given); });
}
