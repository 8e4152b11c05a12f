#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <weir/state/log_recovery.hpp>

namespace weir {

/// A snapshot file of an operator: its whole state after an epoch. Its name holds the epoch and the checksum of its
/// bytes: `snapshot-<epoch>-<checksum>.arrow`.
struct snapshot_place {
  std::string path;
  epoch_id epoch;
  std::uint64_t checksum = 0;
  std::uint64_t bytes = 0;
};

/// The snapshots in an operator's state directory, oldest first.
result<std::vector<snapshot_place>> list_snapshots(storage& files, const std::string& directory);
/// Its rows. Errors: corrupt_checkpoint naming the file.
result<std::vector<batch>> read_snapshot(storage& files, const snapshot_place& place);
/// The rows that stand after `changes` (state rows, oldest first): each key's newest, where that is present.
result<batch> standing_rows(const std::vector<batch>& changes);
/// Makes the snapshot after `epoch` of the one before and the parts since: the last change of a key wins. Rows are
/// ordered by key group, and the metadata key `weir.groups` says where each group begins. Written, synced, renamed
/// and read back. `columns` is the operator's present state schema.
result<snapshot_place> write_snapshot(storage& files, const std::string& directory, const schema& columns,
                                      epoch_id epoch, const std::optional<snapshot_place>& before,
                                      const std::vector<part_place>& parts);

}  // namespace weir
