#include "session_query.hpp"

#include <fstream>
#include <iostream>

#include <weir/columns/text.hpp>
#include <weir/sinks/callback.hpp>
#include <weir/sinks/console.hpp>
#include <weir/sinks/files.hpp>
#include <weir/sinks/lines.hpp>
#include <weir/sinks/null.hpp>
#include <weir/sources/files.hpp>
#include <weir/sources/socket.hpp>

#include "session_job.hpp"
#include "trigger_option.hpp"

namespace {

/// Refused lines go to a file as they came, followed by a tab and the reason, so that grep finds their bytes.
weir::sinks::callback<weir::dead_letter_row> dead_letter_file(const std::string& path) {
  auto file = std::make_shared<std::ofstream>(path, std::ios::app | std::ios::binary);
  if (!*file)
    throw std::runtime_error{"cannot open the dead-letter file " + path};
  return {[file, path](weir::epoch_id, std::span<const weir::dead_letter_row> rows) {
    for (const auto& one : rows)
      *file << one.raw.value_or(one.row) << '\t' << one.error << '\n';
    if (!file->flush())
      throw std::runtime_error{"cannot write the dead-letter file " + path};
  }};
}

weir::dataset<std::string> read_lines(weir::engine& engine, const session_options& options) {
  const weir::read_limit limit{options.max_rows, options.max_files, {}};
  if (!options.input.empty())
    return engine.read_stream(weir::sources::files{.path = options.input, .order = weir::sources::file_order::by_name},
                              limit);
  weir::sources::socket socket{.host = options.host, .port = options.port};
  if (options.retry)
    socket.on_disconnect = weir::sources::on_disconnect::retry;
  return engine.read_stream(socket, limit);
}

weir::dataset<transaction> parse_lines(const weir::dataset<std::string>& lines, const session_options& options) {
  auto parsed = lines.map(parse_transaction);
  if (options.on_error == "skip")
    return parsed.on_error(weir::skip);
  constexpr std::string_view dead_letters = "dead-letter:";
  if (options.on_error.starts_with(dead_letters))
    return parsed.on_error(weir::dead_letter(dead_letter_file(options.on_error.substr(dead_letters.size()))));
  return parsed;
}

template <class Sink>
weir::streaming_query start_with(weir::stream_writer writer, const session_options& options, const Sink& sink) {
  if (options.explain)
    std::cerr << writer.explain(sink);
  return std::move(writer).start(sink);
}

}  // namespace

weir::streaming_query start_session_query(weir::engine& engine, const session_options& options) {
  const auto groups = parse_lines(read_lines(engine, options), options).group_by_key(&transaction::session_id);
  const auto every_deposit = options.mode == "every-deposit";
  const auto updates = every_deposit ? groups.flat_map_groups_with_state<session_total>(weir::output_mode::append,
                                                                                        close_at_every_deposit)
                                     : groups.map_groups_with_state<session_total>(update_session);
  weir::query_options query;
  query.name = "sessions";
  query.mode = every_deposit ? weir::output_mode::append : weir::output_mode::update;
  query.trigger = parse_trigger(options.trigger);
  query.checkpoint_location = options.checkpoint;
  query.partitions = options.partitions;
  auto writer = updates.write_stream().options(query);
  if (options.sink == "csv")
    return start_with(writer, options, weir::sinks::lines{.out = &std::cout});
  if (options.sink == "null")
    return start_with(writer, options, weir::sinks::null{});
  constexpr std::string_view jsonl = "jsonl:";
  if (options.sink.starts_with(jsonl))
    return start_with(writer, options, weir::sinks::jsonl{.path = options.sink.substr(jsonl.size())});
  return start_with(writer, options, weir::sinks::console{});
}
