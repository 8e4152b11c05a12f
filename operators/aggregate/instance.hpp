#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <weir/columns/key_codec.hpp>
#include <weir/operators/aggregate/output.hpp>
#include <weir/operators/aggregate/state.hpp>

namespace weir::detail {

/// What every aggregation does: takes rows into groups, then gives the epoch's rows, then evicts. How rows and groups go
/// together in time is up to the class below it.
class aggregate_instance : public operator_instance {
public:
  explicit aggregate_instance(std::shared_ptr<const aggregate_plan> plan);

  status open(const operator_context& context) override;
  status process(const epoch_context& epoch, int port, const batch& rows, collector& out) override;
  status process_keyed(const epoch_context& epoch, int port, keyed_rows rows, collector& out) override;
  result<bool> finish(const epoch_context& epoch, collector& out) override;
  result<batch> take_changes() override;
  status restore(const batch& changes) override;
  wakeup next_wakeup() const override;
  operator_metrics take_metrics() override;

protected:
  /// Rows of a batch on their way to groups: those selected that are left, and their hashes by row.
  struct rows_in {
    const batch& rows;
    std::span<const std::uint64_t> hashes;
    std::vector<std::uint32_t> selection;
  };

  /// Finds slots_ of the rows, without those that are late or have no time; late ones go to late_.
  virtual status find_groups(rows_in& in) = 0;
  /// Starts the epoch's output; what is due is known then.
  virtual void begin_output() = 0;
  /// Adds rows to output_ until it is full (false) or all are there (true).
  virtual bool add_rows() = 0;
  /// Evicts what is due. After the output.
  virtual void evict() {}
  virtual void restored() {}
  /// The end of the earliest group that waits for the watermark.
  virtual std::optional<std::int64_t> first_due() const { return {}; }

  const aggregate_plan& plan() const noexcept { return *plan_; }
  group_table& groups() noexcept { return state_.groups(); }
  const group_table& groups() const noexcept { return state_.groups(); }
  bool evicts() const noexcept { return evicts_; }
  output_mode mode() const noexcept { return plan_->options.mode; }
  /// Looks up rows' groups at `times` (none: 0).
  void touch_rows(const rows_in& in, std::span<const std::int64_t> times);

  aggregate_state state_;
  aggregate_output output_;
  key_encoder keys_;
  /// Of the batch: the slot of each row that is left, and late rows.
  std::vector<std::uint32_t> slots_;
  std::vector<std::int64_t> late_;
  /// Of the epoch: rows of groups that end at or before are late, and groups that end at or before are evicted.
  std::int64_t late_until_ = 0;
  std::int64_t evict_until_ = 0;

private:
  void begin_epoch(const epoch_context& epoch);
  status take(const epoch_context& epoch, rows_in in, collector& out);
  status flush(collector& out);
  status check_limit() const;
  std::uint32_t touch_global();

  std::shared_ptr<const aggregate_plan> plan_;
  operator_context context_;
  bool evicts_ = false;
  operator_metrics metrics_;
  bool ended_ = false;      ///< the epoch is finished, its changes are not taken
  bool finishing_ = false;  ///< between two calls of finish()
  std::vector<std::uint64_t> no_hashes_;
};

/// Groups without time, by windows, or by an event time among the keys.
std::unique_ptr<operator_instance> make_window_instance(std::shared_ptr<const aggregate_plan> plan);
std::unique_ptr<operator_instance> make_session_instance(std::shared_ptr<const aggregate_plan> plan);

}  // namespace weir::detail
