#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <weir/sources/source.hpp>

namespace weir::sources {

/// Rows (timestamp, value: 0, 1, 2 ...) at a steady rate of the query's clock (semantics 15.3). The offset is the
/// number of whole seconds since the query was created; that time is kept in the checkpoint, so values go on
/// after a restart (S09). With `ramp_up_time` (whole seconds) the rate grows to `rows_per_second` in equal steps.
/// A cap on rows holds to the second: one second is always taken. The rows of an epoch are spread evenly over its
/// time.
///
/// Both columns are nullable, as Spark's are, so a row type for them has optional members:
///
///     struct tick { std::optional<weir::timestamp> timestamp; std::optional<std::int64_t> value; };
///     engine.read_stream(weir::sources::rate{.rows_per_second = 100}).as<tick>()
struct rate {
  std::int64_t rows_per_second = 1;
  std::chrono::seconds ramp_up_time{0};

  result<std::unique_ptr<source>> open() const;
  std::string kind() const { return "rate"; }
  schema output_schema() const;
};

/// How many rows `rate` has given after `seconds`; -1 when that is more than an int64 holds.
std::int64_t rate_value_at(std::int64_t seconds, const rate& options);

/// The same number of rows in every epoch, all of an epoch with one timestamp, whatever the clock says (semantics
/// 15.4): reproducible input for tests and benchmarks. The offset is {"offset":n,"timestamp":ms}: n rows were
/// given, the next have that timestamp. `once` and `available_now` take exactly one batch.
struct rate_micro_batch {
  std::int64_t rows_per_batch = 0;               ///< required
  std::chrono::milliseconds start_timestamp{0};  ///< of the first batch, since the Unix epoch
  std::chrono::milliseconds advance_per_batch{1000};

  result<std::unique_ptr<source>> open() const;
  std::string kind() const { return "rate_micro_batch"; }
  schema output_schema() const;
};

}  // namespace weir::sources
