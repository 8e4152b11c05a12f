#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <arrow/record_batch.h>

#include <weir/columns/key_codec.hpp>
#include <weir/columns/row_codec.hpp>
#include <weir/state/checkpoint.hpp>

#include "fault_storage.hpp"

/// A checkpoint with one stateful operator, "totals", and one sink, "out", whose epochs change known keys.
namespace weir_test {

using namespace weir;

/// Key -> value, as the log's changes make it.
using model = std::map<std::string, std::int64_t>;

inline std::vector<plan_entry> plan() {
  plan_entry totals;
  totals.name = "totals";
  totals.kind = "map_groups_with_state";
  totals.state = make_state_schema({{"id", utf8, false}}, {{"total", int64, false}});
  plan_entry out;
  out.part = plan_entry::role::sink;
  out.name = "out";
  out.kind = "memory";
  return {totals, out};
}

inline batch changes(const std::vector<std::tuple<std::string, bool, std::int64_t>>& rows) {
  column_writer<std::int32_t> groups;
  column_writer<bool> present;
  key_columns_writer<std::string> keys{{{"id", utf8, false}}};
  column_writer<std::int64_t> totals;
  for (const auto& [key, there, total] : rows) {
    groups.append(key_group(hash_bytes(key)));
    present.append(there);
    keys.append(key);
    totals.append(total);
  }
  const auto columns = plan()[0].state->to_arrow();
  return batch{
      arrow::RecordBatch::Make(columns, static_cast<std::int64_t>(rows.size()),
                               {groups.finish_data(), present.finish_data(), keys.finish(), totals.finish_data()})};
}

/// What epoch `n` changes, and the state after it.
inline std::vector<std::tuple<std::string, bool, std::int64_t>> epoch_changes(std::int64_t n) {
  std::vector<std::tuple<std::string, bool, std::int64_t>> rows;
  for (std::int64_t i = 0; i < 3; ++i)
    rows.emplace_back("key-" + std::to_string((n * 7 + i * 3) % 11), (n + i) % 5 != 0, n * 100 + i);
  return rows;
}

inline model state_after(std::int64_t epochs) {
  model state;
  for (std::int64_t n = 0; n < epochs; ++n)
    for (const auto& [key, there, total] : epoch_changes(n)) {
      if (there)
        state[key] = total;
      else
        state.erase(key);
    }
  return state;
}

/// Small, so that a few epochs make segments and snapshots; in the calling thread.
inline checkpoint_options small_options() {
  checkpoint_options options;
  options.directory = "cp";
  options.owner = "host test, pid 1";
  options.snapshot_log_bytes = 6000;
  options.segment_bytes = 4000;
  options.background_snapshots = false;
  return options;
}

inline result<std::unique_ptr<checkpoint>> open(const std::shared_ptr<storage>& files,
                                                std::vector<plan_entry> of = plan(),
                                                const checkpoint_options& options = small_options()) {
  return checkpoint::open(files, options, std::move(of), quiet_logger());
}

/// Folds state rows in.
inline void apply(model& state, const batch& rows) {
  auto keys = key_encoder::of_structure({{"id", utf8, false}});
  keys.bind(*rows.arrow()->GetColumnByName("key"));
  const column_reader<bool> present{*rows.arrow()->GetColumnByName("present")};
  const column_reader<std::int64_t> totals{*rows.arrow()->GetColumnByName("total")};
  for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
    if (present.read(row))
      state[std::string{keys.key(row)}] = totals.read(row);
    else
      state.erase(std::string{keys.key(row)});
  }
}

inline result<model> restore(checkpoint& log) {
  model state;
  WEIR_TRY(log.restore_state("totals", [&](const batch& rows) -> status {
    apply(state, rows);
    return {};
  }));
  return state;
}

/// Runs epochs up to `until`; gives how many are known to be durable.
inline std::int64_t run(checkpoint& log, std::int64_t until, status& outcome, std::int64_t next = -1) {
  if (next < 0)
    next = log.recovered().last ? log.recovered().last->epoch.value + 1 : 0;
  for (; next < until; ++next) {
    const auto epoch = [&]() -> status {
      WEIR_TRY(log.append_part(epoch_id{next}, {"totals", partition_id{0}, changes(epoch_changes(next))}));
      epoch_summary summary;
      summary.epoch = epoch_id{next};
      summary.end_offsets["in"] = offset{std::to_string(next)};
      summary.tokens["out"] = "token " + std::to_string(next);
      WEIR_TRY(log.append_epoch(summary, 1));
      WEIR_TRY(log.sync());
      log.append_commit("out", epoch_id{next});
      return {};
    };
    outcome = epoch();
    if (!outcome.ok())
      return next;
  }
  return next;
}

}  // namespace weir_test
