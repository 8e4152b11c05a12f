// Files of events as they are, into files of another directory: one input file an epoch.
#include "event_job.hpp"

int main(int argc, char** argv) {
  return run_event_job({.program = "passthrough",
                        .about = "Writes the events of a directory's files to another directory, a file an epoch.",
                        .max_files = 1,
                        .start =
                            [](weir::engine& engine, const event_job_options& options) {
                              return write_rows(read_events(engine, options), weir::output_mode::append, options);
                            }},
                       argc, argv);
}
