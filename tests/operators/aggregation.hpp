#pragma once

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "catch.hpp"

#include <weir/columns/hash.hpp>
#include <weir/columns/key_codec.hpp>
#include <weir/columns/row_codec.hpp>
#include <weir/columns/text.hpp>
#include <weir/operators/aggregate.hpp>

namespace weir_test {

inline weir::timestamp at(std::int64_t seconds) { return weir::timestamp{std::chrono::seconds{seconds}}; }

/// Rows that an operator gave, as JSON text, by port.
class rows_out : public weir::collector {
public:
  void emit(weir::batch rows, int port) override {
    REQUIRE(rows.arrow()->ValidateFull().ok());
    for (std::int64_t row = 0; row < rows.num_rows(); ++row)
      (port == 0 ? main : late).push_back(weir::json_row(*rows.arrow(), row));
    largest = std::max(largest, rows.num_rows());
    full_ = full_after > 0 && ++batches % full_after == 0;
  }
  bool full() const override { return std::exchange(full_, false); }

  std::vector<std::string> main, late;
  int full_after = 0;  ///< as many batches; 0: never
  int batches = 0;
  std::int64_t largest = 0;

private:
  mutable bool full_ = false;
};

/// What one epoch gave, over all partitions; rows are sorted.
struct epoch_result {
  std::vector<std::string> rows, late;
  weir::operator_metrics metrics;  ///< sums
  weir::status failed;
};

/// An aggregation of a few partitions, driven by hand; its log is what a restart finds.
class aggregation {
public:
  explicit aggregation(weir::aggregate_options options, int partitions = 1)
      : mode_{options.mode}, input_{options.input},
        of_{std::make_shared<weir::aggregate_operator>(std::move(options))} {
    const auto bound = of_->bind(std::vector{input_});
    if (!bound.ok())
      FAIL(bound.error().to_string());
    output = *bound;
    keys_ = of_->key_columns(0);
    start(partitions);
  }

  /// From the log, as after a stop.
  void restart(int partitions = 1) { start(partitions); }

  template <class T>
  epoch_result run(const std::vector<T>& rows, weir::timestamp late = {}, weir::timestamp evict = {}) {
    weir::row_writer<T> writer;
    for (const auto& row : rows)
      writer.append(row);
    return run(writer.finish(), late, evict);
  }
  /// An epoch without data.
  epoch_result idle(weir::timestamp late, weir::timestamp evict) { return run(weir::batch{}, late, evict); }

  epoch_result run(const weir::batch& rows, weir::timestamp late, weir::timestamp evict) {
    weir::epoch_context epoch;
    epoch.id.value = next_epoch_++;
    epoch.has_data = rows.arrow() != nullptr;
    epoch.watermarks = {late, evict};
    epoch_result given;
    rows_out out;
    out.full_after = full_after;
    for (std::size_t i = 0; i < instances_.size() && given.failed.ok(); ++i)
      given.failed = run_partition(static_cast<int>(i), epoch, rows, out, given.metrics);
    given.rows = std::move(out.main);
    given.late = std::move(out.late);
    std::ranges::sort(given.rows);
    std::ranges::sort(given.late);
    largest_batch = out.largest;
    return given;
  }

  std::optional<weir::timestamp> wakeup() const {
    std::optional<weir::timestamp> first;
    for (const auto& one : instances_)
      if (const auto time = one->next_wakeup().event_time)
        first = first ? std::min(*first, *time) : *time;
    return first;
  }
  std::int64_t state_rows() {
    std::int64_t total = 0;
    for (const auto& one : instances_)
      total += one->take_metrics().state_rows_total;
    return total;
  }

  weir::schema output;
  std::optional<std::int64_t> max_state_bytes;
  int full_after = 0;
  std::int64_t largest_batch = 0;
  std::vector<weir::batch> log;
  bool late_rows_wanted = true;

private:
  void start(int partitions) {
    instances_.clear();
    for (int i = 0; i < partitions; ++i) {
      auto made = of_->instantiate();
      weir::operator_context context;
      context.partition.value = i;
      context.partitions = partitions;
      context.mode = mode_;
      context.watermark_defined = true;
      context.late_rows_wanted = late_rows_wanted;
      context.max_state_bytes = max_state_bytes;
      REQUIRE(made->open(context).ok());
      for (const auto& one : log)
        REQUIRE(made->restore(one).ok());
      instances_.push_back(std::move(made));
    }
  }

  weir::status run_partition(int partition, const weir::epoch_context& epoch, const weir::batch& rows, rows_out& out,
                             weir::operator_metrics& sums) {
    auto& instance = *instances_[static_cast<std::size_t>(partition)];
    if (rows.num_rows() > 0) {
      if (keys_.empty())
        WEIR_TRY(instance.process(epoch, 0, rows, out));
      else
        WEIR_TRY(instance.process_keyed(epoch, 0, rows_of(partition, rows), out));
    }
    for (;;) {
      WEIR_ASSIGN(const auto done, instance.finish(epoch, out));
      if (done)
        break;
    }
    WEIR_ASSIGN(auto changes, instance.take_changes());
    if (changes.num_rows() > 0) {
      REQUIRE(changes.arrow()->ValidateFull().ok());
      REQUIRE(changes.arrow()->schema()->Equals(*of_->state_schema()->to_arrow()));
      log.push_back(std::move(changes));
    }
    const auto metrics = instance.take_metrics();
    sums.rows_in += metrics.rows_in;
    sums.rows_out += metrics.rows_out;
    sums.state_rows_total += metrics.state_rows_total;
    sums.state_rows_updated += metrics.state_rows_updated;
    sums.state_rows_removed += metrics.state_rows_removed;
    sums.state_bytes += metrics.state_bytes;
    sums.rows_dropped_by_watermark += metrics.rows_dropped_by_watermark;
    return {};
  }

  weir::keyed_rows rows_of(int partition, const weir::batch& rows) const {
    auto keys = *weir::key_encoder::make(input_, keys_);
    keys.bind(rows);
    auto hashes = std::make_shared<std::vector<std::uint64_t>>();
    keys.hash_all(*hashes);
    weir::keyed_rows given{rows, hashes, {}};
    for (std::uint32_t row = 0; row < hashes->size(); ++row)
      if (weir::partition_of_group(weir::key_group((*hashes)[row]), static_cast<int>(instances_.size())) == partition)
        given.selection.push_back(row);
    return given;
  }

  weir::output_mode mode_;
  weir::schema input_;
  std::shared_ptr<const weir::aggregate_operator> of_;
  std::vector<int> keys_;
  std::vector<std::unique_ptr<weir::operator_instance>> instances_;
  std::int64_t next_epoch_ = 0;
};

}  // namespace weir_test
