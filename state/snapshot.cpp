#include <weir/state/snapshot.hpp>

#include <array>
#include <charconv>
#include <cstdio>
#include <numeric>

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/initialize.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>

#include <weir/columns/hash.hpp>
#include <weir/columns/key_codec.hpp>
#include <weir/state/checkpoint.hpp>
#include <weir/state/keyed_state.hpp>

namespace weir {

namespace {

using arrow_batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

/// Keys of a batch of state rows.
result<key_encoder> keys_of(const arrow::RecordBatch& rows) {
  WEIR_ASSIGN(const auto columns, schema::from_arrow(*rows.schema()));
  const auto index = columns.index_of("key");
  if (index < 0)
    return status{errc::corrupt_checkpoint, "state rows without a key"};
  auto keys = key_encoder::of_structure(columns[static_cast<std::size_t>(index)].type.children());
  keys.bind(*rows.column(index));
  return keys;
}

struct row_place {
  std::uint32_t batch = 0;
  std::uint32_t row = 0;
};

/// The newest row of each key: which of the batches, and where in it.
class newest_rows {
public:
  /// Batches of a few rows, of which a log of small epochs has tens of thousands, are joined: each would take many
  /// times its rows in memory.
  status add(std::shared_ptr<arrow::RecordBatch> rows) {
    constexpr std::int64_t few = 1024;
    constexpr std::size_t most_waiting = 1024;
    if (!small_.empty() &&
        (small_.size() == most_waiting || rows->num_rows() >= few || !rows->schema()->Equals(*small_.back()->schema())))
      WEIR_TRY(add_small());
    if (rows->num_rows() >= few)
      return add_batch(std::move(rows));
    small_.push_back(std::move(rows));
    return {};
  }
  /// The rows that are present, of one schema, in no order.
  result<std::shared_ptr<arrow::RecordBatch>> present() {
    WEIR_TRY(add_small());
    std::vector<std::vector<std::int64_t>> chosen(batches_.size());
    // None is ever removed, so the entries are numbered from 0.
    for (std::uint32_t entry = 0; entry < newest_.size(); ++entry) {
      const auto& place = newest_.value(entry);
      chosen[place.batch].push_back(place.row);
    }
    arrow_batches parts;
    for (std::size_t i = 0; i < batches_.size(); ++i) {
      const auto column = batches_[i]->GetColumnByName(std::string{present_column});
      const auto& is_present = static_cast<const arrow::BooleanArray&>(*column);
      std::erase_if(chosen[i], [&](std::int64_t row) { return !is_present.Value(row); });
      if (chosen[i].empty())
        continue;
      if (!batches_[i]->schema()->Equals(*batches_.back()->schema()))
        return status{errc::internal, "rows of an older state schema were not written anew"};
      WEIR_ASSIGN(auto taken, take(batches_[i], chosen[i]));
      parts.push_back(std::move(taken));
    }
    if (parts.empty())
      return batches_.back()->Slice(0, 0);
    auto joined = arrow::ConcatenateRecordBatches(parts);
    if (!joined.ok())
      return from_arrow(joined.status(), "join state rows");
    return std::move(joined).ValueUnsafe();
  }

  static result<std::shared_ptr<arrow::RecordBatch>> take(const std::shared_ptr<arrow::RecordBatch>& rows,
                                                          const std::vector<std::int64_t>& indexes) {
    static const auto initialized = arrow::compute::Initialize();
    if (!initialized.ok())
      return from_arrow(initialized, "compact state");
    const auto at =
        std::make_shared<arrow::Int64Array>(static_cast<std::int64_t>(indexes.size()), arrow::Buffer::Wrap(indexes));
    auto taken =
        arrow::compute::Take(arrow::Datum{rows}, arrow::Datum{at}, arrow::compute::TakeOptions::NoBoundsCheck());
    if (!taken.ok())
      return from_arrow(taken.status(), "compact state");
    return taken->record_batch();
  }

private:
  status add_batch(std::shared_ptr<arrow::RecordBatch> rows) {
    const auto batch = static_cast<std::uint32_t>(batches_.size());
    WEIR_ASSIGN(auto keys, keys_of(*rows));
    keys.hash_all(hashes_);
    newest_.each_entry(
        hashes_.size(), [&](std::size_t row) { return hashes_[row]; },
        [&](std::size_t row) { return keys.key(static_cast<std::int64_t>(row)); },
        [&](std::size_t row, std::uint32_t entry) {
          newest_.slot(entry) = {batch, static_cast<std::uint32_t>(row)};
        });
    batches_.push_back(std::move(rows));
    return {};
  }
  status add_small() {
    if (small_.empty())
      return {};
    auto joined = arrow::ConcatenateRecordBatches(small_);
    if (!joined.ok())
      return from_arrow(joined.status(), "join state rows");
    small_.clear();
    return add_batch(std::move(joined).ValueUnsafe());
  }

