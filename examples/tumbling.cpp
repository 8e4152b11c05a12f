// How many events of each type came in each 5 minutes, and their average value.
#include "event_job.hpp"

namespace {

weir::streaming_query start_counting(weir::engine& engine, const event_job_options& options) {
  const auto windows = read_events(engine, options)
                           .with_watermark("timestamp", "10 minutes")
                           .group_by(weir::window(weir::col("timestamp"), "5 minutes"), "event_type")
                           .agg(weir::count().as("event_count"), weir::avg(weir::col("value")).as("avg_value"));
  return write_rows(windows, weir::output_mode::update, options);
}

}  // namespace

int main(int argc, char** argv) {
  return run_event_job(
      {.program = "tumbling",
       .about = "Counts events by type in windows of 5 minutes, with a watermark of 10 minutes.\n"
                "Rows: window{start,end}, event_type, event_count, avg_value.\n"
                "Each epoch adds the windows that it changed (update mode): the last row of a window and type is its "
                "result.",
       .start = start_counting},
      argc, argv);
}
