#include <weir/sinks/memory/newest_rows.hpp>

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/initialize.h>

namespace weir {

namespace {

/// Batches are held until so many more rows than keys are.
constexpr std::int64_t spare_rows = std::int64_t{64} * 1024;

result<batch> take(const std::shared_ptr<arrow::RecordBatch>& from, const std::vector<std::int64_t>& rows) {
  static const auto initialized = arrow::compute::Initialize();
  if (!initialized.ok())
    return from_arrow(initialized, "memory");
  const auto indexes =
      std::make_shared<arrow::Int64Array>(static_cast<std::int64_t>(rows.size()), arrow::Buffer::Wrap(rows));
  auto taken =
      arrow::compute::Take(arrow::Datum{from}, arrow::Datum{indexes}, arrow::compute::TakeOptions::NoBoundsCheck());
  if (!taken.ok())
    return from_arrow(taken.status(), "memory");
  return batch{taken->record_batch()};
}

}  // namespace

result<newest_rows> newest_rows::make(const schema& columns, const std::vector<std::string>& key) {
  std::vector<int> indexes;
  for (const auto& name : key) {
    indexes.push_back(columns.index_of(name));
    if (indexes.back() < 0)
      return status{errc::unknown_column, "memory: no key column '" + name + "' in (" + columns.to_string() + ")"};
  }
  auto encoder = key_encoder::make(columns, indexes);
  if (!encoder.ok())
    return status{encoder.error().code(), "memory: " + encoder.error().message()};
  return newest_rows{columns, key, std::move(*encoder)};
}

status newest_rows::put(std::span<const batch> rows, std::uint64_t version) {
  for (const auto& one : rows) {
    if (one.num_rows() == 0)
      continue;
    const auto held = std::make_shared<const batch>(one);
    encoder_.bind(one);
    for (std::int64_t row = 0; row < one.num_rows(); ++row) {
      const auto [known, fresh] = index_.try_emplace(std::string{encoder_.key(row)}, places_.size());
      if (fresh)
        places_.emplace_back();
      places_[known->second] = {held, row, version};
    }
    held_rows_ += one.num_rows();
  }
  return held_rows_ > 2 * static_cast<std::int64_t>(places_.size()) + spare_rows ? compact() : status{};
}

void newest_rows::clear() {
  index_.clear();
  places_.clear();
  held_rows_ = 0;
}

result<std::vector<batch>> newest_rows::rows_since(std::uint64_t version) const {
  std::map<const batch*, std::int64_t> begins;  // where a batch's rows begin among all
  std::vector<std::shared_ptr<arrow::RecordBatch>> parts;
  std::vector<std::int64_t> rows;
  std::int64_t total = 0;
  for (const auto& one : places_) {
    if (one.version <= version)
      continue;
    const auto [begin, fresh] = begins.try_emplace(one.rows.get(), total);
    if (fresh) {
      parts.push_back(one.rows->arrow());
      total += one.rows->num_rows();
    }
    rows.push_back(begin->second + one.row);
  }
  if (rows.empty())
    return std::vector<batch>{};
  auto joined = arrow::ConcatenateRecordBatches(parts);
  if (!joined.ok())
    return from_arrow(joined.status(), "memory");
  WEIR_ASSIGN(auto taken, take(*joined, rows));
  return std::vector<batch>{std::move(taken)};
}

/// Lets go of batches most of whose rows were replaced.
status newest_rows::compact() {
  WEIR_ASSIGN(auto rows, rows_since(0));
  const auto all = std::make_shared<const batch>(rows.empty() ? batch{} : std::move(rows[0]));
  for (std::size_t i = 0; i < places_.size(); ++i) {
    places_[i].rows = all;
    places_[i].row = static_cast<std::int64_t>(i);
  }
  held_rows_ = static_cast<std::int64_t>(places_.size());
  return {};
}

}  // namespace weir
