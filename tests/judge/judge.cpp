// The windowed aggregates that duckdb_test judges: each over all files at once, and as a stream of a file an epoch.
//   judge IN OUT    reads Parquet files in IN, writes OUT/<query>/<read or stream>/*.parquet
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include <weir/sinks/parquet.hpp>
#include <weir/sources/parquet_files.hpp>
#include <weir/stream/dataframe.hpp>
#include <weir/stream/engine.hpp>

namespace {

using weir::col;
using weir::dataframe;
using weir::unix_micros;

/// Times as microseconds, which mean the same to everyone who reads them.
weir::expression start_of(const char* window) {
  return unix_micros(col(std::string{window} + ".start")).as("start_at");
}
weir::expression end_of(const char* window) { return unix_micros(col(std::string{window} + ".end")).as("end_at"); }

struct query {
  std::string name;
  std::function<dataframe(const dataframe&)> build;
};

std::vector<query> queries() {
  return {
      {"tumbling",
       [](const dataframe& events) {
         return events.group_by(weir::window(col("time"), "5 minutes").as("w"), "type")
             .agg(weir::count().as("n"), weir::count(col("value")).as("n_values"), weir::sum(col("value")).as("total"),
                  weir::avg(col("value")).as("mean"), weir::min(col("value")).as("least"),
                  weir::max(col("value")).as("most"), weir::min(col("label")).as("first_label"),
                  weir::stddev(col("value")).as("deviation"))
             .select(start_of("w"), end_of("w"), "type", "n", "n_values", "total", "mean", "least", "most",
                     "first_label", "deviation");
       }},
      {"sliding",
       [](const dataframe& events) {
         return events.filter(col("value").is_null() || col("value") % 7 != 3)
             .group_by("user", weir::window(col("time"), "10 minutes", "3 minutes", "1 minute").as("w"))
             .agg(weir::count().as("n"), weir::sum(col("value") * 2 + 1).as("total"),
                  weir::max_by(col("label"), col("id")).as("newest"), weir::collect_set(col("type")).as("types"))
             .select("user", start_of("w"), end_of("w"), "n", "total", "newest",
                     weir::size(col("types")).as("n_types"));
       }},
      {"session",
       [](const dataframe& events) {
         return events.group_by("user", weir::session_window(col("time"), "20 seconds").as("w"))
             .agg(weir::count().as("n"), weir::sum(col("value")).as("total"), weir::max(col("id")).as("newest"))
             .select("user", start_of("w"), end_of("w"), "n", "total", "newest");
       }},
      {"windows_of_windows",
       [](const dataframe& events) {
         return events.group_by(weir::window(col("time"), "1 minute").as("w"), "type")
             .count()
             .group_by(weir::window(col("w"), "10 minutes").as("w"), "type")
             .agg(weir::count().as("minutes"), weir::max(col("count")).as("most"), weir::sum(col("count")).as("n"))
             .select(start_of("w"), end_of("w"), "type", "minutes", "most", "n");
       }},
  };
}

void run(const std::string& in, const std::string& out) {
  weir::engine on;
  for (const auto& [name, build] : queries()) {
    const auto files = weir::sources::parquet_files{.path = in, .infer_schema = true, .max_files_per_trigger = 1};
    const auto path = out + "/" + name;
    build(on.read(files).with_watermark("time", "6 minutes")).write(weir::sinks::parquet{.path = path + "/read"});
    auto streamed = build(on.read_stream(files).with_watermark("time", "6 minutes"))
                        .write_stream()
                        .checkpoint_location(path + "/checkpoint")
                        .trigger(weir::trigger::available_now())
                        .start(weir::sinks::parquet{.path = path + "/stream"});
    streamed.await_termination();
    std::int64_t late = 0;
    for (const auto& progress : streamed.recent_progress())
      for (const auto& state : progress.state_operators)
        late += state.num_rows_dropped_by_watermark;
    std::cout << name << ": " << late << " late rows\n";
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "judge IN OUT\n";
    return 2;
  }
  run(argv[1], argv[2]);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "judge: " << error.what() << '\n';
  return 1;
}
