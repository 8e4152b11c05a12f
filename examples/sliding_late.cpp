// How many events each user had in the 5 minutes up to every minute; and the events that came too late for it.
#include <CLI/CLI.hpp>

#include <weir/sinks/files.hpp>
#include <weir/sinks/parquet.hpp>

#include "event_job.hpp"

namespace {

weir::dataframe keep_late(const weir::dataframe& counts, const std::string& directory, bool parquet) {
  if (parquet)
    return counts.late_rows(weir::sinks::parquet{.path = directory});
  return counts.late_rows(weir::sinks::jsonl{.path = directory});
}

}  // namespace

int main(int argc, char** argv) {
  std::string late;
  return run_event_job(
      {.program = "sliding_late",
       .about = "Counts events by user in windows of 5 minutes, one a minute, with a watermark of 10 minutes.\n"
                "Rows: window{start,end}, user_id, count; each window once, when the watermark has passed its end "
                "(append mode).",
       .options =
           [&late](CLI::App& app) {
             app.add_option("--late", late, "directory for the events that came too late for all of their windows");
           },
       .start =
           [&late](weir::engine& engine, const event_job_options& options) {
             const auto counts = read_events(engine, options)
                                     .with_watermark("timestamp", "10 minutes")
                                     .group_by(weir::window(weir::col("timestamp"), "5 minutes", "1 minute"), "user_id")
                                     .count();
             return write_rows(late.empty() ? counts : keep_late(counts, late, options.parquet()),
                               weir::output_mode::append, options);
           }},
      argc, argv);
}
