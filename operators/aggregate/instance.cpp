#include <weir/operators/aggregate/instance.hpp>

#include <limits>
#include <numeric>

#include <arrow/record_batch.h>

#include <weir/columns/hash.hpp>
#include <weir/operators/filter.hpp>

namespace weir::detail {

namespace {

key_encoder encoder_of(const aggregate_plan& plan) {
  if (plan.keys.empty())
    return key_encoder::of_structure({});
  auto made = key_encoder::make(plan.options.input, plan.key_columns);
  return std::move(*made);  // the plan has checked the columns
}

}  // namespace

aggregate_instance::aggregate_instance(std::shared_ptr<const aggregate_plan> plan)
    : state_{plan}, output_{plan, state_}, keys_{encoder_of(*plan)}, plan_{std::move(plan)} {}

status aggregate_instance::open(const operator_context& context) {
  context_ = context;
  evicts_ = plan_->evicts() && context.watermark_defined;
  if (mode() == output_mode::append && !evicts_)
    return {errc::unsupported, "aggregate: append mode gives a group when the watermark passes it, and no input has one"};
  if (evicts_ && plan_->session() == nullptr)
    groups().order_by_time();
  return {};
}

void aggregate_instance::begin_epoch(const epoch_context& epoch) {
  if (ended_)
    state_.end_epoch();
  ended_ = false;
  constexpr auto never = std::numeric_limits<std::int64_t>::min();
  late_until_ = evicts_ ? epoch.watermarks.late.time_since_epoch().count() : never;
  evict_until_ = evicts_ ? epoch.watermarks.evict.time_since_epoch().count() : never;
}

status aggregate_instance::process(const epoch_context& epoch, int /*port*/, const batch& rows, collector& out) {
  rows_in in{rows, {}, std::vector<std::uint32_t>(static_cast<std::size_t>(rows.num_rows()))};
  std::iota(in.selection.begin(), in.selection.end(), 0);
  if (!plan_->keys.empty()) {
    keys_.bind(rows);
    keys_.hash_all(no_hashes_);
    in.hashes = no_hashes_;
  }
  return take(epoch, std::move(in), out);
}

status aggregate_instance::process_keyed(const epoch_context& epoch, int /*port*/, keyed_rows rows, collector& out) {
  return take(epoch, {rows.rows, *rows.hashes, std::move(rows.selection)}, out);
}

status aggregate_instance::take(const epoch_context& epoch, rows_in in, collector& out) {
  begin_epoch(epoch);
  metrics_.rows_in += static_cast<std::int64_t>(in.selection.size());
  late_.clear();
  slots_.clear();
  keys_.bind(in.rows);
  WEIR_TRY(find_groups(in));
  metrics_.rows_dropped_by_watermark += static_cast<std::int64_t>(late_.size());
  if (!late_.empty() && context_.late_rows_wanted) {
    WEIR_ASSIGN(auto late, take_rows(in.rows, late_));
    out.emit(std::move(late), late_rows_port);
  }
  if (slots_.empty())
    return {};
  state_.grow();
  WEIR_TRY(state_.update(in.rows, in.selection, slots_));
  return check_limit();
}

void aggregate_instance::touch_rows(const rows_in& in, std::span<const std::int64_t> times) {
  slots_.resize(in.selection.size());
  if (!plan_->keys.empty())
    groups().touch_rows(in.hashes, in.selection, keys_, times, slots_.data());
  else if (plan_->global())
    slots_.assign(slots_.size(), touch_global());
  else if (!slots_.empty())
    groups().touch_times(groups().find_or_insert_key({}, hash_bytes({})), times, slots_.data());
}

std::uint32_t aggregate_instance::touch_global() {
  const std::int64_t time = 0;
  std::uint32_t slot = 0;
  groups().touch_times(groups().find_or_insert_key({}, hash_bytes({})), {&time, 1}, &slot);
  return slot;
}

result<bool> aggregate_instance::finish(const epoch_context& epoch, collector& out) {
  if (!finishing_) {
    begin_epoch(epoch);
    finishing_ = true;
    if (plan_->global() && epoch.has_data && mode() != output_mode::append) {
      touch_global();
      state_.grow();
    }
    metrics_.state_rows_updated += static_cast<std::int64_t>(groups().touched().size());
    if (mode() != output_mode::complete || epoch.has_data)
      begin_output();
  }
  if (mode() != output_mode::complete || epoch.has_data) {
    while (!add_rows()) {
      WEIR_TRY(flush(out));
      if (out.full())
        return false;
    }
    WEIR_TRY(flush(out));
  }
  const auto before = state_.size();
  if (evicts_)
    evict();
  metrics_.state_rows_removed += static_cast<std::int64_t>(before - state_.size());
  finishing_ = false;
  ended_ = true;
  WEIR_TRY(check_limit());
  return true;
}

status aggregate_instance::flush(collector& out) {
  if (output_.size() == 0)
    return {};
  metrics_.rows_out += static_cast<std::int64_t>(output_.size());
  WEIR_ASSIGN(auto rows, output_.finish());
  out.emit(std::move(rows));
  return {};
}

result<batch> aggregate_instance::take_changes() {
  if (!ended_)
    return batch{};
  ended_ = false;
  return state_.take_changes();
}

status aggregate_instance::restore(const batch& changes) {
  WEIR_TRY(state_.restore(changes, context_));
  restored();
  return {};
}

wakeup aggregate_instance::next_wakeup() const {
  wakeup next;
  if (!evicts_)
    return next;
  if (const auto end = first_due())
    next.event_time = timestamp{std::chrono::microseconds{*end - 1}};
  return next;
}

operator_metrics aggregate_instance::take_metrics() {
  metrics_.state_rows_total = static_cast<std::int64_t>(state_.size());
  metrics_.state_bytes = static_cast<std::int64_t>(state_.bytes());
  return std::exchange(metrics_, {});
}

status aggregate_instance::check_limit() const {
  if (!context_.max_state_bytes || static_cast<std::int64_t>(state_.bytes()) <= *context_.max_state_bytes)
    return {};
  return {errc::state_limit, "the state takes " + std::to_string(state_.bytes()) + " bytes, max_state_bytes allows " +
                                 std::to_string(*context_.max_state_bytes) + " for this partition"};
}

}  // namespace weir::detail