  arrow_batches small_;
  arrow_batches batches_;
  keyed_state<row_place> newest_;
  std::vector<std::uint64_t> hashes_;
};

/// The rows by key group; `begins` gets where each group begins.
result<std::shared_ptr<arrow::RecordBatch>> by_group(const std::shared_ptr<arrow::RecordBatch>& rows,
                                                     std::string& begins) {
  const auto column = rows->GetColumnByName(std::string{key_group_column});
  const auto& groups = static_cast<const arrow::Int32Array&>(*column);
  std::array<std::int64_t, key_groups + 1> next{};
  for (std::int64_t row = 0; row < groups.length(); ++row)
    ++next[static_cast<std::size_t>(groups.Value(row)) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  for (std::size_t group = 0; group < key_groups; ++group)
    begins += (group > 0 ? "," : "") + std::to_string(next[group]);
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows->num_rows()));
  for (std::int64_t row = 0; row < groups.length(); ++row)
    order[static_cast<std::size_t>(next[static_cast<std::size_t>(groups.Value(row))]++)] = row;
  return newest_rows::take(rows, order);
}

result<std::string> to_file(const std::shared_ptr<arrow::RecordBatch>& rows, const std::string& begins) {
  constexpr std::int64_t rows_a_batch = 64 * 1024;
  const auto columns = rows->schema()->WithMetadata(arrow::key_value_metadata({"weir.groups"}, {begins}));
  const auto write = [&]() -> arrow::Result<std::string> {
    ARROW_ASSIGN_OR_RAISE(auto out, arrow::io::BufferOutputStream::Create());
    ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeFileWriter(out, columns));
    for (std::int64_t begin = 0; begin < rows->num_rows(); begin += rows_a_batch)
      ARROW_RETURN_NOT_OK(
          writer->WriteRecordBatch(*rows->ReplaceSchemaMetadata(columns->metadata())->Slice(begin, rows_a_batch)));
    ARROW_RETURN_NOT_OK(writer->Close());
    ARROW_ASSIGN_OR_RAISE(const auto bytes, out->Finish());
    return bytes->ToString();
  };
  auto written = write();
  if (!written.ok())
    return from_arrow(written.status(), "write a snapshot");
  return std::move(written).ValueUnsafe();
}

}  // namespace

result<std::vector<snapshot_place>> list_snapshots(storage& files, const std::string& directory) {
  std::vector<snapshot_place> found;
  WEIR_ASSIGN(const auto there, files.exists(directory));
  if (!there)
    return found;
  WEIR_ASSIGN(const auto entries, files.list(directory));
  for (const auto& entry : entries) {
    std::string_view name = entry.name;
    if (!name.starts_with("snapshot-") || !name.ends_with(".arrow"))
      continue;
    name.remove_prefix(9);
    name.remove_suffix(6);
    const auto dash = name.find('-');
    if (dash == std::string_view::npos)
      continue;
    snapshot_place place;
    place.path = directory + "/" + entry.name;
    place.bytes = entry.size;
    const auto epoch = std::from_chars(name.data(), name.data() + dash, place.epoch.value);
    const auto sum = std::from_chars(name.data() + dash + 1, name.data() + name.size(), place.checksum, 16);
    if (epoch.ec == std::errc{} && sum.ec == std::errc{})
      found.push_back(std::move(place));
  }
  return found;
}

result<std::vector<batch>> read_snapshot(storage& files, const snapshot_place& place) {
  WEIR_ASSIGN(auto bytes, files.read_all(place.path));
  if (hash_bytes(bytes) != place.checksum)
    return status{errc::corrupt_checkpoint, place.path + " is corrupt: its checksum differs from the one in its name"};
  const auto read = [&]() -> arrow::Result<std::vector<batch>> {
    const auto input = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(bytes)));
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchFileReader::Open(input));
    std::vector<batch> rows;
    for (int i = 0; i < reader->num_record_batches(); ++i) {
      ARROW_ASSIGN_OR_RAISE(auto one, reader->ReadRecordBatch(i));
      rows.emplace_back(std::move(one));
    }
    return rows;
  };
  auto rows = read();
  if (!rows.ok())
    return status{errc::corrupt_checkpoint, place.path + " cannot be read: " + rows.status().message()};
  return std::move(rows).ValueUnsafe();
}

result<batch> standing_rows(const std::vector<batch>& changes) {
  if (changes.empty())
    return batch{};
  newest_rows newest;
  for (const auto& one : changes)
    WEIR_TRY(newest.add(one.arrow()));
  // Last, so that nothing is left when no row stands.
  WEIR_TRY(newest.add(changes.back().arrow()->Slice(0, 0)));
  WEIR_ASSIGN(auto rows, newest.present());
  return batch{std::move(rows)};
}

result<snapshot_place> write_snapshot(storage& files, const std::string& directory, const schema& columns,
                                      epoch_id epoch, const std::optional<snapshot_place>& before,
                                      const std::vector<part_place>& parts) {
  newest_rows newest;
  if (before) {
    WEIR_ASSIGN(const auto rows, read_snapshot(files, *before));
    for (const auto& one : rows)
      WEIR_TRY(newest.add(one.arrow()));
  }
  for (const auto& part : parts) {
    WEIR_ASSIGN(const auto rows, read_part(files, part));
    WEIR_TRY(newest.add(rows.arrow()));
  }
  // Last, so that a snapshot without rows has the schema too.
  auto none = arrow::RecordBatch::MakeEmpty(columns.to_arrow());
  if (!none.ok())
    return from_arrow(none.status(), "write a snapshot");
  WEIR_TRY(newest.add(std::move(none).ValueUnsafe()));
  WEIR_ASSIGN(auto rows, newest.present());
  std::string begins;
  WEIR_ASSIGN(rows, by_group(rows, begins));
  WEIR_ASSIGN(const auto bytes, to_file(rows, begins));
  snapshot_place place;
  place.epoch = epoch;
  place.checksum = hash_bytes(bytes);
  place.bytes = bytes.size();
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "/snapshot-%016lld-%016llx.arrow", static_cast<long long>(epoch.value),
                static_cast<unsigned long long>(place.checksum));
  place.path = directory + name.data();
  WEIR_TRY(files.create_directories(directory));
  WEIR_TRY(write_file_atomically(files, place.path, bytes));
  WEIR_ASSIGN(const auto back, files.read_all(place.path));
  if (hash_bytes(back) != place.checksum)
    return status{errc::io_error, place.path + " reads back differently"};
  return place;
}

}  // namespace weir
