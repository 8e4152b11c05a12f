#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <weir/columns/batch.hpp>
#include <weir/columns/key_codec.hpp>

namespace weir {

/// The newest row of each key, in the order in which the keys came first. Keys are columns of any type that can be a
/// key, null included.
class newest_rows {
public:
  /// Errors: unknown_column, unsupported for a column that is no key (maps).
  static result<newest_rows> make(const schema& columns, const std::vector<std::string>& key);

  const schema& columns() const noexcept { return columns_; }
  const std::vector<std::string>& key() const noexcept { return key_; }

  /// Takes an epoch's rows as those of a version; of rows with one key the last counts.
  status put(std::span<const batch> rows, std::uint64_t version);
  void clear();
  /// The rows of versions after `version`, in one batch; none where there are no rows.
  result<std::vector<batch>> rows_since(std::uint64_t version) const;

private:
  struct place {
    std::shared_ptr<const batch> rows;
    std::int64_t row = 0;
    std::uint64_t version = 0;
  };
  newest_rows(schema columns, std::vector<std::string> key, key_encoder encoder)
      : columns_{std::move(columns)}, key_{std::move(key)}, encoder_{std::move(encoder)} {}
  status compact();

  schema columns_;
  std::vector<std::string> key_;
  key_encoder encoder_;
  std::unordered_map<std::string, std::size_t> index_;  ///< key -> its place
  std::vector<place> places_;
  std::int64_t held_rows_ = 0;  ///< of the batches that places_ may refer to
};

}  // namespace weir
