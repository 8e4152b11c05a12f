#include <weir/sinks/parquet.hpp>

#include <weir/sinks/files/rolling_parquet_sink.hpp>

namespace weir::sinks {

result<std::unique_ptr<sink>> parquet::open() const {
  const auto refused = [](const std::string& what) { return status{errc::invalid_argument, "parquet: " + what}; };
  if (path.empty())
    return refused("path is empty, must name a directory");
  if (roll.bytes && *roll.bytes <= 0)
    return refused("roll.bytes is " + std::to_string(*roll.bytes) + ", must be positive");
  if (roll.interval && roll.interval->count() <= 0)
    return refused("roll.interval is " + std::to_string(roll.interval->count()) + " us, must be positive");
  const auto style = parquet_style{compression, row_group_rows};
  WEIR_TRY(check_parquet_style(style));
  auto settings = parquet_base::options{path, partition_by, style, append_to_foreign};
  if (roll.bytes || roll.interval)
    return std::unique_ptr<sink>{std::make_unique<rolling_parquet_sink>(std::move(settings), roll)};
  return std::unique_ptr<sink>{std::make_unique<parquet_sink>(std::move(settings))};
}

}  // namespace weir::sinks
