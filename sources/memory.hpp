#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <weir/columns/row_codec.hpp>
#include <weir/sources/source.hpp>

namespace weir {

/// What the sources of one memory_input share: the batches that were added, one an offset (15.6). They
/// survive the query, so a restart in the same process reads them again until they are committed.
class memory_store {
public:
  /// Adds rows as the next offset; gives its number.
  std::int64_t add(batch rows);
  /// Whether the source can freeze its target for available-now; true at first.
  void set_freezable(bool can);
  std::int64_t commits() const;
  /// What the newest start was given as the last logged offset (E20).
  std::optional<std::string> last_offset() const;
  /// A store of its own with the rows that are there now.
  std::shared_ptr<memory_store> copy() const;

private:
  friend class memory_source;
  mutable std::mutex mutex_;
  std::map<std::int64_t, batch> batches_;
  std::int64_t next_ = 0;
  std::int64_t commits_ = 0;
  bool freezable_ = true;
  std::optional<std::string> last_offset_;
  std::function<void()> signal_;
};

/// A source over a memory_store.
std::unique_ptr<source> make_memory_source(std::shared_ptr<memory_store> store, schema columns);

namespace sources {

/// The handle of a memory source: rows for tests. Copies are the same input.
///
///     weir::sources::memory_input<int> numbers;
///     numbers.add_data({1, 2, 3});                                    // one offset
///     engine.read_stream(weir::sources::memory<int>{numbers}) ...
template <class T>
class memory_input {
public:
  std::int64_t add_data(std::span<const T> rows) const {
    row_writer<T> writer;
    for (const auto& row : rows)
      writer.append(row);
    return store_->add(writer.finish());
  }
  std::int64_t add_data(std::initializer_list<T> rows) const { return add_data(std::span{rows.begin(), rows.size()}); }
  const std::shared_ptr<memory_store>& store() const noexcept { return store_; }

private:
  std::shared_ptr<memory_store> store_ = std::make_shared<memory_store>();
};

template <class T>
struct memory {
  using row_type = T;
  static constexpr bool bounded = true;

  memory_input<T> input = {};

  result<std::unique_ptr<source>> open() const { return make_memory_source(input.store(), row_schema<T>()); }
  std::string kind() const { return "memory"; }
  schema output_schema() const { return row_schema<T>(); }
};

}  // namespace sources

}  // namespace weir
