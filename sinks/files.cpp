#include <weir/sinks/files.hpp>

#include <weir/sinks/files/file_sink.hpp>

namespace weir::sinks {

namespace {

template <class Options>
result<std::unique_ptr<sink>> open_files(const Options& options, std::unique_ptr<row_formatter> format, bool nested) {
  const auto kind = options.kind();
  const auto positive = [&](const char* name, std::optional<std::int64_t> value) -> status {
    if (!value || *value > 0)
      return {};
    return {errc::invalid_argument, kind + ": " + name + " is " + std::to_string(*value) + ", must be positive"};
  };
  if (options.path.empty())
    return status{errc::invalid_argument, kind + ": path is empty, must name a directory"};
  WEIR_TRY(positive("roll_rows", options.roll_rows));
  WEIR_TRY(positive("roll_bytes", options.roll_bytes));
  if (options.roll_every)
    WEIR_TRY(positive("roll_every", options.roll_every->count()));
  file_sink::options settings;
  settings.kind = kind;
  settings.directory = options.path;
  settings.partition_by = options.partition_by;
  settings.nested_columns = nested;
  settings.roll_rows = options.roll_rows;
  settings.roll_bytes = options.roll_bytes;
  settings.roll_every = options.roll_every;
  settings.visible_when_rolled = options.visible_when_rolled;
  settings.append_to_foreign = options.append_to_foreign;
  return std::unique_ptr<sink>{std::make_unique<file_sink>(std::move(settings), std::move(format))};
}

}  // namespace

result<std::unique_ptr<sink>> jsonl::open() const {
  return open_files(
      *this, make_json_formatter({.binary_as_base64 = true, .not_finite_as_text = true, .microseconds = true}), true);
}

result<std::unique_ptr<sink>> csv::open() const {
  if (separator == '"' || separator == '\n' || separator == '\r')
    return status{errc::invalid_argument, "csv: separator is a quote or a line end"};
  return open_files(*this, make_csv_formatter({header, separator, null_value, true}), false);
}

}  // namespace weir::sinks
