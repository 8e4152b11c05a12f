#include <weir/sources/rate.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include <arrow/api.h>

#include <weir/sources/buffered_source.hpp>
#include <weir/state/ticker.hpp>

namespace weir::sources {
namespace {

constexpr std::int64_t batch_rows = 16 * 1024;

schema rate_schema() { return {{"timestamp", timestamp_type}, {"value", int64}}; }

std::optional<std::int64_t> number_in(std::string_view text) {
  auto number = std::int64_t{0};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

/// Gives rows [first, last) with the timestamps that `at` says, in microseconds.
template <class At>
status give(std::int64_t first, std::int64_t last, const At& at, collector& out) {
  static const auto columns = rate_schema().to_arrow();
  for (auto from = first; from < last; from += batch_rows) {
    const auto count = std::min(batch_rows, last - from);
    auto times = arrow::TimestampBuilder{columns->field(0)->type(), arrow::default_memory_pool()};
    auto values = arrow::Int64Builder{};
    if (auto reserved = times.Reserve(count) & values.Reserve(count); !reserved.ok())
      return from_arrow(reserved, "making rows");
    for (auto value = from; value < from + count; ++value) {
      times.UnsafeAppend(at(value));
      values.UnsafeAppend(value);
    }
    auto made = arrow::ArrayVector(2);
    if (auto done = times.Finish(&made[0]) & values.Finish(&made[1]); !done.ok())
      return from_arrow(done, "making rows");
    out.emit(batch{arrow::RecordBatch::Make(columns, count, std::move(made))});
  }
  return {};
}

class rate_source : public source {
public:
  explicit rate_source(rate options) : options_{options} {}

  weir::schema schema() const override { return rate_schema(); }
  bool replayable() const override { return true; }
  bool blocking() const override { return false; }
  result<offset> initial_offset() override { return offset{"0"}; }
  std::string description() const override {
    return "rate " + std::to_string(options_.rows_per_second) + " rows a second";
  }

  status start(const source_context& context) override {
    time_ = context.time;
    created_ = std::chrono::floor<std::chrono::milliseconds>(time_->now());
    if (!context.directory.empty())
      WEIR_TRY(keep_creation(*context.files, context.directory + "/created"));
    if (context.last_offset) {
      WEIR_ASSIGN(seen_, seconds_of(*context.last_offset));
    }
    ticker_ = std::make_unique<ticker>(
        time_,
        [created = created_](timestamp now) {
          return timestamp{created + std::chrono::floor<std::chrono::seconds>(now - created) + std::chrono::seconds{1}};
        },
        context.data_available ? context.data_available : [] {});
    if (seconds_now() > 0 && context.data_available)
      context.data_available();
    return {};
  }

  result<offset> latest_offset(const offset& start, const read_limit& limit) override {
    WEIR_ASSIGN(const auto from, seconds_of(start));
    auto to = target_ ? std::max(from, *target_) : std::max(from, seconds_now());
    const auto last = rate_value_at(to, options_);
    if (last < 0)
      return status{errc::source_failed, "rate: " + std::to_string(to) + " seconds at " +
                                             std::to_string(options_.rows_per_second) +
                                             " rows a second are more rows than can be numbered"};
    const auto first = rate_value_at(from, options_);
    if (limit.rows && last - first > *limit.rows) {
      // The largest number of seconds within the cap; one is always taken.
      auto low = from + 1;
      while (low < to) {
        const auto middle = low + (to - low + 1) / 2;
        if (rate_value_at(middle, options_) - first <= *limit.rows)
          low = middle;
        else
          to = middle - 1;
      }
      to = low;
    }
    return to == from ? start : offset{std::to_string(to)};
  }

  status get_batch(const offset& start, const offset& end, collector& out) override {
    WEIR_ASSIGN(const auto from, seconds_of(start));
    WEIR_ASSIGN(const auto to, seconds_of(end));
    const auto first = rate_value_at(from, options_);
    const auto last = rate_value_at(to, options_);
    if (first < 0 || last < 0)
      return {errc::source_failed, "rate: the offset " + end.json + " is out of range"};
    const auto begin = std::chrono::milliseconds{created_.time_since_epoch()} + std::chrono::seconds{from};
    const auto each =
        static_cast<double>(to - from) * 1000.0 / static_cast<double>(std::max<std::int64_t>(1, last - first));
    return give(
        first, last,
        [&](std::int64_t value) {
          return 1000 * (begin.count() + std::llround(static_cast<double>(value - first) * each));
        },
        out);
  }

  void drain() override { prepare_for_available_now(); }
  bool prepare_for_available_now() override {
    target_ = seconds_now();
    return true;
  }
  void stop() override { ticker_.reset(); }

private:
  using creation_time = std::chrono::sys_time<std::chrono::milliseconds>;

  /// "v1", a line end and milliseconds since the Unix epoch; written once.
  status keep_creation(storage& files, const std::string& path) {
    WEIR_ASSIGN(const auto exists, files.exists(path));
    if (!exists)
      return write_file_atomically(files, path, "v1\n" + std::to_string(created_.time_since_epoch().count()));
    WEIR_ASSIGN(const auto content, files.read_all(path));
    const auto text = std::string_view{content};
    if (const auto line = text.substr(0, text.find('\n')); line != "v1" && line.starts_with('v'))
      return {errc::checkpoint_newer, path + " is of version " + std::string{line} + "; v1 is the newest known"};
    const auto milliseconds = text.starts_with("v1\n") ? number_in(text.substr(3)) : std::nullopt;
    if (!milliseconds)
      return {errc::corrupt_checkpoint, path + " is not a creation time"};
    created_ = creation_time{std::chrono::milliseconds{*milliseconds}};
    return {};
  }

  static result<std::int64_t> seconds_of(const offset& position) {
    const auto seconds = number_in(position.json);
    if (!seconds || *seconds < 0)
      return status{errc::checkpoint_mismatch, "the offset '" + position.json + "' is not a number of seconds"};
    return *seconds;
  }

  /// A clock that goes back is ignored: the latest time seen counts.
  std::int64_t seconds_now() {
    seen_ = std::max<std::int64_t>(seen_, std::chrono::floor<std::chrono::seconds>(time_->now() - created_).count());
    return seen_;
  }

  const rate options_;
  std::shared_ptr<clock> time_;
  creation_time created_;
  std::int64_t seen_ = 0;
  std::optional<std::int64_t> target_;
  std::unique_ptr<ticker> ticker_;
};

class rate_micro_batch_source : public source {
public:
  explicit rate_micro_batch_source(rate_micro_batch options) : options_{options} {}

  weir::schema schema() const override { return rate_schema(); }
  bool replayable() const override { return true; }
  bool blocking() const override { return false; }
  result<offset> initial_offset() override { return json({0, options_.start_timestamp.count()}); }
  std::string description() const override {
    return "rate_micro_batch " + std::to_string(options_.rows_per_batch) + " rows an epoch";
  }

  status start(const source_context& context) override {
    data_available_ = context.data_available ? context.data_available : [] {};
    data_available_();
    return {};
  }

  result<offset> latest_offset(const offset& start, const read_limit& limit) override {
    WEIR_ASSIGN(const auto from, parse(start));
    // No limit at all is trigger `once`: as under available-now there is one batch in the run.
    if (ended_ || (given_ && (one_only_ || limit.unlimited())))
      return start;
    auto rows = std::int64_t{0};
    auto time = std::int64_t{0};
    if (__builtin_add_overflow(from.rows, options_.rows_per_batch, &rows) ||
        __builtin_add_overflow(from.milliseconds, options_.advance_per_batch.count(), &time))
      return status{errc::source_failed, "rate_micro_batch: nothing can follow the offset " + start.json};
    given_ = true;
    return json({rows, time});
  }

  status get_batch(const offset& start, const offset& end, collector& out) override {
    WEIR_ASSIGN(const auto from, parse(start));
    WEIR_ASSIGN(const auto to, parse(end));
    return give(
        from.rows, to.rows, [&](std::int64_t) { return 1000 * from.milliseconds; }, out);
  }

  status commit(const offset& /*end*/) override {
    if (!ended_ && !one_only_)
      data_available_();
    return {};
  }

  bool prepare_for_available_now() override { return one_only_ = true; }
  void drain() override { ended_ = true; }

private:
  struct place {
    std::int64_t rows = 0;
    std::int64_t milliseconds = 0;
  };

  static offset json(const place& at) {
    return offset{"{\"offset\":" + std::to_string(at.rows) + ",\"timestamp\":" + std::to_string(at.milliseconds) + "}"};
  }

  static result<place> parse(const offset& position) {
    constexpr auto head = std::string_view{"{\"offset\":"};
    constexpr auto middle = std::string_view{",\"timestamp\":"};
    const auto text = std::string_view{position.json};
    const auto comma = text.find(middle);
    if (text.starts_with(head) && comma != std::string_view::npos && text.ends_with('}')) {
      const auto rows = number_in(text.substr(head.size(), comma - head.size()));
      const auto time = number_in(text.substr(comma + middle.size(), text.size() - comma - middle.size() - 1));
      if (rows && time)
        return place{*rows, *time};
    }
    return status{errc::checkpoint_mismatch, "the offset '" + position.json + "' is not one of rate_micro_batch"};
  }

  const rate_micro_batch options_;
  std::function<void()> data_available_;
  bool one_only_ = false;
  bool given_ = false;
  bool ended_ = false;
};

status check_not_negative(std::string_view kind, std::string_view option, std::int64_t value) {
  if (value >= 0)
    return {};
  return {errc::invalid_argument, std::string{kind} + ": option " + std::string{option} + " is " +
                                      std::to_string(value) + "; it must be non-negative"};
}

}  // namespace

schema rate::output_schema() const { return rate_schema(); }
schema rate_micro_batch::output_schema() const { return rate_schema(); }

std::int64_t rate_value_at(std::int64_t seconds, const rate& options) {
  const auto ramp = std::min(seconds, options.ramp_up_time.count());
  const auto step = options.rows_per_second / (options.ramp_up_time.count() + 1);
  auto rows = std::int64_t{0};
  auto steady = std::int64_t{0};
  // 1 + 2 + ... + ramp, halving the even factor first.
  const auto half = ramp % 2 == 0 ? ramp / 2 : (ramp + 1) / 2;
  if (__builtin_mul_overflow(half, ramp % 2 == 0 ? ramp + 1 : ramp, &rows) ||
      __builtin_mul_overflow(rows, step, &rows) ||
      __builtin_mul_overflow(seconds - ramp, options.rows_per_second, &steady) ||
      __builtin_add_overflow(rows, steady, &rows))
    return -1;
  return rows;
}

result<std::unique_ptr<source>> rate::open() const {
  WEIR_TRY(check_positive("rate", "rows_per_second", rows_per_second));
  WEIR_TRY(check_not_negative("rate", "ramp_up_time (s)", ramp_up_time.count()));
  if (ramp_up_time.count() == std::numeric_limits<std::int64_t>::max() ||
      rate_value_at(ramp_up_time.count(), *this) < 0 ||
      (ramp_up_time.count() > 0 && rate_value_at(ramp_up_time.count() + 1, *this) < 0) ||
      ramp_up_time.count() > std::numeric_limits<std::int64_t>::max() / rows_per_second)
    return status{errc::invalid_argument, "rate: options rows_per_second " + std::to_string(rows_per_second) +
                                              " and ramp_up_time " + std::to_string(ramp_up_time.count()) +
                                              " s give more rows than can be numbered"};
  return std::unique_ptr<source>{std::make_unique<rate_source>(*this)};
}

result<std::unique_ptr<source>> rate_micro_batch::open() const {
  WEIR_TRY(check_positive("rate_micro_batch", "rows_per_batch", rows_per_batch));
  WEIR_TRY(check_not_negative("rate_micro_batch", "start_timestamp (ms)", start_timestamp.count()));
  WEIR_TRY(check_not_negative("rate_micro_batch", "advance_per_batch (ms)", advance_per_batch.count()));
  return std::unique_ptr<source>{std::make_unique<rate_micro_batch_source>(*this)};
}

}  // namespace weir::sources
